#include "netctl/ec2/request/parameters.h"

#include "netctl/ec2/listing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace netctl::ec2 {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Pairs decoded(std::string_view text) {
  Pairs pairs;
  const auto added = addPairs(text, pairs);
  EXPECT_TRUE(added) << added.error().message;
  return pairs;
}

std::string refused(std::string_view text) {
  Pairs pairs;
  const auto added = addPairs(text, pairs);
  return added ? "" : added.error().reason;
}

TEST(AddPairs, Decodes) {
  EXPECT_EQ(
      decoded("a=1&b=Web+servers&c=%2f%2F%c3%a9&d=&&e=x=y"),
      (Pairs{{"a", "1"}, {"b", "Web servers"}, {"c", "//\xc3\xa9"}, {"d", ""}, {"e", "x=y"}}));
  EXPECT_EQ(decoded(""), Pairs{});
}

TEST(AddPairs, RefusesWhatHasNoMeaningOrTwo) {
  for (const auto* const wrong :
       {"a", "=1", "a=%", "a=%2", "a=%zz", "a=%1", "a=1&a=1", "a=1&%61=2", "a=%00", "a=%01",
        "a=%7f", "a=%ff", "a=%c0%af", "a=%ed%a0%80", "%0d=1&b"}) {
    EXPECT_EQ(refused(wrong), "MalformedQueryString") << wrong;
  }
  EXPECT_EQ(refused(std::string(256, 'a') + "=1"), "MalformedQueryString");
}

TEST(AddPairs, BoundsTheirNumber) {
  std::string text;
  for (std::size_t i = 0; i < kMaxParameters; ++i) text += "p" + std::to_string(i) + "=1&";
  EXPECT_EQ(decoded(text).size(), kMaxParameters);
  EXPECT_EQ(refused(text + "q=1"), "MalformedQueryString");
}

TEST(Encode, IsThatOfRfc3986) {
  EXPECT_EQ(encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(encode(" +/*\xc3\xa9"), "%20%2B%2F%2A%C3%A9");
}

class ParametersTest : public ::testing::Test {
 protected:
  Parameters read(std::string_view text) { return {decoded(text), faults_}; }
  std::string reason() { return faults_.empty() ? "" : faults_.error().reason; }
  std::string message() { return faults_.empty() ? "" : faults_.error().message; }

  cloud::Faults faults_;
};

TEST_F(ParametersTest, ListsGoByTheirNumbersAndMayHaveGaps) {
  const auto parameters = read("N.10=j&N.2=b&N.0=a&N.3=&M.1=x&N=y");
  EXPECT_THAT(parameters.list("N"), ElementsAre("a", "b", "j"));
  EXPECT_THAT(parameters.list("None"), IsEmpty());
  EXPECT_EQ(reason(), "");
}

TEST_F(ParametersTest, WhatNobodyAskedForIsRefused) {
  const auto parameters = read("Name=a&N.1=b&N=c&S.1.In=d&S.1.Out=e&Ignored.1.X=f");
  EXPECT_EQ(parameters.text("Name"), "a");
  EXPECT_THAT(parameters.list("N"), ElementsAre("b"));
  for (const auto& structure : parameters.structures("S")) EXPECT_EQ(structure.text("In"), "d");
  parameters.refuseUnasked([](std::string_view name) { return name.starts_with("Ignored."); });
  EXPECT_EQ(reason(), "UnknownParameter");
  EXPECT_EQ(faults_.error().message,
            "The parameter 'N' is not recognized; The parameter 'S.1.Out' is not recognized");
}

TEST_F(ParametersTest, NumbersOfListsAreStrict) {
  for (const auto* const wrong :
       {"N.00=a", "N.01=a", "N.1001=a", "N.-1=a", "N.x=a", "N.=a", "N.4294967297=a", "N.1x=a"}) {
    faults_ = {};
    EXPECT_THAT(read(wrong).list("N"), IsEmpty());
    EXPECT_EQ(reason(), "InvalidParameterValue") << wrong;
  }
}

TEST_F(ParametersTest, StructuresNest) {
  const auto parameters = read("P.2.A=2&P.1.L.2.C=b&P.1.L.1.C=a&P.1.A=1");
  const auto structures = parameters.structures("P");
  ASSERT_EQ(structures.size(), 2U);
  EXPECT_EQ(structures[0].text("A"), "1");
  EXPECT_EQ(structures[1].text("A"), "2");
  ASSERT_EQ(structures[0].structures("L").size(), 2U);
  EXPECT_EQ(structures[0].structures("L")[1].text("C"), "b");
  structures[0].structures("L")[1].required("D");
  EXPECT_THAT(message(), HasSubstr("must contain the parameter P.1.L.2.D"));
}

TEST_F(ParametersTest, IntegersAndBooleansAreStrict) {
  const auto parameters = read(
      "a=-1&b=4294967318&c=1.0&d=+1&e=0x1&f=true&g=1&h=TRUE&i=false&j=%201&k=18446744073709551617");
  EXPECT_EQ(parameters.number("a", -1, 5), -1);
  EXPECT_TRUE(parameters.flag("f"));
  EXPECT_TRUE(parameters.flag("g"));
  EXPECT_FALSE(parameters.flag("i"));
  EXPECT_FALSE(parameters.flag("none"));
  EXPECT_EQ(reason(), "");
  for (const auto* const wrong : {"b", "c", "d", "e", "j", "k"}) {
    faults_ = {};
    EXPECT_FALSE(parameters.number(wrong, 0, 65535));
    EXPECT_EQ(reason(), "InvalidParameterValue") << wrong;
  }
  faults_ = {};
  (void)parameters.flag("h");
  EXPECT_EQ(reason(), "InvalidParameterValue");
}

TEST(Patterns, Match) {
  for (const auto& [pattern, text] :
       std::vector<std::pair<std::string, std::string>>{{"web", "web"},
                                                        {"w*", "web"},
                                                        {"*", ""},
                                                        {"*b", "web"},
                                                        {"w?b", "web"},
                                                        {"*e*", "web"},
                                                        {"\\*", "*"},
                                                        {"a\\?c", "a?c"},
                                                        {"**b", "ab"},
                                                        {"[a]", "[a]"}}) {
    EXPECT_TRUE(matches(pattern, text)) << pattern << " " << text;
  }
  for (const auto& [pattern, text] :
       std::vector<std::pair<std::string, std::string>>{{"web", "Web"},
                                                        {"w", "web"},
                                                        {"", "x"},
                                                        {"?", ""},
                                                        {"\\*", "x"},
                                                        {"a\\?c", "abc"},
                                                        {"[a]", "a"},
                                                        {"*x", "web"},
                                                        {"web", "we"}}) {
    EXPECT_FALSE(matches(pattern, text)) << pattern << " " << text;
  }
  // Stars cost no more than their number times the text.
  EXPECT_FALSE(matches(std::string(200, '*') + "b", std::string(100000, 'a')));
}

}  // namespace
}  // namespace netctl::ec2
