#include "netctl/config/values.h"

#include "tests/unit/config/support.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace netctl::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// What a list's reader found and said.
template <class T>
struct Read {
  T value;
  std::string problems;
};

template <class Parse>
auto read(Parse parse, std::string_view text) {
  const std::vector<Entry> entries{{"KEY", std::string(text), "f", 1}};
  Findings findings("f", entries);
  auto value = parse("KEY", text, findings);
  return Read<decltype(value)>{std::move(value), test::textOf(findings.take())};
}

/// The pool as text, `a-b a-b`, or what was said.
std::string pool(std::string_view text) {
  const auto [pool, problems] = read(parsePublicPool, text);
  if (!problems.empty()) return problems;
  std::string result;
  for (const auto& range : pool.ranges()) {
    if (!result.empty()) result += ' ';
    result += net::format(range.first) + "-" + net::format(range.last);
  }
  return result;
}

TEST(PublicIps, AreAddressesAndRanges) {
  EXPECT_EQ(pool("192.0.2.1"), "192.0.2.1-192.0.2.1");
  EXPECT_EQ(pool("  192.0.2.1\t192.0.2.5-192.0.2.7  "), "192.0.2.1-192.0.2.1 192.0.2.5-192.0.2.7");
  EXPECT_EQ(pool("10.0.0.0-10.0.255.255"), "10.0.0.0-10.0.255.255") << "no limit of 256";
  EXPECT_EQ(pool(""), "");
}

TEST(PublicIps, OfACidrAreItsHosts) {
  EXPECT_EQ(pool("192.0.2.0/30"), "192.0.2.1-192.0.2.2");
  EXPECT_EQ(pool("192.0.2.9/29"), "192.0.2.9-192.0.2.14");
  EXPECT_EQ(pool("192.0.2.0/31"), "192.0.2.0-192.0.2.1");
  EXPECT_EQ(pool("192.0.2.7/32"), "192.0.2.7-192.0.2.7");
  EXPECT_EQ(pool("10.0.0.0/8"), "10.0.0.1-10.255.255.254");
}

TEST(PublicIps, MergeDuplicates) {
  EXPECT_EQ(pool("192.0.2.1 192.0.2.1 192.0.2.2-192.0.2.9 192.0.2.5"), "192.0.2.1-192.0.2.9");
}

TEST(PublicIps, LoseWhatIsExcludedBehindThem) {
  EXPECT_EQ(pool("192.0.2.1-192.0.2.5 !192.0.2.3"), "192.0.2.1-192.0.2.2 192.0.2.4-192.0.2.5");
  EXPECT_EQ(pool("192.0.2.1-192.0.2.5 !192.0.2.2-192.0.2.4"),
            "192.0.2.1-192.0.2.1 192.0.2.5-192.0.2.5");
  EXPECT_EQ(pool("192.0.2.0-192.0.2.9 !192.0.2.0/29"), "192.0.2.8-192.0.2.9") << "all of it";
  EXPECT_EQ(pool("192.0.2.1 !192.0.2.1 192.0.2.1"), "192.0.2.1-192.0.2.1");
  EXPECT_THAT(pool("!192.0.2.1 192.0.2.1"), HasSubstr("warning: KEY=\"!192.0.2.1 192.0.2.1\": "
                                                      "'!192.0.2.1' takes nothing away"));
}

TEST(PublicIps, RefuseWhatIsNoneNamingTheItem) {
  for (const auto* item :
       {"192.0.2", "192.0.2.1-20", "192.0.2.9-192.0.2.1", "192.0.2.1-", "-192.0.2.1", "-", "!", "/",
        "192.0.2.0/33", "192.0.2.0/", "192.0.2.1,192.0.2.2", "!!192.0.2.1", "your-free-public-ip-1",
        "192.0.2.1-192.0.2.2-192.0.2.3", "0192.0.2.1", "::1"}) {
    EXPECT_THAT(pool(item), HasSubstr("error")) << item;
    EXPECT_THAT(pool(item), HasSubstr("'" + std::string(item) + "' must be an address")) << item;
  }
}

TEST(PublicIps, RefuseAddressesThatNoHostHas) {
  for (const auto* item : {"127.0.0.1", "0.0.0.5", "169.254.169.254", "224.0.0.1", "239.0.0.0/24",
                           "255.255.255.255", "126.0.0.0-128.0.0.0", "0.0.0.0/0"}) {
    EXPECT_THAT(pool(item), HasSubstr("of addresses that hosts can have")) << item;
  }
}

TEST(PublicIps, OfNoiseGiveFewMessages) {
  std::string noise;
  for (int i = 0; i < 10000; ++i) noise += "x" + std::to_string(i) + " ";
  const auto text = pool(noise);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 9);
  EXPECT_THAT(text, HasSubstr("and 9992 more like these"));
}

std::string tags(std::string_view text) {
  const auto [tags, problems] = read(parseTags, text);
  if (!tags) return problems;
  std::string result = problems;
  for (std::size_t first = 0; first < 4096; ++first) {
    if (!tags->test(first)) continue;
    auto last = first;
    while (last + 1 < 4096 && tags->test(last + 1)) ++last;
    result += "[" + std::to_string(first) + "-" + std::to_string(last) + "]";
    first = last;
  }
  return result;
}

TEST(Tags, AreNumbersRangesAndExclusions) {
  EXPECT_EQ(tags("2-4094"), "[2-4094]");
  EXPECT_EQ(tags("7 9-11 10-20"), "[7-7][9-20]");
  EXPECT_EQ(tags("2-100 !50 !60-70"), "[2-49][51-59][71-100]");
  EXPECT_THAT(tags("!50"), HasSubstr("warning: KEY=\"!50\": '!50' takes nothing away"));
}

