#include "netctl/cli/completion.h"

#include "netctl/cli/command_line.h"
#include "netctl/cli/command_words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace netctl::cli {
namespace {

namespace json = boost::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using Words = std::vector<std::string>;

/// A daemon with two groups of alice's and one of bob's, and two instances.
json::value answer(std::string_view method, const json::object& parameters) {
  if (method == "group.describe") {
    return parameters.contains("owner")
               ? json::parse(R"({"groups": [{"name": "web"}, {"name": "db"}]})")
               : json::parse(R"({"groups": [{"name": "web"}, {"name": "db"}, {"name": "mail"}]})");
  }
  if (method == "instance.describe") {
    return json::parse(
        R"({"instances": [{"instance_id": "i-0A1B2C3D"}, {"instance_id": "i-11"}]})");
  }
  if (method == "account.describe") return json::parse(R"({"accounts": [{"name": "alice"}]})");
  return nullptr;
}

Words complete(const Words& words) {
  return completions(words, answer);
}

TEST(Completion, OfTheFirstWordsAndTheSecond) {
  EXPECT_THAT(complete({""}), Contains("instance"));
  EXPECT_THAT(complete({""}), Contains("status"));
  EXPECT_THAT(complete({"re"}), ElementsAre("reconcile", "reload", "restart", "restore", "resume"));
  EXPECT_THAT(complete({"group", "d"}), ElementsAre("delete", "describe"));
  EXPECT_THAT(complete({"account", "create"}), ElementsAre("create", "create-key"));
  EXPECT_THAT(complete({"pki", ""}),
              ElementsAre("client", "init", "node", "reader", "renew", "revoke"));
  EXPECT_THAT(complete({"--so"}), ElementsAre("--socket"));
  EXPECT_THAT(complete({"--socket", "/x", "gro"}), ElementsAre("group"));
  EXPECT_THAT(complete({"--socket", ""}), IsEmpty());
}

TEST(Completion, OfOptionsIsTheMethodsOwn) {
  EXPECT_THAT(complete({"group", "authorize", "web", "--p"}),
              ElementsAre("--port", "--prefix-list", "--protocol"));
  EXPECT_THAT(complete({"group", "authorize", "web", "--eg"}), ElementsAre("--egress"));
  EXPECT_THAT(complete({"group", "authorize", "web", "--de"}), ElementsAre("--description"));
  EXPECT_THAT(complete({"instance", "attach", "--user"}),
              ElementsAre("--user-data", "--user-data-file"));
  EXPECT_THAT(complete({"wait", "--in"}), ElementsAre("--in-force"));
  EXPECT_THAT(complete({"status", "--"}), Not(Contains("--owner")));
}

TEST(Completion, OfNamesAsksTheDaemon) {
  EXPECT_THAT(complete({"group", "authorize", ""}), ElementsAre("db", "mail", "web"));
  EXPECT_THAT(complete({"group", "delete", "--owner", "alice", ""}), ElementsAre("db", "web"));
  EXPECT_THAT(complete({"group", "ls", "w"}), ElementsAre("web"));
  EXPECT_THAT(complete({"group", "create", "x", "--owner", ""}), ElementsAre("alice"));
  EXPECT_THAT(complete({"instance", "detach", "i-0"}), ElementsAre("i-0A1B2C3D"));
  EXPECT_THAT(complete({"instance", "attach", "i-1", "--group", "web", ""}),
              ElementsAre("db", "mail", "web"));
  EXPECT_THAT(complete({"group", "ls", "-o", "w"}), ElementsAre("wide"));
  EXPECT_THAT(complete({"restart", ""}), ElementsAre("dhcp", "metadata"));
  EXPECT_THAT(complete({"group", "revoke", "web", "--protocol", "t"}), ElementsAre("tcp"));
}

TEST(Completion, OfWhatAnybodyMayNameIsEmpty) {
  EXPECT_THAT(complete({"group", "create", ""}), IsEmpty());
  EXPECT_THAT(complete({"instance", "attach", "i-1", "--device", ""}), IsEmpty());
  EXPECT_THAT(complete({"nonsense", ""}), IsEmpty());
  EXPECT_THAT(complete({"address", "release", ""}), IsEmpty()) << "the daemon did not answer";
}

TEST(CommandWords, OfOtherProgramsMeanOurs) {
  EXPECT_EQ(methodName("group", "ls"), "group.describe");
  EXPECT_EQ(methodName("events", "list"), "events.list");
  EXPECT_EQ(methodName("account", "create-key"), "account.create_key");
  EXPECT_EQ(methodName("instance", "rm"), "instance.detach");
  EXPECT_EQ(methodName("address", "rm"), "address.release");
  EXPECT_EQ(methodName("group", "rm"), "group.delete");
  EXPECT_EQ(methodName("network", "rm"), "network.rm") << "it cannot be removed";
}

TEST(CommandWords, ASlipInAnOptionIsToldTheNearest) {
  const auto parsed = parse(*api::findMethod("group.create"), {"web", "--ownr", "alice"});
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message, "there is no option '--ownr'; did you mean '--owner'?");
  const auto far = parse(*api::findMethod("group.create"), {"web", "--colour", "red"});
  ASSERT_FALSE(far);
  EXPECT_EQ(far.error().message, "there is no option '--colour'; --help lists them");
}

}  // namespace
}  // namespace netctl::cli
