#include "netctl/web/link/messages.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace netctl::web {
namespace {

using namespace std::string_view_literals;

TEST(Messages, ComeAsTheyWere) {
  const auto bytes = std::string("\0<&\n\xff", 5);
  const auto called = parseToNetctld(
      format(ToNetctld(Called{~std::uint64_t{0}, {"AKI", "to\nsign", bytes, "", bytes}})));
  ASSERT_TRUE(called);
  const auto& [call, what] = std::get<Called>(*called);
  EXPECT_EQ(call, ~std::uint64_t{0});
  EXPECT_EQ(what.access_key, "AKI");
  EXPECT_EQ(what.string_to_sign, "to\nsign");
  EXPECT_EQ(what.signature, bytes);
  EXPECT_EQ(what.canonical_request, "");
  EXPECT_EQ(what.body, bytes);

  const auto away = parseToNetctld(format(ToNetctld(TurnedAway{{"192.0.2.1", "too many", 5}})));
  ASSERT_TRUE(away);
  EXPECT_EQ(std::get<TurnedAway>(*away).refusal.peer, "192.0.2.1");
  EXPECT_EQ(std::get<TurnedAway>(*away).refusal.count, 5U);
  const Counted counts{3, 1, {{200, 7}, {403, ~std::uint64_t{0}}}};
  const auto counted = parseToNetctld(format(ToNetctld(counts)));
  EXPECT_EQ(std::get<Counted>(counted.value()), counts);
  EXPECT_TRUE(std::holds_alternative<Serves>(parseToNetctld(format(ToNetctld(Serves{}))).value()));

  const auto success =
      parseToWeb(format(ToWeb(Answered{3, ec2::Success{ec2::Document::SecurityToken, "<a/>"}})));
  ASSERT_TRUE(success);
  const auto& answer = std::get<ec2::Success>(std::get<Answered>(*success).answer);
  EXPECT_EQ(answer.document, ec2::Document::SecurityToken);
  EXPECT_EQ(answer.elements, "<a/>");
  const auto failure = parseToWeb(format(ToWeb(Answered{4, ec2::Failure{"Code", "why"}})));
  ASSERT_TRUE(failure);
  EXPECT_EQ(std::get<ec2::Failure>(std::get<Answered>(*failure).answer).message, "why");
  const auto plain = parseToWeb(format(ToWeb(ShowCertificate{})));
  EXPECT_FALSE(std::get<ShowCertificate>(plain.value()).texts);
  const auto tls = parseToWeb(format(ToWeb(ShowCertificate{http::CertificateTexts{"c", "k"}})));
  EXPECT_EQ(std::get<ShowCertificate>(tls.value()).texts->key, "k");
}

/// What was taken over may say anything.
TEST(Messages, AreWholeOrNone) {
  const auto whole = format(ToNetctld(Called{12, {"AKI", "sign", "s", "c", "b"}}));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(parseToNetctld(std::string_view(whole).substr(0, size))) << size;
  }
  EXPECT_FALSE(parseToNetctld(whole + '\0'));
  EXPECT_FALSE(parseToNetctld("\xff\xff\xff\xff"sv));
  EXPECT_FALSE(parseToNetctld(format(ToWeb(ShowCertificate{}))));
  EXPECT_FALSE(parseToNetctld(format(ToNetctld(Counted{0, 0, {{600, 1}}}))));
  EXPECT_FALSE(parseToNetctld("\x07\0\0\0counted\1\0\0\0003"sv));
  EXPECT_FALSE(parseToWeb(whole));
  EXPECT_FALSE(parseToNetctld("\x0b\0\0\0turned-away\0\0\0\0\0\0\0\0\2\0\0\0-1"sv));
}

}  // namespace
}  // namespace netctl::web
