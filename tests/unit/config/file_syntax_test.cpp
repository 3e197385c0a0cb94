#include "netctl/config/file_syntax.h"

#include "tests/unit/config/support.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace netctl::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// `KEY=value@line` of each entry.
std::vector<std::string> entriesOf(std::string_view text) {
  std::vector<std::string> result;
  for (const auto& entry : parseFile({"f", std::string(text)}).entries) {
    result.push_back(entry.key + "=" + entry.value + "@" + std::to_string(entry.line));
  }
  return result;
}

std::string problemsOf(std::string_view text) {
  return test::textOf(parseFile({"f", std::string(text)}).problems);
}

TEST(ConfigFile, TakesQuotedValuesAndBareWords) {
  EXPECT_THAT(entriesOf("VNET_MODE=\"MANAGED\"\nVNET_DNS=8.8.8.8\nNODES=\"\"\n"),
              ElementsAre("VNET_MODE=MANAGED@1", "VNET_DNS=8.8.8.8@2", "NODES=@3"));
}

TEST(ConfigFile, SkipsBlanksBeforeTheKeyAndAroundTheValue) {
  EXPECT_THAT(entriesOf("  \tVNET_DNS=\"  8.8.8.8 \"\n VNET_MODE \t=  STATIC  \n"),
              ElementsAre("VNET_DNS=8.8.8.8@1", "VNET_MODE=STATIC@2"));
}

TEST(ConfigFile, IgnoresCommentsAndWhatFollowsTheValue) {
  EXPECT_THAT(entriesOf("#VNET_MODE=\"MANAGED\"\n  # VNET_DNS=1.1.1.1\n\nA=b#c\n"
                        "VNET_DNS=\"8.8.8.8\" # first\nVNET_MODE=STATIC # second\n"),
              ElementsAre("A=b@4", "VNET_DNS=8.8.8.8@5", "VNET_MODE=STATIC@6"));
  EXPECT_EQ(problemsOf("VNET_DNS=\"8.8.8.8\" # first\nVNET_MODE=STATIC # second\n"), "");
}

TEST(ConfigFile, ComparesWholeKeysOnly) {
  EXPECT_THAT(entriesOf("VNET_DNSX=1\nVNET_DNS=2\n"), ElementsAre("VNET_DNSX=1@1", "VNET_DNS=2@2"));
}

TEST(ConfigFile, ReadsFilesWithCarriageReturnsByteOrderMarksAndNoLastNewline) {
  EXPECT_THAT(entriesOf("\xef\xbb\xbfVNET_MODE=STATIC\r\nVNET_DNS=\"8.8.8.8\"\r\nVNET_BRIDGE=br0"),
              ElementsAre("VNET_MODE=STATIC@1", "VNET_DNS=8.8.8.8@2", "VNET_BRIDGE=br0@3"));
  EXPECT_EQ(problemsOf("VNET_MODE=STATIC\r\nVNET_DNS=\"8.8.8.8\"\r\n"), "");
}

TEST(ConfigFile, TakesTheFirstOfTwoLinesAndNamesBoth) {
  const auto* text = "VNET_DNS=1.1.1.1\nNODES=a\nVNET_DNS=2.2.2.2\nNODES=b\n";
  EXPECT_THAT(entriesOf(text), ElementsAre("VNET_DNS=1.1.1.1@1", "NODES=a@2"));
  EXPECT_THAT(problemsOf(text), HasSubstr("f:3: warning: VNET_DNS=\"2.2.2.2\": is set in line 1"));
  EXPECT_THAT(problemsOf(text), Not(HasSubstr("NODES")));
}

TEST(ConfigFile, RefusesAValueWithoutItsClosingQuote) {
  EXPECT_THAT(entriesOf("VNET_PUBLICIPS=\"1.2.3.4\n1.2.3.5\"\nNODES=\"a\n"),
              ElementsAre("NODES=a@3"));
  EXPECT_THAT(problemsOf("VNET_PUBLICIPS=\"1.2.3.4\n1.2.3.5\"\n"),
              HasSubstr("f:1: error: VNET_PUBLICIPS=\"1.2.3.4\": the closing quote is missing"));
}

