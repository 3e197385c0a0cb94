#include "netctl/store/etcd/etcd_store.h"

#include "modes/cloud/commands.h"
#include "netctl/store/etcd/move.h"
#include "netctl/store/sqlite_store.h"
#include "tests/support/etcd/etcd_member.h"
#include "tests/support/example_cloud.h"
#include "tests/support/random_commands.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

namespace netctl::store {
namespace {

using ::testing::HasSubstr;

/// A cloud in a real etcd, as a host's netctld has it.
class EtcdStoreTest : public ::testing::Test {
 protected:
  EtcdPlace place(const std::string& host = "one") const {
    return {member_.access(), "/netctl/", directory_.path() / host / "cloud.db", host};
  }
  Result<std::unique_ptr<EtcdStore>> tryToOpen(const std::string& host = "one") const {
    return EtcdStore::open(place(host), directory_.path());
  }
  std::unique_ptr<EtcdStore> open(const std::string& host = "one") const {
    auto store = tryToOpen(host);
    if (!store) throw std::runtime_error(store.error().message);
    return *std::move(store);
  }
  static cloud::Cloud load(Store& store) {
    auto cloud = store.load(netctl::testing::smallSettings());
    if (!cloud) throw std::runtime_error(cloud.error().message);
    return *std::move(cloud);
  }
  static Result<void> makeAccount(Store& store, cloud::Cloud& cloud, const std::string& name) {
    static int number = 0;
    cloud.put(cloud::Account{{fmt::format("{:012}", ++number)}, name});
    const auto changes = cloud.takeChanges();
    auto done = store.commit(changes);
    if (!done) cloud.undo(changes);
    return done;
  }
  /// What the store says when etcd is there again.
  static Return waitForReturn(Store& store, const cloud::Cloud& cloud) {
    for (int i = 0; i < 600; ++i) {
      auto seen = store.look(cloud);
      if (seen && *seen) return **seen;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    throw std::runtime_error("etcd did not come back");
  }

  netctl::testing::TemporaryDirectory directory_;
  netctl::testing::EtcdMember member_;
};

TEST_F(EtcdStoreTest, WhatWasCommittedIsLoadedFromEtcdAndFromTheCopyWithoutIt) {
  netctl::testing::RandomCommands commands(3);
  auto store = open();
  EXPECT_TRUE(store->isNew().value());
  auto cloud = load(*store);
  EXPECT_FALSE(store->isNew().value());
  const auto identity = store->identity().value();
  const std::set address{net::parseIpv4Address("172.16.0.9").value()};
  for (int i = 0; i < 400; ++i) {
    (void)cloud::run(cloud, commands.next(cloud));
    const auto committed = store->commit(cloud.takeChanges(), address, {});
    ASSERT_TRUE(committed) << committed.error().message;
  }
  store.reset();
  store = open();
  EXPECT_TRUE(load(*store) == cloud);
  EXPECT_EQ(store->identity().value(), identity);
  EXPECT_EQ(store->pendingReviews().value(), address);
  EXPECT_TRUE(store->finishReviews(address));
  store.reset();
  member_.stop();
  store = open();
  EXPECT_TRUE(load(*store) == cloud);
  EXPECT_EQ(store->identity().value(), identity);
  EXPECT_TRUE(store->pendingReviews().value().empty());
  const auto refused = makeAccount(*store, cloud, "refused");
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().retryable());
  EXPECT_THAT(store->troubles().at(0).what, HasSubstr("cannot be reached"));
  member_.start();
  EXPECT_TRUE(waitForReturn(*store, cloud).changes.empty());
  EXPECT_TRUE(makeAccount(*store, cloud, "taken"));
  EXPECT_TRUE(store->troubles().empty());
}

TEST_F(EtcdStoreTest, AHostWithoutACopyAndWithoutEtcdWaits) {
  member_.stop();
  const auto opened = tryToOpen();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::Busy) << opened.error().message;
}

TEST_F(EtcdStoreTest, OneHostWritesAndAnotherIsRefusedByName) {
  auto one = open();
  auto cloud = load(*one);
  ASSERT_TRUE(makeAccount(*one, cloud, "alice"));
  const auto two = tryToOpen("two");
  ASSERT_FALSE(two);
  EXPECT_THAT(two.error().message, HasSubstr("by the netctld of one"));
  const auto former = takeOver(place("two"));
  ASSERT_TRUE(former) << former.error().message;
  EXPECT_EQ(*former, "one");
  const auto fenced = makeAccount(*one, cloud, "bob");
  ASSERT_FALSE(fenced);
  EXPECT_THAT(fenced.error().message, HasSubstr("by the netctld of two"));
  EXPECT_EQ(one->doubt(), Doubt::None);
  EXPECT_FALSE(one->troubles().empty());
  auto store = open("two");
  EXPECT_TRUE(load(*store) == cloud);
  EXPECT_TRUE(makeAccount(*store, cloud, "carol"));
}

TEST_F(EtcdStoreTest, AForeignOrAnEmptyPrefixIsRefusedByName) {
  {
    auto store = open();
    auto cloud = load(*store);
    ASSERT_TRUE(makeAccount(*store, cloud, "alice"));
  }
  member_.control("del --prefix /netctl/");
  EXPECT_THAT(tryToOpen().error().message, HasSubstr("there is no cloud below /netctl/"));
  {
    auto other = open("two");
    (void)load(*other);
  }
  EXPECT_THAT(tryToOpen().error().message, HasSubstr("is another one"));
  member_.control("del /netctl/meta");
  member_.control("put /netctl/cats/1 x");
  EXPECT_THAT(tryToOpen("three").error().message, HasSubstr("/netctl/cats/1"));
}

TEST_F(EtcdStoreTest, WhatIsGoneIsNoticed) {
  auto store = open();
  auto cloud = load(*store);
  ASSERT_TRUE(makeAccount(*store, cloud, "alice"));
  ASSERT_TRUE(makeAccount(*store, cloud, "bob"));
  const auto first = cloud.accounts().begin()->first.value;
  member_.control("del /netctl/accounts/" + first);
  const auto lost = store->load(netctl::testing::smallSettings());
  ASSERT_FALSE(lost);
  EXPECT_THAT(lost.error().message, HasSubstr("2 accounts were stored, 1 are there"));
  EXPECT_TRUE(store->load(netctl::testing::smallSettings(), Damage::Accepted));
  EXPECT_EQ(load(*store).accounts().size(), 1U);
}

TEST_F(EtcdStoreTest, ACommitThatWasNotAnsweredIsFoundOut) {
  auto store = open();
  auto cloud = load(*store);
  ASSERT_TRUE(makeAccount(*store, cloud, "alice"));
  member_.freeze();
  const auto doubted = makeAccount(*store, cloud, "bob");
  ASSERT_FALSE(doubted);
  EXPECT_EQ(store->doubt(), Doubt::Passing);
  const auto next = makeAccount(*store, cloud, "carol");
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().code, ErrorCode::Busy);
  member_.thaw();
  const auto seen = waitForReturn(*store, cloud);
  EXPECT_EQ(store->doubt(), Doubt::None);
  EXPECT_TRUE(makeAccount(*store, cloud, "dave"));
  store.reset();
  store = open();
  EXPECT_EQ(load(*store).accountByName("bob") != nullptr, seen.was_committed);
}

