#include "netctl/controller/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace netctl::controller {
namespace {

using std::chrono::seconds;

const Event::Time kStart{std::chrono::hours(1)};

TEST(Events, FoldWhatHappensAgain) {
  EventLog log;
  log.add(EventKind::Change, "node n1", "connected", kStart);
  log.add(EventKind::Change, "node n2", "connected", kStart + seconds(1));
  log.add(EventKind::Change, "node n1", "away", kStart + seconds(2));
  log.add(EventKind::Change, "node n1", "connected", kStart + seconds(3));
  const auto events = log.since(0, 100);
  ASSERT_EQ(events.size(), 3U);
  const auto& newest = events.back();
  EXPECT_EQ(newest.object, "node n1");
  EXPECT_EQ(newest.message, "connected");
  EXPECT_EQ(newest.count, 2U);
  EXPECT_EQ(newest.first, kStart);
  EXPECT_EQ(newest.time, kStart + seconds(3));
  EXPECT_EQ(newest.sequence, 4U);
  EXPECT_EQ(log.last(), 4U);
  EXPECT_EQ(events[0].count, 1U);
  EXPECT_EQ(events[1].message, "away");
}

/// Who asks for what came since sees it, though it began before.
TEST(Events, AreNewsWhenTheyHappenAgain) {
  EventLog log;
  log.add(EventKind::Error, "connection from 192.0.2.1", "no certificate", kStart);
  const auto seen = log.last();
  EXPECT_TRUE(log.since(seen, 100).empty());
  log.add(EventKind::Error, "connection from 192.0.2.1", "no certificate", kStart + seconds(9));
  ASSERT_EQ(log.since(seen, 100).size(), 1U);
  EXPECT_EQ(log.since(seen, 100)[0].count, 2U);
}

TEST(Events, StayApartWhereTheyAreAMinuteOrAnotherKindApart) {
  EventLog log;
  log.add(EventKind::Change, "group sg-1", "changed", kStart);
  log.add(EventKind::Change, "group sg-1", "changed", kStart + seconds(60));
  log.add(EventKind::Drift, "group sg-1", "changed", kStart + seconds(61));
  EXPECT_EQ(log.since(0, 100).size(), 3U);
}

/// A minute after each time that it happened, and not after the first.
TEST(Events, FoldForAsLongAsTheyGoOn) {
  EventLog log;
  for (int i = 0; i < 100; ++i) {
    log.add(EventKind::Change, "node n1", "away", kStart + i * seconds(50));
  }
  const auto events = log.since(0, 100);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].count, 100U);
}

/// 60 nodes that come and go, each time with another reason: what was before them is still known.
TEST(Events, OfObjectsThatFlapDoNotFlushTheRest) {
  EventLog log;
  log.add(EventKind::Drift, "chain NC_FORWARD", "changed", kStart);
  for (int i = 0; i < 60 * 650; ++i) {
    const auto node = "node n" + std::to_string(i % 60);
    log.add(EventKind::Error, node, "away: port " + std::to_string(i), kStart + seconds(i));
  }
  const auto events = log.since(0, 100000);
  ASSERT_EQ(events.size(), 1U + 60U * EventLog::kOfObject);
  EXPECT_EQ(events.front().object, "chain NC_FORWARD");
  EXPECT_EQ(events.back().sequence, log.last());
}

TEST(Events, AreNoMoreThanTheirNumber) {
  EventLog log;
  for (std::size_t i = 0; i < EventLog::kCapacity + 5; ++i) {
    log.add(EventKind::Change, "instance " + std::to_string(i), "added", kStart);
  }
  const auto events = log.since(0, 100000);
  EXPECT_EQ(events.size(), EventLog::kCapacity);
  EXPECT_EQ(events.front().object, "instance 5");
}

/// What has gone from the log is not folded into.
TEST(Events, BeginAnewAfterTheyWereForgotten) {
  EventLog log;
  log.add(EventKind::Change, "group sg-1", "changed 0", kStart);
  for (std::size_t i = 1; i <= EventLog::kOfObject; ++i) {
    log.add(EventKind::Change, "group sg-1", "changed " + std::to_string(i), kStart);
  }
  log.add(EventKind::Change, "group sg-1", "changed 0", kStart);
  EXPECT_EQ(log.since(0, 100000).back().count, 1U);
}

}  // namespace
}  // namespace netctl::controller
