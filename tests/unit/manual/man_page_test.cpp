#include "netctl/manual/man_page.h"

#include "netctl/api/method.h"
#include "netctl/manual/man_text.h"
#include "netctl/manual/pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace netctl::manual {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

std::string page(std::string_view markdown) {
  const auto text = manPage({.name = "x", .section = 8, .purpose = "does x"}, markdown);
  return text.substr(text.find(".SH DESCRIPTION\n") + 16);
}

TEST(ManText, EscapesWhatMeansSomethingElse) {
  EXPECT_EQ(manText("a-b 'c' \\d"), "a\\-b \\(aqc\\(aq \\ed");
  EXPECT_EQ(manCode(".conf"), "\\&.conf");
}

TEST(ManText, MakesCodeAndNamesBoldAndLeavesALinksText) {
  EXPECT_EQ(manText("see `netctl` and **netctld**(8)"),
            "see \\fBnetctl\\fR and \\fBnetctld\\fR(8)");
  EXPECT_EQ(manText("the [RPC](rpc.md): all"), "the RPC: all");
  EXPECT_EQ(manText("`[option...]` and [one] of (two)"), "\\fB[option...]\\fR and [one] of (two)");
}

TEST(ManPage, HasATitleAndAName) {
  const auto text = manPage({.name = "netctl.conf", .section = 5, .purpose = "keys"}, "");
  EXPECT_THAT(text, HasSubstr(".TH NETCTL.CONF 5 \"\" \"netctl "));
  EXPECT_THAT(text, HasSubstr(".SH NAME\nnetctl.conf \\- keys\n"));
}

TEST(ManPage, OfEachKindOfBlock) {
  EXPECT_EQ(page("# Title\n\n<!-- made -->\n\nOne\ntwo.\n"), ".PP\nOne two.\n");
  EXPECT_EQ(page("## A part\n### A smaller one\n"), ".SH \"A PART\"\n.SS \"A smaller one\"\n");
  EXPECT_EQ(page("- one\n  more\n- two\n"), ".IP \\(bu 2\none more\n.IP \\(bu 2\ntwo\n");
  EXPECT_EQ(page("```sh\nx  -y\n\n.z\n```\nafter\n"),
            ".PP\n.RS 4\n.nf\nx  \\-y\n\n\\&.z\n.fi\n.RE\n.PP\nafter\n");
  EXPECT_EQ(page("    KEY=1\n"), ".PP\n.RS 4\n.nf\nKEY=1\n.fi\n.RE\n");
}

TEST(ManPage, OfATableNamesTheColumnsOfWideOnes) {
  EXPECT_EQ(page("| a | b |\n|---|---|\n| 1 | 2 |\n"), ".TP\n\\fB1\\fR\n2\n");
  EXPECT_EQ(page("| a | b | c |\n|---|---|---|\n| 1 | 2 | 3 |\n"),
            ".TP\n\\fB1\\fR\nb: 2\n.br\nc: 3\n");
}

TEST(Pages, SayAllThatTheTablesSay) {
  std::map<std::string, std::string> texts;
  for (auto& one : pages()) texts.emplace(one.file, one.text);
  std::vector<std::string> files;
  for (const auto& [file, text] : texts) files.push_back(file);
  EXPECT_THAT(files, UnorderedElementsAre("netctl.1", "netctl-euca.1", "netctl.conf.5", "netctld.8",
                                          "netctl-metadata.8", "netctl-web.8"));
  for (const auto& method : api::methods()) {
    EXPECT_THAT(texts.at("netctl.1"), HasSubstr(manCode(method.help))) << method.name;
  }
  EXPECT_THAT(texts.at("netctl.conf.5"), HasSubstr(".TP\n\\fBVNET_MODE\\fR\n"));
  EXPECT_THAT(texts.at("netctl-euca.1"), HasSubstr(".SS \"euca\\-associate\\-address\"\n"));
  EXPECT_THAT(texts.at("netctld.8"), HasSubstr(".TP\n\\fB\\-\\-purge\\fR\n"));
}

}  // namespace
}  // namespace netctl::manual