TEST_F(EtcdStoreTest, ACopyThatIsBehindIsMadeEqual) {
  const auto file = place().file;
  auto store = open();
  auto cloud = load(*store);
  ASSERT_TRUE(makeAccount(*store, cloud, "alice"));
  const auto image = store->image().value();
  const auto before = cloud.withSettings(cloud.settings());
  ASSERT_TRUE(makeAccount(*store, cloud, "bob"));
  store.reset();
  std::filesystem::remove(file.string() + "-wal");
  std::ofstream(file, std::ios::binary) << image;
  member_.stop();
  store = open();
  EXPECT_TRUE(load(*store) == before);
  member_.start();
  auto made = before.withSettings(before.settings());
  made.undo(waitForReturn(*store, before).changes.reversed());
  EXPECT_TRUE(made == cloud);
  EXPECT_TRUE(makeAccount(*store, made, "carol"));
}

TEST_F(EtcdStoreTest, ACloudIsMovedThereAndBack) {
  const auto settings = netctl::testing::smallSettings();
  netctl::testing::RandomCommands commands(11);
  auto file = *SqliteStore::open(place().file, directory_.path());
  auto cloud = load(*file);
  const auto identity = file->identity().value();
  cloud::Changes changes;
  for (int i = 0; i < 2000; ++i) {
    (void)cloud::run(cloud, commands.next(cloud));
    changes.merge(cloud.takeChanges());
  }
  // More than one transaction takes.
  for (int i = 0; i < 150; ++i) {
    cloud.put(cloud::Account{{fmt::format("77{:010}", i)}, fmt::format("a{}", i)});
  }
  changes.merge(cloud.takeChanges());
  ASSERT_TRUE(file->commit(changes));
  EXPECT_EQ(moveToEtcd(place(), settings).error().code, ErrorCode::Busy);
  EXPECT_THAT(tryToOpen().error().message, HasSubstr("in use"));
  file.reset();
  EXPECT_THAT(tryToOpen().error().message, HasSubstr("store move --to etcd"));
  auto moved = moveToEtcd(place(), settings);
  ASSERT_TRUE(moved) << moved.error().message;
  EXPECT_GT(moved->objects, 150U);
  EXPECT_FALSE(moveToEtcd(place(), settings));
  auto store = open();
  EXPECT_TRUE(load(*store) == cloud);
  EXPECT_EQ(store->identity().value(), identity);
  ASSERT_TRUE(makeAccount(*store, cloud, "later"));
  store.reset();
  moved = moveToSqlite(place(), settings);
  ASSERT_TRUE(moved) << moved.error().message;
  file = *SqliteStore::open(place().file, directory_.path());
  EXPECT_TRUE(load(*file) == cloud);
  EXPECT_EQ(file->identity().value(), identity);
  file.reset();
  etcd::Client client(member_.access());
  EXPECT_TRUE(client.all("/netctl/").value().pairs.empty());
  // And once more: what the first move has left there is nothing.
  EXPECT_TRUE(moveToEtcd(place(), settings));
}

TEST_F(EtcdStoreTest, AMoveToAPrefixThatHasACloudIsRefused) {
  {
    auto store = open("two");
    auto cloud = load(*store);
    ASSERT_TRUE(makeAccount(*store, cloud, "alice"));
  }
  auto file = *SqliteStore::open(place().file, directory_.path());
  auto cloud = load(*file);
  (void)file->identity().value();
  file.reset();
  EXPECT_THAT(moveToEtcd(place(), netctl::testing::smallSettings()).error().message,
              HasSubstr("has a cloud already"));
  EXPECT_THAT(moveToSqlite(place(), netctl::testing::smallSettings()).error().message,
              HasSubstr("has a cloud already"));
}

}  // namespace
}  // namespace netctl::store
