#include "modes/cloud/rule_ids.h"
#include "tests/support/random_commands.h"
#include "tests/unit/store/store_fixture.h"

namespace netctl::store {
namespace {

using cloud::Changes;
using netctl::testing::address;
using netctl::testing::instance;
using netctl::testing::smallSettings;
using CommitTest = StoreTest;

TEST_F(CommitTest, RandomHistoryIsReadBackAsItWas) {
  for (const std::uint32_t seed : {1U, 2U, 3U}) {
    file_ = directory_ / std::to_string(seed) / "netctl.db";
    auto store = open();
    auto cloud = load(*store);
    netctl::testing::RandomCommands commands(seed);
    for (int batch = 0; batch < 60; ++batch) {
      Changes changes;
      for (int i = 0; i < 30; ++i) {
        (void)cloud::run(cloud, commands.next(cloud));
        changes.merge(cloud.takeChanges());
      }
      const auto committed = store->commit(changes);
      ASSERT_TRUE(committed) << committed.error().message;
      if (batch % 10 == 9) {
        store.reset();
        store = open();
      }
      auto loaded = load(*store);
      ASSERT_TRUE(loaded == cloud) << "batch " << batch << " of seed " << seed;
      ASSERT_FALSE(loaded.hasChanges());
      // What is loaded goes on: ids are as they were written too.
      for (const auto& [id, attached] : cloud.instances()) {
        ASSERT_EQ(loaded.instance(id)->id.text(), attached->id.text());
      }
    }
  }
}

TEST_F(CommitTest, ThingsGoFromHandToHandWithinABatch) {
  auto store = open();
  auto cloud = load(*store);
  const auto make = [&](const char* group, const char* id) {
    commit(*store, cloud, cloud::CreateGroup{"alice", group, "", {id}});
  };
  commit(*store, cloud, cloud::CreateAccount{"alice", {"111111111111"}, "AK1", "s"});
  make("web", "sg-00000001");
  make("db", "sg-00000002");
  const auto attach = [](const char* id, const char* group, std::uint16_t tag) {
    return cloud::AttachInstance{.instance = instance(id),
                                 .owner = "alice",
                                 .groups = {group},
                                 .device = "vnet" + std::to_string(tag),
                                 .tag = net::Tag{tag}};
  };
  commit(*store, cloud, attach("i-00000001", "web", 2));
  commit(*store, cloud, attach("i-00000002", "db", 3));
  // Tags, private and public addresses, devices: each takes the other's, without a commit between.
  Changes changes;
  for (const cloud::Command& command :
       {cloud::Command(cloud::DetachInstance{instance("i-00000001")}),
        cloud::Command(cloud::DetachInstance{instance("i-00000002")}),
        cloud::Command(attach("i-00000002", "db", 2)),
        cloud::Command(attach("i-00000001", "web", 3))}) {
    ASSERT_TRUE(cloud::run(cloud, command));
    changes.merge(cloud.takeChanges());
  }
  const auto committed = store->commit(changes);
  ASSERT_TRUE(committed) << committed.error().message;
  EXPECT_TRUE(load(*store) == cloud);
}

TEST_F(CommitTest, APermissionThatComesBackWithinABatchHasItsNewNote) {
  auto store = open();
  auto cloud = load(*store);
  const auto permission = [](const char* note) {
    return cloud::PermissionRequest{.protocol = net::kTcp,
                                    .ports = {22, 22},
                                    .cidrs = {netctl::testing::prefix("192.0.2.0/24")},
                                    .note = note};
  };
  commit(*store, cloud, cloud::CreateAccount{"alice", {"111111111111"}, "AK1", "s"});
  const char* former = "";
  for (const auto* note : {"the office", "the new office", ""}) {
    Changes changes;
    for (const cloud::Command& command :
         {cloud::Command(cloud::Revoke{"alice", "default", {permission(former)}}),
          cloud::Command(cloud::Authorize{"alice", "default", {permission(note)}})}) {
      ASSERT_TRUE(cloud::run(cloud, command));
      changes.merge(cloud.takeChanges());
    }
    const auto committed = store->commit(changes);
    ASSERT_TRUE(committed) << committed.error().message;
    EXPECT_TRUE(load(*store) == cloud) << "after '" << note << "'";
    former = note;
  }
}

TEST_F(CommitTest, KeepsWhatPermissionsBear) {
  auto store = open();
  auto cloud = load(*store);
  const auto done = [&](const cloud::Command& command) {
    commit(*store, cloud, command);
    EXPECT_TRUE(load(*store) == cloud) << command.index();
  };
  cloud::PermissionRequest request{.protocol = net::kTcp,
                                   .ports = {22, 22},
                                   .cidrs = {netctl::testing::prefix("192.0.2.0/24")},
                                   .ipv6_cidrs = {net::parseIpv6Prefix("2001:db8::/32").value()},
                                   .direction = cloud::Direction::Egress,
                                   .note = "the office",
                                   .resource_tags = {{"Name", "ssh"}, {"of", ""}}};
  done(cloud::CreateAccount{"alice", {"111111111111"}, "AK1", "s"});
  done(cloud::Authorize{"alice", "default", {request}});
  const auto group = cloud.groupByName({"111111111111"}, "default");
  const auto id = cloud::ruleId(*group, group->details.begin()->first);
  request.ports = {23, 23};
  request.cidrs = {};
  done(cloud::ModifyPermissions{"alice", "default", {{id, request}}});
  done(cloud::TagResources{"alice", {id}, {{"Name", "telnet"}}});
  done(cloud::UntagResources{"alice", {id}, {}});
  done(cloud::Revoke{"alice", "default", {request}});
}

TEST_F(CommitTest, KeepsPrefixListsAndWhoNamesThem) {
  auto store = open();
  auto cloud = load(*store);
  const auto done = [&](const cloud::Command& command) {
    commit(*store, cloud, command);
    EXPECT_TRUE(load(*store) == cloud) << command.index();
  };
  const auto make = [&](const char* name, const char* id) {
    done(cloud::CreatePrefixList{.owner = "alice",
                                 .name = name,
                                 .entries = {{netctl::testing::prefix("192.0.2.0/24"), "Berlin"}},
                                 .client_token = name,
                                 .resource_tags = {{"for", name}},
                                 .fresh_id = {id}});
  };
  const auto rename = [](const char* from, const char* to) {
    return cloud::ModifyPrefixList{.owner = "alice", .prefix_list = from, .name = to};
  };
  done(cloud::CreateAccount{"alice", {"111111111111"}, "AK1", "s"});
  make("one", "pl-00000000000000001");
  make("two", "pl-00000000000000002");
  const cloud::PermissionRequest request{.protocol = net::kAnyProtocol, .prefix_lists = {"one"}};
  done(cloud::Authorize{"alice", "default", {request}});
  // Two change their names with each other, in one batch.
  Changes changes;
  for (const auto& command : {rename("one", "x"), rename("two", "one"), rename("x", "two")}) {
    ASSERT_TRUE(cloud::run(cloud, command));
    changes.merge(cloud.takeChanges());
  }
  const auto committed = store->commit(changes);
  ASSERT_TRUE(committed) << committed.error().message;
  EXPECT_TRUE(load(*store) == cloud);
  done(cloud::ModifyPrefixList{.owner = "alice",
                               .prefix_list = "two",
                               .add = {{netctl::testing::prefix("192.0.2.0/24"), "Paris"},
                                       {netctl::testing::prefix("10.0.0.0/8")}},
                               .version = 1});
  done(cloud::DeletePrefixList{"alice", "one"});
}

TEST_F(CommitTest, KeepsBytesAsTheyAre) {
  auto store = open();
  auto cloud = load(*store);
  commit(*store, cloud, cloud::CreateAccount{"alice", {"111111111111"}, "AK1", "s"});
  std::string bytes;
  for (int i = 0; i < 512; ++i) bytes += static_cast<char>(i);
  commit(*store, cloud,
         cloud::AttachInstance{.instance = instance("i-0000000A"),
                               .owner = "alice",
                               .user_data = bytes,
                               .attributes = {{"k", "\xc3\xa4 ' \" ; --"}}});
  EXPECT_TRUE(load(*store) == cloud);
  EXPECT_EQ(load(*store).instance(instance("i-0000000a"))->user_data, bytes);
}

TEST_F(CommitTest, FailsAsAWholeWhereAReferenceLeadsNowhere) {
  auto store = open();
  auto cloud = load(*store);
  commit(*store, cloud, cloud::CreateAccount{"alice", {"111111111111"}, "AK1", "s"});
  cloud::Cloud broken = cloud;
  broken.put(cloud::Group{.id = {"sg-00000001"}, .owner = {"111111111111"}, .name = "web"});
  broken.put(cloud::Group{
      .id = {"sg-00000002"},
      .owner = {"111111111111"},
      .name = "db",
      .permissions = {{.protocol = net::kTcp, .source = cloud::GroupId{"sg-0000000f"}}}});
  EXPECT_FALSE(store->commit(broken.takeChanges()));
  EXPECT_TRUE(load(*store) == cloud);
  commit(*store, cloud, cloud::CreateGroup{"alice", "web", "", {"sg-00000001"}});
}

TEST_F(CommitTest, ReviewsArePendingUntilFinished) {
  auto store = open();
  const std::set<net::Ipv4Address> all{address("10.0.0.9"), address("10.0.0.10")};
  ASSERT_TRUE(store->commit({}, all));
  ASSERT_TRUE(store->commit({}, {address("10.0.0.9")}));
  store.reset();
  store = open();
  EXPECT_EQ(*store->pendingReviews(), all);
  ASSERT_TRUE(store->finishReviews({address("10.0.0.10"), address("10.0.0.11")}));
  EXPECT_EQ(*store->pendingReviews(), std::set{address("10.0.0.9")});
}

TEST_F(CommitTest, WhatIsToBeKeptIsPendingUntilFinished) {
  auto store = open();
  ASSERT_TRUE(store->commit({}, {address("10.0.0.9")}, {address("10.0.0.10")}));
  store.reset();
  store = open();
  EXPECT_EQ(*store->pendingReviews(), std::set{address("10.0.0.9")});
  EXPECT_EQ(*store->pendingKept(), std::set{address("10.0.0.10")});
  ASSERT_TRUE(store->finishReviews({address("10.0.0.10")}));
  EXPECT_TRUE(store->pendingKept()->empty());
  EXPECT_EQ(store->pendingReviews()->size(), 1U);
}

class LoadTest : public StoreTest {
 protected:
  LoadTest() : store_(open()), cloud_(load(*store_)) {
    commit(*store_, cloud_, cloud::CreateAccount{"alice", {"111111111111"}, "AK1", "s"});
    commit(*store_, cloud_,
           cloud::AttachInstance{.instance = instance("i-00000001"), .owner = "alice"});
  }

