#include "netctl/cli/output_format.h"

#include "netctl/cli/command_line.h"
#include "netctl/cli/event_choice.h"
#include "netctl/cli/yaml_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

namespace netctl::cli {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

const json::value kGroups = json::parse(
    R"({"groups":[{"owner":"alice","owner_id":"000000000001","name":"web","group_id":"sg-1","tag":2,
       "permissions":[{"protocol":"all","cidrs":["192.0.2.0/24"]}]}],"next":null})");

TEST(OutputFormat, OfAnAnswer) {
  const auto& describe = *api::findMethod("group.describe");
  EXPECT_EQ(formatAnswer(describe, kGroups, OutputFormat::Name), "web\n");
  EXPECT_EQ(formatAnswer(describe, kGroups, OutputFormat::Wide),
            "OWNER  NAME  GROUP-ID  TAG  OWNER-ID      PERMISSIONS\n"
            "alice  web   sg-1      2    000000000001  all from 192.0.2.0/24\n");
  EXPECT_EQ(formatAnswer(describe, kGroups, OutputFormat::Yaml),
            "groups:\n"
            "  - owner: alice\n"
            "    owner_id: \"000000000001\"\n"
            "    name: web\n"
            "    group_id: sg-1\n"
            "    tag: 2\n"
            "    permissions:\n"
            "      - protocol: all\n"
            "        cidrs:\n"
            "          - \"192.0.2.0/24\"\n"
            "next: null\n");
  EXPECT_EQ(json::parse(formatAnswer(describe, kGroups, OutputFormat::Json)), kGroups);
  const auto created = json::parse(R"({"instance_id":"i-1","changed":true})");
  EXPECT_EQ(formatAnswer(*api::findMethod("instance.attach"), created, OutputFormat::Name),
            "i-1\n");
}

TEST(OutputFormat, IsChosenByOneOption) {
  const auto& describe = *api::findMethod("group.describe");
  EXPECT_EQ(parse(describe, {})->common.output, OutputFormat::Table);
  EXPECT_EQ(parse(describe, {"--json"})->common.output, OutputFormat::Json);
  EXPECT_EQ(parse(describe, {"-o", "wide"})->common.output, OutputFormat::Wide);
  EXPECT_THAT(parse(describe, {"-o", "xml"}).error().message, HasSubstr("'xml' is not one of"));
  EXPECT_THAT(parse(describe, {"--json", "-o", "yaml"}).error().message,
              HasSubstr("name two formats"));
  EXPECT_THAT(parse(*api::findMethod("system.status"), {"-o", "name"}).error().message,
              HasSubstr("has no names"));
}

TEST(YamlText, QuotesWhatMeansSomethingElse) {
  EXPECT_EQ(yamlText(json::parse(R"(["no","1.5","a: b","","d0:0d","n1","#","x y"])")),
            "- \"no\"\n- \"1.5\"\n- \"a: b\"\n- \"\"\n- \"d0:0d\"\n- n1\n- \"#\"\n- \"x y\"\n");
  EXPECT_EQ(yamlText(json::parse(R"({"a":[],"b":{},"c":[[1,2],[]]})")),
            "a: []\nb: {}\nc:\n  - - 1\n    - 2\n  - []\n");
}

TEST(EventChoice, LeavesWhatWasAskedFor) {
  const auto all = json::parse(
      R"([{"time":"2026-01-02T03:04:05.000Z","kind":"drift","object":"a","message":"x","count":1},
          {"time":"2026-01-02T04:00:00.000Z","kind":"error","object":"b","message":"y","count":3},
          {"time":"2026-01-02T05:00:00.000Z","kind":"drift","object":"c","message":"z","count":1}])");
  const auto objects = [&](const EventChoice& choice) {
    auto events = all.as_array();
    choose(events, choice);
    std::string names;
    for (const auto& event : events) names += event.at("object").as_string();
    return names;
  };
  EXPECT_EQ(objects({}), "abc");
  EXPECT_EQ(objects({.newest = 2}), "bc");
  EXPECT_EQ(objects({.newest = 1, .kind = "drift"}), "c");
  EXPECT_EQ(objects({.newest = 0}), "");
  EXPECT_EQ(objects({.not_before = "2026-01-02T04:00:00.000Z"}), "bc");
  EXPECT_EQ(eventLine(all.at(1).as_object()), "2026-01-02T04:00:00.000Z  error   b: y (3 times)");
}

TEST(EventChoice, ATimeAgoHasAUnit) {
  EXPECT_EQ(parseAgo("90s"), std::chrono::seconds(90));
  EXPECT_EQ(parseAgo("2h"), std::chrono::hours(2));
  EXPECT_EQ(parseAgo("17"), std::nullopt);
  EXPECT_EQ(parseAgo("-1m"), std::nullopt);
  EXPECT_EQ(parseAgo("m"), std::nullopt);
}

}  // namespace
}  // namespace netctl::cli