TEST(ConfigFile, RefusesBytesThatNoValueHolds) {
  EXPECT_THAT(problemsOf("VNET_MODE=\"MAN\x01GED\"\n"),
              HasSubstr("f:1: error: VNET_MODE=\"MAN\\x01GED\": holds the byte 0x01"));
  EXPECT_THAT(problemsOf("VNET_MODE=\"M\xc3\x84NAGED\"\n"), HasSubstr("holds the byte 0xc3"));
}

TEST(ConfigFile, RefusesNulBytesAnywhere) {
  EXPECT_THAT(problemsOf(std::string_view("V\0N\0E\0T\0", 8)),
              HasSubstr("f: error: holds NUL bytes"));
  EXPECT_THAT(problemsOf(std::string_view("VNET_MODE=STATIC\n\0\0\0", 20)),
              HasSubstr("holds NUL bytes"));
}

TEST(ConfigFile, RefusesAKeyWithoutItsEqualsSign) {
  EXPECT_THAT(problemsOf("VNET_MODE \"MANAGED\"\n"),
              HasSubstr("f:1: error: VNET_MODE: there is no '='"));
  EXPECT_EQ(problemsOf("some words\nif [ -f x ]; then\n"), "");
}

TEST(ConfigFile, WarnsWhereAShellWouldReadSomethingElse) {
  EXPECT_THAT(problemsOf("VNET_MODE='MANAGED'\n"), HasSubstr("warning: VNET_MODE=\"'MANAGED'\": "
                                                             "single quotes"));
  EXPECT_THAT(problemsOf("VNET_DNS=\"$DNS\"\n"), HasSubstr("a shell would expand it"));
  EXPECT_THAT(problemsOf("VNET_DNS=8.8.8.8;reboot\n"), HasSubstr("a shell would expand it"));
  EXPECT_THAT(problemsOf("VNET_PUBLICIPS=1.2.3.4 1.2.3.5\n"),
              HasSubstr("what follows the value is ignored: '1.2.3.5'"));
  EXPECT_THAT(problemsOf("VNET_DNS=\"8.8.8.8\"4\n"), HasSubstr("is ignored: '4'"));
  EXPECT_THAT(problemsOf("VNET_DNS=8.8.8.8#google\n"), HasSubstr("ends at the '#'"));
  EXPECT_THAT(problemsOf("VNET_DNS = 8.8.8.8\n"), HasSubstr("no blanks around '='"));
  EXPECT_THAT(problemsOf("export VNET_DNS=8.8.8.8\n"), HasSubstr("'export' has no meaning here"));
  EXPECT_THAT(entriesOf("export VNET_DNS=8.8.8.8\n"), IsEmpty());
  EXPECT_EQ(problemsOf("EUCALYPTUS='/'\nexport PATH=$PATH:/x\n"), "") << "not ours to judge";
}

TEST(ConfigFile, ReadsLinesOfAnyLength) {
  const std::string noise(std::size_t{1} << 20U, 'x');
  EXPECT_THAT(entriesOf(noise + "\n" + noise + "=" + noise + "\nVNET_DNS=8.8.8.8\n"),
              ::testing::SizeIs(2));
  const auto problems = problemsOf("VNET_" + noise + " x\nVNET_DNS=\"" + noise + "\n");
  EXPECT_LT(problems.size(), 1000U) << "what a file holds is cut short in messages";
}

TEST(ConfigFile, TellsWhyAFileCannotBeRead) {
  const auto missing = readText("/nonexistent/netctl.conf");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::NotFound);
  EXPECT_EQ(missing.error().message, "cannot be read: No such file or directory");
  EXPECT_THAT(readText("/").error().message, HasSubstr("Is a directory"));
  EXPECT_THAT(readText("/dev/zero").error().message, HasSubstr("File too large"));
}

}  // namespace
}  // namespace netctl::config