  std::string refusedUnder(const cloud::Settings& settings) {
    const auto loaded = store_->load(settings);
    if (loaded) return "";
    EXPECT_EQ(loaded.error().code, ErrorCode::Conflict);
    return loaded.error().message;
  }

  std::unique_ptr<Store> store_;
  cloud::Cloud cloud_;
};

TEST_F(LoadTest, NamesTheKeyThatChangedUnderInstances) {
  auto settings = smallSettings();
  settings.mode = cloud::NetworkMode::Managed;
  EXPECT_EQ(
      refusedUnder(settings),
      "VNET_MODE is MANAGED, but 1 instances are attached under MANAGED-NOVLAN, i-00000001 is "
      "one; restore it, or detach them under the former configuration");
  settings = smallSettings();
  settings.plan.subnet = netctl::testing::prefix("10.1.0.0/24");
  EXPECT_NE(refusedUnder(settings).find("VNET_SUBNET"), std::string::npos);
  settings = smallSettings();
  settings.plan.network_size = 32;
  EXPECT_NE(refusedUnder(settings).find("VNET_ADDRSPERNET"), std::string::npos);
  EXPECT_TRUE(store_->load(smallSettings())) << "a refusal changes nothing";
}

TEST_F(LoadTest, TakesAnyPlanWithoutInstances) {
  commit(*store_, cloud_, cloud::DetachInstance{instance("i-00000001")});
  auto settings = netctl::testing::usualSettings();
  ASSERT_TRUE(store_->load(settings));
  // From now on it is that plan which instances are attached under.
  auto cloud = load(*store_, settings);
  commit(*store_, cloud,
         cloud::AttachInstance{.instance = instance("i-00000001"), .owner = "alice"});
  EXPECT_NE(refusedUnder(smallSettings()), "");
}

TEST_F(LoadTest, NamesWhatHasNoPlaceAnyMore) {
  auto settings = smallSettings();
  settings.plan.tags = {{5}};
  EXPECT_NE(refusedUnder(settings).find("NETCTL_TAGS"), std::string::npos);
  settings = smallSettings();
  settings.pool.remove({address("198.51.100.1"), address("198.51.100.1")});
  EXPECT_NE(refusedUnder(settings).find("198.51.100.1"), std::string::npos);
}

TEST_F(LoadTest, NamesTheRowOfAValueThatCannotBe) {
  store_.reset();
  edit("UPDATE instances SET mac = 'nonsense'");
  store_ = open();
  const auto loaded = store_->load(smallSettings());
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find("table instances, row i-00000001"), std::string::npos)
      << loaded.error().message;
}

}  // namespace
}  // namespace netctl::store
