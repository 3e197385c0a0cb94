#include "netctl/ec2/answer/xml.h"

#include <gtest/gtest.h>

#include <vector>

namespace netctl::ec2 {
namespace {

TEST(Xml, EscapesText) {
  EXPECT_EQ(escape("a<b>&\"c'"), "a&lt;b&gt;&amp;&quot;c&apos;");
  EXPECT_EQ(escape("x\r\n\t\xc3\xa9"), "x&#13;\n\t\xc3\xa9");
}

TEST(Xml, ReplacesWhatXmlCannotHold) {
  constexpr auto kReplacement = "\xef\xbf\xbd";
  EXPECT_EQ(escape(std::string_view("\0", 1)), kReplacement);
  EXPECT_EQ(escape("\x01"), kReplacement);
  EXPECT_EQ(escape("\xef\xbf\xbf"), kReplacement);  // U+FFFF
  EXPECT_EQ(escape("\xff<").substr(0, 3), kReplacement);
  EXPECT_EQ(escape("\xc3"), kReplacement);
}

TEST(Xml, NestsElements) {
  XmlWriter xml;
  xml.open("a").text("b", "<").flag("c", false).number("d", -1);
  xml.list("e", std::vector<int>{1, 2}, [&](int value) { xml.number("f", value); });
  EXPECT_EQ(xml.close().take(),
            "<a><b>&lt;</b><c>false</c><d>-1</d><e><item><f>1</f></item><item><f>2</f></item></e>"
            "</a>");
}

}  // namespace
}  // namespace netctl::ec2
