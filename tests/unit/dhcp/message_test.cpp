#include "dhcp/message.h"

#include <gtest/gtest.h>

namespace netctl::dhcp {
namespace {

constexpr std::size_t kOptions = 240;

/// A DHCPACK as dnsmasq answers a question: transaction 7, generation "word".
Bytes answer(const Bytes& options = {53, 1,  5,   54, 4,   10, 0,   0,   1,   51,  4,  0,
                                     1,  81, 128, 0,  224, 4,  'w', 'o', 'r', 'd', 255}) {
  auto bytes = renderQuestion(7, {0x0a000009});
  bytes.resize(kOptions);
  bytes[0] = 2;
  bytes.insert(bytes.end(), options.begin(), options.end());
  return bytes;
}

TEST(RenderQuestion, InformsOfTheAddressAndAsksForTheGeneration) {
  const auto bytes = renderQuestion(0x01020304, {0x0a000009});
  EXPECT_EQ(Bytes(bytes.begin(), bytes.begin() + 16),
            (Bytes{1, 1, 6, 0, 1, 2, 3, 4, 0, 0, 0, 0, 10, 0, 0, 9}));
  EXPECT_EQ(Bytes(bytes.begin() + 236, bytes.end()),
            (Bytes{99, 130, 83, 99, 53, 1, 8, 55, 1, 224, 255}));
}

TEST(ParseAnswer, TellsTheGeneration) {
  const auto parsed = parseAnswer(answer());
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(*parsed, (Answer{.transaction = 7, .generation = "word"}));
}

TEST(ParseAnswer, WithoutOneItIsEmpty) {
  const auto parsed = parseAnswer(answer({53, 1, 5, 0, 255}));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->generation, "");
}

TEST(ParseAnswer, RefusesWhatIsNotAnAcknowledgement) {
  auto request = answer();
  request[0] = 1;
  EXPECT_FALSE(parseAnswer(request));
  auto cookie = answer();
  cookie[237] = 0;
  EXPECT_FALSE(parseAnswer(cookie));
  EXPECT_FALSE(parseAnswer(answer({53, 1, 6, 255})));
  EXPECT_FALSE(parseAnswer(answer({51, 4, 0, 0, 0, 1, 255})));
  EXPECT_FALSE(parseAnswer(answer({53, 2, 5, 5, 255})));
}

TEST(ParseAnswer, RefusesOptionsThatAreCutOff) {
  EXPECT_FALSE(parseAnswer(answer({53, 1, 5, 51})));
  EXPECT_FALSE(parseAnswer(answer({53, 1, 5, 51, 4, 0, 1})));
  EXPECT_FALSE(parseAnswer(answer({53, 1, 5, 224, 255})));
}

TEST(ParseAnswer, NeverReadsBeyondAnyCut) {
  const auto whole = answer();
  for (std::size_t size = 0; size < kOptions; ++size) {
    EXPECT_FALSE(parseAnswer(std::span{whole}.first(size))) << size;
  }
  for (std::size_t size = kOptions; size < whole.size(); ++size) {
    (void)parseAnswer(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
  }
}

}  // namespace
}  // namespace netctl::dhcp
