#include "netctl/etcd/client.h"

#include "tests/support/etcd/etcd_member.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>

namespace netctl::etcd {
namespace {

using testing::EtcdMember;

/// That etcd may be busy, too: the tests share the machine.
constexpr std::chrono::seconds kLimit{20};

Committed put(Client& client, const std::string& key, const std::string& value,
              std::int64_t guard_revision) {
  return client
      .commit({.guard = "/netctl/meta",
               .guard_revision = guard_revision,
               .puts = {{"/netctl/meta", "m"}, {key, value}}})
      .value();
}

TEST(EtcdClient, WritesUnderAGuardAndReadsWhatIsThere) {
  const EtcdMember member;
  Client client(member.access(), kLimit);
  const std::string bytes("\0\xff\n\"", 4);
  const auto first = put(client, "/netctl/a", bytes, 0);
  ASSERT_TRUE(first.succeeded);
  const auto stale = put(client, "/netctl/a", "other", 0);
  EXPECT_FALSE(stale.succeeded);
  ASSERT_TRUE(stale.guard);
  EXPECT_EQ(stale.guard->mod_revision, first.revision);
  EXPECT_EQ(stale.guard->value, "m");
  const auto second = put(client, "/netctl/b", "", first.revision);
  ASSERT_TRUE(second.succeeded);
  const auto all = client.all("/netctl/");
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->revision, second.revision);
  EXPECT_EQ(all->pairs, (std::vector<KeyValue>{{"/netctl/a", bytes, first.revision},
                                               {"/netctl/b", "", second.revision},
                                               {"/netctl/meta", "m", second.revision}}));
  const auto removed = client.commit({.guard = "/netctl/meta",
                                      .guard_revision = second.revision,
                                      .deletes = {{"/netctl/", endOf("/netctl/")}}});
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_TRUE(client.all("/netctl/")->pairs.empty());
}

TEST(EtcdClient, ReadsMoreThanOnePage) {
  const EtcdMember member;
  Client client(member.access(), kLimit);
  std::int64_t guard = 0;
  for (int i = 0; i < 5; ++i) {
    Transaction transaction{.guard = "/n/meta", .guard_revision = guard, .puts = {{"/n/meta", ""}}};
    for (int j = 0; j < 100; ++j) {
      transaction.puts.push_back({"/n/" + std::to_string(i * 100 + j), std::string(3000, 'x')});
    }
    guard = client.commit(transaction)->revision;
  }
  const auto all = client.all("/n/");
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(all->pairs.size(), 501U);
}

TEST(EtcdClient, LogsInAndAgainWhenItsTokenHasEnded) {
  // Tokens last for so many seconds.
  EtcdMember member({"--auth-token-ttl=1"}, true);
  member.demandLogins();
  Client nobody(member.access(), kLimit);
  const auto refused = nobody.range({.first = "/netctl/meta"});
  ASSERT_FALSE(refused);
  EXPECT_FALSE(refused.error().retryable()) << refused.error().message;
  Client client(member.accessOfNetctl(), kLimit);
  const auto first = put(client, "/netctl/a", "1", 0);
  EXPECT_TRUE(first.succeeded);
  EXPECT_EQ(client.range({.first = "/other"}).error().code, ErrorCode::PermissionDenied);
  // Authentication begins anew with every start of etcd: nobody's token counts any more.
  member.stop();
  member.start();
  EXPECT_TRUE(put(client, "/netctl/a", "2", first.revision).succeeded);
  std::ofstream(member.file("password")) << "wrong\n";
  Client wrong(member.accessOfNetctl(), kLimit);
  const auto login = wrong.range({.first = "/netctl/a"});
  ASSERT_FALSE(login);
  EXPECT_EQ(login.error().code, ErrorCode::PermissionDenied) << login.error().message;
}

TEST(EtcdClient, AMemberThatAnotherAuthorityHasSignedIsNotAsked) {
  const EtcdMember member({}, true);
  const EtcdMember stranger({}, true);
  auto access = member.access();
  access.ca = stranger.ca();
  const auto refused = Client(access, kLimit).range({.first = "a"});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("TLS"), std::string::npos) << refused.error().message;
}

TEST(EtcdClient, AsksTheNextMemberWhereOneIsAway) {
  const EtcdMember member;
  auto access = member.access();
  access.members.insert(access.members.begin(), {false, "127.0.0.1", testing::freePort()});
  Client client(access, kLimit);
  EXPECT_TRUE(put(client, "/netctl/a", "1", 0).succeeded);
}

TEST(EtcdClient, ComesBackAfterARestart) {
  EtcdMember member;
  Client client(member.access(), std::chrono::seconds(2));
  const auto first = put(client, "/netctl/a", "1", 0);
  member.stop();
  const auto away = client.commit({.guard = "/netctl/meta", .guard_revision = first.revision});
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().code, ErrorCode::Busy) << away.error().message;
  member.start();
  EXPECT_TRUE(put(client, "/netctl/a", "2", first.revision).succeeded);
}

TEST(EtcdClient, WhatAFrozenMemberWasAskedIsInDoubt) {
  const EtcdMember member;
  Client client(member.access(), std::chrono::milliseconds(500));
  // The connection is there before: a frozen one is not even asked.
  ASSERT_TRUE(client.range({.first = "a"}));
  member.freeze();
  const auto asked = client.commit({.guard = "/netctl/meta", .puts = {{"/netctl/meta", "m"}}});
  member.thaw();
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().code, ErrorCode::Timeout) << asked.error().message;
}

TEST(EtcdClient, AFullEtcdIsNamed) {
  const EtcdMember member({"--quota-backend-bytes=1000000"});
  Client client(member.access(), kLimit);
  std::int64_t guard = 0;
  Result<Committed> done = Committed{};
  for (int i = 0; i < 20 && done; ++i) {
    done =
        client.commit({.guard = "/netctl/meta",
                       .guard_revision = guard,
                       .puts = {{"/netctl/meta", "m"}, {"/netctl/a", std::string(200000, 'x')}}});
    if (done) guard = done->revision;
  }
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().reason, "NoSpace") << done.error().message;
  EXPECT_EQ(client.alarms().value(), std::vector<std::string>{"NOSPACE"});
}

}  // namespace
}  // namespace netctl::etcd