TEST(Tags, RefuseWhatIsNone) {
  for (const auto* item : {"1", "0", "4095", "10-5", "2-4095", "-5", "5-", "x", "!", "2,3", "+2",
                           "99999999999999999999", "2-3-4"}) {
    EXPECT_THAT(tags(item), HasSubstr("'" + std::string(item) + "' must be a tag of 2..4094"))
        << item;
  }
}

TEST(Prefixes, AreSortedWithoutHostBitsAndDuplicates) {
  const auto [prefixes, problems] =
      read(parsePrefixes, "192.168.7.7/16 10.0.0.0/8 192.168.0.0/16 0.0.0.0/0");
  EXPECT_EQ(problems, "");
  std::vector<std::string> texts;
  texts.reserve(prefixes.size());
  for (const auto& prefix : prefixes) texts.push_back(net::format(prefix));
  EXPECT_THAT(texts, ElementsAre("0.0.0.0/0", "10.0.0.0/8", "192.168.0.0/16"));
  EXPECT_THAT(read(parsePrefixes, "10.0.0.0/8 10.0.0.0/99 10.1.2.3").problems,
              ::testing::AllOf(HasSubstr("'10.0.0.0/99' must be a CIDR"),
                               HasSubstr("'10.1.2.3' must be a CIDR")));
}

TEST(MacMap, GivesEachMacOneAddress) {
  const auto [pairs, problems] =
      read(parseMacMap, "AA:DD:11:CE:FF:ED=192.168.1.2 aa:dd:11:ce:ff:ee=192.168.1.3");
  EXPECT_EQ(problems, "");
  ASSERT_EQ(pairs.size(), 2U);
  EXPECT_EQ(net::format(pairs[0].pair.mac), "aa:dd:11:ce:ff:ed");
  EXPECT_EQ(net::format(pairs[1].pair.address), "192.168.1.3");
  EXPECT_THAT(read(parseMacMap, "aa:dd:11:ce:ff:ed=10.0.0.1 aa:dd:11:ce:ff:ed=10.0.0.2").problems,
              HasSubstr("pair 2, 'aa:dd:11:ce:ff:ed=10.0.0.2', gives the MAC of pair 1 a second"));
  EXPECT_THAT(read(parseMacMap, "aa:dd:11:ce:ff:ed=10.0.0.1 aa:dd:11:ce:ff:ee=10.0.0.1").problems,
              HasSubstr("gives the address of pair 1 to a second MAC"));
  for (const auto* item : {"aa:dd:11:ce:ff:ed", "=10.0.0.1", "aa:dd:11:ce:ff=10.0.0.1",
                           "aa:dd:11:ce:ff:ed=10.0.0.300", "aa:dd:11:ce:ff:ed=224.0.0.1"}) {
    EXPECT_THAT(read(parseMacMap, item).problems, HasSubstr("must be a MAC address")) << item;
  }
  for (const auto* item : {"ab:dd:11:ce:ff:ed=10.0.0.1", "00:00:00:00:00:00=10.0.0.1"}) {
    EXPECT_THAT(read(parseMacMap, item).problems, HasSubstr("must have a unicast MAC")) << item;
  }
}

TEST(MacMap, NamesEveryFaultOfALongList) {
  std::string text = "aa:dd:11:ce:ff:ed=10.0.0.1";
  for (int i = 2; i <= 40; ++i) text += fmt::format(" wrong{}", i);
  const auto problems = read(parseMacMap, text).problems;
  for (int i = 2; i <= 40; ++i) {
    EXPECT_THAT(problems, HasSubstr(fmt::format("pair {0}, 'wrong{0}', must be", i)));
  }
}

TEST(Values, AreReadStrictly) {
  EXPECT_EQ(parseNumber("0", 0, 7), 0U);
  EXPECT_EQ(parseNumber("2147483647", 0, 2147483647), 2147483647U);
  for (const auto* text : {"", " 1", "1 ", "+1", "-1", "0x1", "1.0", "8", "4294967297"}) {
    EXPECT_FALSE(parseNumber(text, 0, 7)) << text;
  }
  for (const auto* text : {"eth0", "br-lan", "bond0.100", "enp0s31f6", "a", "123456789012345"}) {
    EXPECT_EQ(parseInterfaceName(text), text);
  }
  for (const auto* text : {"", ".", "..", "a/b", "eth0:1", "1234567890123456", "a b", "tap%d"}) {
    EXPECT_FALSE(parseInterfaceName(text)) << text;
  }
  for (const auto* text : {"example.com", "eucalyptus.internal", "a", "x_y.z-1"}) {
    EXPECT_EQ(parseDomainName(text), text);
  }
  for (const auto& text : {std::string(), std::string("."), std::string("a."), std::string(".a"),
                           std::string("a..b"), std::string("-a"), std::string("a b"),
                           std::string("a,b"), std::string(64, 'a'), std::string(254, 'a')}) {
    EXPECT_FALSE(parseDomainName(text)) << text;
  }
  for (const auto* text : {"127.0.0.1:8443", "cloud.example:1", "[::1]:65535"}) {
    ASSERT_TRUE(parseEndpoint(text)) << text;
    EXPECT_EQ(format(*parseEndpoint(text)), text);
  }
  for (const auto* text : {"", ":80", "host", "host:", "host:0", "host:65536", "::1:80", "[]:80",
                           "[x::1]:80", "a b:80", "host:80x", "[127]:80"}) {
    EXPECT_FALSE(parseEndpoint(text)) << text;
  }
  EXPECT_FALSE(parseAbsolutePath("var/lib"));
  EXPECT_FALSE(parseName("-x", 63));
  EXPECT_FALSE(parseName("a/b", 63));
  EXPECT_FALSE(parseName("", 63));
}

}  // namespace
}  // namespace netctl::config
