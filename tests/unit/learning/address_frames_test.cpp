#include "netctl/kernel/learning/address_frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>

namespace netctl::kernel {
namespace {

using Frame = std::vector<std::uint8_t>;

constexpr net::MacAddress kMac{{0xd0, 0x0d, 0, 0, 0, 1}};
constexpr net::Ipv4Address kAddress{0xc0a80107};
constexpr std::uint32_t kTransaction = 0x01020304;

void append(Frame& frame, std::initializer_list<std::uint8_t> bytes) {
  frame.insert(frame.end(), bytes);
}
void append(Frame& frame, const net::MacAddress& mac) {
  frame.insert(frame.end(), mac.bytes.begin(), mac.bytes.end());
}

/// A DHCPACK of 192.168.1.7; places of its parts: 14 IPv4, 34 UDP, 42 DHCP, 282 options.
Frame acknowledgement() {
  Frame frame;
  append(frame, kMac);
  append(frame, {2, 0, 0, 0, 0, 0xfe, 8, 0});
  append(frame, {0x45, 0, 1, 18, 0, 1, 0x40, 0, 64, 17, 0, 0, 192, 168, 1, 1, 192, 168, 1, 7});
  append(frame, {0, 67, 0, 68, 0, 254, 0, 0});
  append(frame, {2, 1, 6, 0, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 192, 168, 1, 7});
  frame.resize(70);
  append(frame, kMac);
  frame.resize(278);
  append(frame, {99, 130, 83, 99, 53, 1, 5, 255, 0, 0});
  return frame;
}
Frame claim() {
  Frame frame(6, 0xff);
  append(frame, kMac);
  append(frame, {8, 6, 0, 1, 8, 0, 6, 4, 0, 1});
  append(frame, kMac);
  append(frame, {192, 168, 1, 7, 0, 0, 0, 0, 0, 0, 192, 168, 1, 1});
  return frame;
}
/// With other bytes from a place on.
Frame with(Frame frame, std::size_t at, std::initializer_list<std::uint8_t> bytes) {
  std::copy(bytes.begin(), bytes.end(), frame.begin() + static_cast<std::ptrdiff_t>(at));
  return frame;
}

std::optional<AddressWord> to(const Frame& frame) {
  return parseAddressFrame(frame, true, kMac);
}
std::optional<AddressWord> from(const Frame& frame) {
  return parseAddressFrame(frame, false, kMac);
}

TEST(AddressFrames, AnAcknowledgementGivesALease) {
  EXPECT_EQ(to(acknowledgement()), AddressWord(DhcpLease{kTransaction, kAddress}));
  auto padded = acknowledgement();
  padded.resize(400);
  EXPECT_EQ(to(padded), AddressWord(DhcpLease{kTransaction, kAddress}));
  EXPECT_EQ(from(acknowledgement()), std::nullopt) << "no server is an instance";
}

TEST(AddressFrames, ABootRequestIsAQuestion) {
  auto frame = with(acknowledgement(), 34, {0, 68, 0, 67});
  frame =
      with(with(frame, 42, {1}), 0, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xd0, 0x0d, 0, 0, 0, 1});
  EXPECT_EQ(from(frame), AddressWord(DhcpQuestion{kTransaction}));
  EXPECT_EQ(to(frame), std::nullopt);
  EXPECT_EQ(from(with(frame, 70, {2})), std::nullopt) << "of another client";
  EXPECT_EQ(from(with(frame, 6, {2})), std::nullopt) << "from another MAC";
}

TEST(AddressFrames, ArpClaimsTheSendersAddress) {
  EXPECT_EQ(from(claim()), AddressWord(ArpClaim{kAddress}));
  EXPECT_EQ(from(with(claim(), 20, {0, 2})), AddressWord(ArpClaim{kAddress})) << "a reply does too";
  EXPECT_EQ(to(claim()), std::nullopt);
  EXPECT_EQ(from(with(claim(), 28, {0, 0, 0, 0})), std::nullopt) << "a probe (RFC 5227)";
  EXPECT_EQ(from(with(claim(), 28, {169, 254, 1, 1})), std::nullopt);
  EXPECT_EQ(from(with(claim(), 27, {2})), std::nullopt) << "another sender's";
  EXPECT_EQ(from(with(claim(), 18, {8})), std::nullopt) << "other sizes of addresses";
}

TEST(AddressFrames, AnybodysArpNamesItsSender) {
  EXPECT_EQ(parseArpSender(claim()), (ArpSender{kAddress, kMac}));
  const auto other = with(claim(), 22, {2, 0, 0, 0, 0, 9});
  EXPECT_EQ(parseArpSender(other), (ArpSender{kAddress, {{2, 0, 0, 0, 0, 9}}}));
  EXPECT_EQ(parseArpSender(with(claim(), 28, {0, 0, 0, 0})), std::nullopt) << "a probe (RFC 5227)";
  EXPECT_EQ(parseArpSender(with(claim(), 18, {8})), std::nullopt) << "other sizes of addresses";
  EXPECT_EQ(parseArpSender(acknowledgement()), std::nullopt);
  const auto whole = claim();
  for (std::size_t size = 0; size < 42; ++size) {
    EXPECT_EQ(parseArpSender(std::span{whole}.first(size)), std::nullopt) << size;
  }
}

TEST(AddressFrames, WhatIsNoLeaseSaysNothing) {
  const auto good = acknowledgement();
  const auto cases = std::initializer_list<std::pair<const char*, Frame>>{
      {"an offer", with(good, 284, {2})},
      {"a refusal", with(good, 284, {6})},
      {"a fragment", with(good, 20, {0x20, 0})},
      {"another fragment", with(good, 20, {0, 1})},
      {"TCP", with(good, 23, {6})},
      {"another port", with(good, 35, {69})},
      {"another client", with(good, 75, {2})},
      {"another kind of hardware", with(good, 43, {6})},
      {"an IPv4 header that is too short", with(good, 14, {0x44})},
      {"a packet that is longer than its frame", with(good, 16, {2, 0})},
      {"a datagram that is longer than its packet", with(good, 38, {2, 0})},
      {"a tag", with(good, 12, {0x81, 0})},
      {"no address", with(good, 58, {0, 0, 0, 0})},
      {"a multicast address", with(good, 58, {224, 0, 0, 1})},
      {"a loopback address", with(good, 58, {127, 0, 0, 1})},
      {"no cookie", with(good, 278, {0})},
  };
  for (const auto& [what, frame] : cases) EXPECT_EQ(to(frame), std::nullopt) << what;
}

TEST(AddressFrames, NothingIsReadBeyondAnyCut) {
  for (const auto& whole : {acknowledgement(), claim()}) {
    for (std::size_t size = 0; size + 2 < whole.size(); ++size) {
      const Frame cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_EQ(to(cut), std::nullopt);
      EXPECT_EQ(from(cut), std::nullopt);
    }
  }
}

}  // namespace
}  // namespace netctl::kernel
