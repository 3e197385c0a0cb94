#include "modes/cloud/text_rules.h"

#include <gtest/gtest.h>

#include <functional>

namespace netctl::cloud {
namespace {

struct RuleCase {
  const char* name;
  Result<void> (*check)(std::string_view);
  std::vector<std::string> right;
  std::vector<std::string> wrong;
};

const std::string kNul("a\0b", 3);

/// Characters of two bytes each.
std::string umlauts(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "\xc3\xa4";
  return text;
}

const RuleCase kRules[] = {
    {"AccountName",
     checkAccountName,
     {"a", "alice", "1", "Alice.B-c_d@e.org", "a+b=c,d", std::string(64, 'a'), "11111111111"},
     {"", std::string(65, 'a'), "111111111111", "-a", ".a", "a b", "a/b", "a'b", "a\nb", kNul,
      "\xc3\xa4"}},
    {"GroupName",
     checkGroupName,
     {"a", "web servers", "\"quoted\" <'x'> & /y", "SG-1", std::string(255, 'x')},
     {"", std::string(256, 'x'), "sg-", "sg-12345678", "a\tb", "a\x7f", kNul, "\xc3\xa4"}},
    {"Description",
     checkDescription,
     {"", "any text, 100 %", std::string(255, 'x')},
     {std::string(256, 'x'), "a\nb", "\xff"}},
    {"ClientToken",
     checkClientToken,
     {"", "0b5e-1", std::string(64, 'x')},
     {std::string(65, 'x'), "a\rb"}},
    {"NodeName",
     checkNodeName,
     {"n1", "node-1.example.org", "a_b"},
     {"", "-n", ".n", "a b", "a/b", "a\nb", std::string(254, 'n')}},
    {"DeviceName",
     checkDeviceName,
     {"vnet0", "vn_i-0A1B2C3D", "tap.1", "a@b", "123456789012345"},
     {"", "1234567890123456", ".", "..", "a/b", "../a", "a b", "a\tb", "a:1", "a%d", "a\"b", "tap*",
      "a\\b", "a\n", "\xc3\xa4"}},
    {"AttributeKey",
     checkAttributeKey,
     {"ami-id", "public-keys/0/openssh-key", "a_b.c"},
     {"", "A", "a b", "a=b", std::string(65, 'a'), "a\n"}},
    {"AttributeValue",
     checkAttributeValue,
     {"", "x y z", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", std::string(4096, 'x')},
     {std::string(4097, 'x'), "a\nb", kNul, "\x7f", "\xc2\x85", "\xff", "\xc3", "\xc0\xaf",
      "\xed\xa0\x80"}},
    {"ResourceTagKey",
     checkResourceTagKey,
     {"Name", "a b", "AWS:x", "my-aws:x", umlauts(127)},
     {"", "aws:x", "aws:", "a\nb", "\xc3", umlauts(128)}},
    {"ResourceTagValue",
     checkResourceTagValue,
     {"", "aws:x", umlauts(256)},
     {umlauts(257), "\x7f"}},
    {"KeyPairName",
     checkKeyPairName,
     {"a", "key-1", "me@laptop, of 2026", std::string(255, 'x')},
     {"", " a", "a ", "a\nb", std::string(256, 'x'), "\xc3\xa4"}},
};

class TextRule : public ::testing::TestWithParam<RuleCase> {};

TEST_P(TextRule, TakesWhatIsRightAndRefusesWhatIsWrong) {
  for (const auto& text : GetParam().right) EXPECT_TRUE(GetParam().check(text)) << text;
  for (const auto& text : GetParam().wrong) {
    const auto checked = GetParam().check(text);
    ASSERT_FALSE(checked) << text;
    EXPECT_EQ(checked.error().code, ErrorCode::InvalidArgument);
  }
}

INSTANTIATE_TEST_SUITE_P(All, TextRule, ::testing::ValuesIn(kRules),
                         [](const auto& rule) { return std::string(rule.param.name); });

}  // namespace
}  // namespace netctl::cloud
