#include "netctl/http/server/connection_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace netctl::http {
namespace {

using Verdict = ConnectionLimits::Verdict;
using ::testing::HasSubstr;

TEST(ConnectionLimits, AdmitsAllWithinTheBounds) {
  ConnectionLimits limits({.of_all = 3, .of_peer = 2, .refused = 1});
  for (const char* peer : {"a", "a", "b"}) {
    const auto decision = limits.admit(peer);
    EXPECT_EQ(decision.verdict, Verdict::Admit);
    EXPECT_FALSE(decision.makes_room);
    EXPECT_EQ(decision.reason, "");
  }
}

TEST(ConnectionLimits, LetsTheLongestWaitingMakeRoom) {
  ConnectionLimits limits({.of_all = 2, .of_peer = 2, .refused = 1});
  const auto first = limits.admit("a").id;
  const auto second = limits.admit("b").id;
  const auto third = limits.admit("c");
  EXPECT_EQ(third.verdict, Verdict::Admit);
  EXPECT_EQ(third.makes_room, first);
  EXPECT_THAT(third.reason, HasSubstr("2 connections"));
  EXPECT_EQ(limits.admit("d").makes_room, second);
  EXPECT_EQ(limits.admit("e").makes_room, third.id);
}

TEST(ConnectionLimits, LetsStrangersGoBeforeThoseThatWereServed) {
  ConnectionLimits limits({.of_all = 3, .of_peer = 3, .refused = 1});
  const auto client = limits.admit("a").id;
  limits.serves(client);
  limits.waits(client);
  const auto silent = limits.admit("b").id;
  const auto served_later = limits.admit("c").id;
  limits.serves(served_later);
  limits.waits(served_later);
  const auto fourth = limits.admit("d");
  EXPECT_EQ(fourth.makes_room, silent);
  limits.serves(fourth.id);
  EXPECT_EQ(limits.admit("e").makes_room, client) << "it has waited longer than the other";
}

/// The host that has too many pays for it itself, and can still connect.
TEST(ConnectionLimits, TakesRoomForAPeerFromThatPeer) {
  ConnectionLimits limits({.of_all = 100, .of_peer = 2, .refused = 1});
  const auto other = limits.admit("other").id;
  std::vector<ConnectionLimits::Id> ids;
  for (int i = 0; i < 50; ++i) {
    const auto decision = limits.admit("flood");
    EXPECT_EQ(decision.verdict, Verdict::Admit);
    if (i >= 2) {
      EXPECT_EQ(decision.makes_room, ids.at(ids.size() - 2));
    }
    ids.push_back(decision.id);
  }
  limits.remove(other);
  EXPECT_FALSE(limits.admit("other").makes_room);
}

TEST(ConnectionLimits, CountsNobodyWithoutAnAddressAsOnePeer) {
  ConnectionLimits limits({.of_all = 5, .of_peer = 1, .refused = 1});
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(limits.admit("").makes_room);
}

TEST(ConnectionLimits, TellsAFewToComeBackWhereAllAreServed) {
  ConnectionLimits limits({.of_all = 1, .of_peer = 1, .refused = 1});
  const auto busy = limits.admit("a").id;
  limits.serves(busy);
  const auto told = limits.admit("b");
  EXPECT_EQ(told.verdict, Verdict::Refuse);
  EXPECT_NE(told.reason, "");
  EXPECT_EQ(limits.admit("c").verdict, Verdict::Close);
  EXPECT_EQ(limits.refuse().verdict, Verdict::Close) << "for another reason, too";
  limits.remove(told.id);
  EXPECT_EQ(limits.admit("c").verdict, Verdict::Refuse);
  limits.remove(busy);
  EXPECT_EQ(limits.admit("d").verdict, Verdict::Admit) << "those that are refused do not count";
}

TEST(ConnectionLimits, AdmitsOnlyInPlaceOfAnotherWhileDescriptorsAreFew) {
  ConnectionLimits limits({.of_all = 10, .of_peer = 10, .refused = 10});
  EXPECT_EQ(limits.admit("a", Descriptors::Few).verdict, Verdict::Close);
  const auto first = limits.admit("a").id;
  const auto second = limits.admit("b", Descriptors::Few);
  EXPECT_EQ(second.verdict, Verdict::Admit);
  EXPECT_EQ(second.makes_room, first);
  limits.serves(second.id);
  EXPECT_EQ(limits.admit("c", Descriptors::Few).verdict, Verdict::Close);
}

/// What made room is forgotten at once; its session's end comes later.
TEST(ConnectionLimits, ForgetsWhatMadeRoomOnce) {
  ConnectionLimits limits({.of_all = 1, .of_peer = 1, .refused = 1});
  const auto first = limits.admit("a").id;
  const auto second = limits.admit("b").id;
  limits.waits(first);
  limits.serves(first);
  limits.remove(first);
  EXPECT_EQ(limits.admit("c").makes_room, second);
}

}  // namespace
}  // namespace netctl::http
