#include "base/text.h"

#include <gtest/gtest.h>

namespace netctl {
namespace {

TEST(Text, ForeignBytesAreShownAsPrintableAscii) {
  EXPECT_EQ(printable("a b~"), "a b~");
  EXPECT_EQ(printable(std::string("\0\n\x7f\xc3\xa4", 5)), "\\x00\\x0a\\x7f\\xc3\\xa4");
  EXPECT_EQ(quote("web"), "'web'");
}

TEST(Text, ALongTextIsCut) {
  EXPECT_EQ(printable("abcdef", 6), "abcdef");
  EXPECT_EQ(printable("abcdef", 5), "abcde...");
  EXPECT_EQ(quote(std::string(100, 'x')), "'" + std::string(80, 'x') + "...'");
}

TEST(Text, HexadecimalDigits) {
  EXPECT_EQ(hexDigit('0'), 0);
  EXPECT_EQ(hexDigit('f'), 15);
  EXPECT_EQ(hexDigit('A'), 10);
  for (const char c : {'g', 'G', ' ', '/', ':', '@', '`', '\0', '\xff'}) {
    EXPECT_FALSE(hexDigit(c)) << static_cast<int>(c);
  }
  EXPECT_EQ(hex(std::string("\x00\x9f\xff", 3)), "009fff");
}

std::optional<char32_t> first(std::string_view text, std::size_t left) {
  const auto point = takeCodePoint(text);
  EXPECT_EQ(text.size(), left);
  return point;
}

TEST(Text, CodePointsOfUtf8) {
  EXPECT_EQ(first("ab", 1), U'a');
  EXPECT_EQ(first("\xc3\xa4", 0), U'\u00e4');
  EXPECT_EQ(first("\xf0\x9f\x98\x80!", 1), U'\U0001F600');
}

TEST(Text, ABrokenCodePointTakesOneByte) {
  EXPECT_EQ(first("\xffz", 1), std::nullopt);         // no code point begins so
  EXPECT_EQ(first("\xc3", 0), std::nullopt);          // ends too early
  EXPECT_EQ(first("\xc0\xaf", 1), std::nullopt);      // an overlong slash
  EXPECT_EQ(first("\xed\xa0\x80", 2), std::nullopt);  // a surrogate
}

TEST(Text, Utf8IsAskedForEachCodePoint) {
  const auto latin = [](char32_t point) { return point < 0x100; };
  EXPECT_TRUE(isUtf8("", latin));
  EXPECT_TRUE(isUtf8("gr\xc3\xbc\xc3\x9f", latin));
  EXPECT_FALSE(isUtf8("\xe2\x82\xac", latin));
  EXPECT_FALSE(isUtf8("gr\xfc\xdf", latin));
}

}  // namespace
}  // namespace netctl
