#include "netctl/cli/answer_text.h"

#include "netctl/cli/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace netctl::cli {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

TEST(Table, AlignsItsColumns) {
  Table table({"name", "private_ip"});
  EXPECT_EQ(table.text(), "-\n");
  table.add({"a-long-name", "10.0.0.9"});
  table.add({"b"});
  EXPECT_EQ(table.text(), "NAME         PRIVATE-IP\na-long-name  10.0.0.9\nb\n");
}

TEST(AnswerText, GivesPermissionsALineEach) {
  const auto result = json::parse(
      R"({"groups":[{"owner":"alice","name":"web","group_id":"sg-00000001","tag":2,"permissions":[
        {"protocol":"tcp","from_port":22,"to_port":22,"cidrs":["10.0.0.0/8"]},
        {"protocol":"tcp","from_port":80,"to_port":90,"groups":[{"owner":"bob","group":"lb"}]},
        {"protocol":"icmp","icmp_type":8,"icmp_code":0,"cidrs":["0.0.0.0/0"]},
        {"protocol":"all","cidrs":["192.0.2.0/24"]}]}],"next":null})");
  EXPECT_EQ(answerText(*api::findMethod("group.describe"), result),
            "OWNER  NAME  GROUP-ID     TAG  PERMISSIONS\n"
            "alice  web   sg-00000001  2    tcp 22 from 10.0.0.0/8\n"
            "                               tcp 80-90 from bob/lb\n"
            "                               icmp 8:0 from 0.0.0.0/0\n"
            "                               all from 192.0.2.0/24\n");
}

TEST(AnswerText, SaysWhatIsNotInForceAndWhy) {
  const auto result = json::parse(
      R"({"instance_id":"i-00000001","changed":true,"in_force":false,
        "not_in_force":[{"object":"port vnet0","reason":"the device is not there yet","retryable":true}]})");
  EXPECT_THAT(answerText(*api::findMethod("instance.attach"), result),
              HasSubstr("port vnet0  the device is not there yet"));
}

TEST(AnswerText, SaysWhatIsTheMatterAndWhatToDo) {
  const std::string problems =
      R"("problems":[{"object":"interface eth1","what":"is not there","consequence":"no way out",
        "remedy":"make it","severity":"error"}])";
  const std::string text =
      "\nproblems:\nerror: interface eth1: is not there\n  consequence: no way out\n"
      "  remedy: make it\n";
  EXPECT_EQ(answerText(*api::findMethod("system.status"),
                       json::parse(R"({"mode":"SYSTEM",)" + problems + "}")),
            "mode      SYSTEM\n" + text);
  EXPECT_EQ(
      answerText(*api::findMethod("system.plan"), json::parse(R"({"steps":[],)" + problems + "}")),
      "nothing to do: all is in force\n" + text);
}

TEST(AnswerText, SaysThatNothingChanged) {
  const auto answer = json::parse(R"({"changed":false})");
  EXPECT_EQ(answerText(*api::findMethod("group.delete"), answer),
            "nothing changed: there was nothing to take away\nchanged  no\n");
  EXPECT_EQ(answerText(*api::findMethod("group.create"), answer),
            "nothing changed: it was so already\nchanged  no\n");
}

TEST(AnswerText, SaysThatAnEmptyPlanIsGood) {
  EXPECT_EQ(answerText(*api::findMethod("system.plan"), json::parse(R"({"steps":[]})")),
            "nothing to do: all is in force\n");
}

}  // namespace
}  // namespace netctl::cli
