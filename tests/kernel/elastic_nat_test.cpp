// What the driver of the translation sees of the kernel is what was applied, and nothing that
// somebody changed.

#include "netctl/kernel/nft/elastic_nat.h"

#include "tests/kernel/support/frames.h"
#include "tests/kernel/support/network_namespace.h"

#include <gmock/gmock.h>

namespace netctl::kernel {
namespace {

using host::Nat;
using host::NatRules;
using host::Scope;

Nat someElastic() {
  return {
      .rules =
          NatRules{prefix("172.16.0.0/16"), {prefix("10.0.0.0/8")}, {ip("198.51.100.1")}, "br0"},
      .elastic = {{ip("203.0.113.1"), ip("172.16.0.9")}, {ip("203.0.113.2"), ip("172.16.0.10")}},
      .forwards = {{{ip("203.0.113.5"), 6, 8080}, {ip("172.16.0.9"), 80}},
                   {{ip("203.0.113.5"), 17, 8080}, {ip("172.16.0.10"), 53}},
                   {{ip("198.51.100.1"), 6, 65535}, {ip("172.16.0.9"), 1}},
                   {{ip("203.0.113.5")}, {}}},
      .senders = {{ip("172.16.0.9"), mac("d0:0d:00:00:00:09")},
                  {ip("172.16.0.10"), mac("d0:0d:00:00:00:0a")}}};
}

Scope wholeTable() {
  Scope scope;
  scope.everything = true;
  return scope;
}

class ElasticNatTest : public NetworkNamespace {
 protected:
  void SetUp() override {
    NetworkNamespace::SetUp();
    auto opened = ElasticNat::open();
    ASSERT_TRUE(opened) << opened.error().message;
    nat_ = std::move(*opened);
  }
  void TearDown() override {
    nat_.reset();
    NetworkNamespace::TearDown();
  }

  host::HostState lookAt(const Scope& scope) {
    host::HostState state;
    const auto looked = nat_->look(scope, state);
    EXPECT_TRUE(looked) << looked.error().message;
    return state;
  }
  Nat look(const Scope& scope = wholeTable()) { return lookAt(scope).nat; }
  /// What a reconcile does.
  void bring(const Nat& desired, const Scope& scope = wholeTable()) {
    host::HostState wanted;
    wanted.nat = desired;
    for (const auto& step : host::diff(host::restrict(wanted, scope), lookAt(scope)).steps) {
      const auto done = nat_->apply(std::get<host::EditNat>(step.action));
      EXPECT_TRUE(done) << done.error().message;
    }
  }

  std::optional<ElasticNat> nat_;
};

TEST_F(ElasticNatTest, IsThereAsItWasMade) {
  EXPECT_EQ(look(), Nat{});
  bring(someElastic());
  EXPECT_EQ(look(), someElastic());
  Scope one;
  one.elastic = {ip("203.0.113.2"), ip("203.0.113.9")};
  EXPECT_EQ(look(one), (Nat{.elastic = {{ip("203.0.113.2"), ip("172.16.0.10")}}, .forwards = {}}));
  bring({});
  EXPECT_EQ(look(), Nat{});
}

TEST_F(ElasticNatTest, AddressesMove) {
  bring(someElastic());
  auto moved = someElastic();
  moved.elastic = {{ip("203.0.113.1"), ip("172.16.0.10")}, {ip("203.0.113.3"), ip("172.16.0.9")}};
  Scope scope;
  scope.elastic = {ip("203.0.113.1"), ip("203.0.113.2"), ip("203.0.113.3")};
  bring(moved, scope);
  EXPECT_EQ(look(), moved);
}

TEST_F(ElasticNatTest, ForwardsComeMoveAndGo) {
  bring(someElastic());
  auto changed = someElastic();
  changed.forwards = {{{ip("203.0.113.5"), 6, 8080}, {ip("172.16.0.10"), 81}},
                      {{ip("203.0.113.5"), 6, 22}, {ip("172.16.0.10"), 22}},
                      {{ip("203.0.113.6")}, {}}};
  Scope scope;
  for (const auto& forwards : {someElastic().forwards, changed.forwards}) {
    for (const auto& [port, place] : forwards) scope.forwards.insert(port);
  }
  EXPECT_EQ(look(scope), (Nat{.forwards = someElastic().forwards}));
  bring(changed, scope);
  EXPECT_EQ(look(), changed);
}

TEST_F(ElasticNatTest, SendersComeAndGo) {
  bring(someElastic());
  auto changed = someElastic();
  changed.senders = {{ip("172.16.0.10"), mac("d0:0d:00:00:00:0a")},
                     {ip("172.16.0.10"), mac("d0:0d:00:00:00:0b")}};
  Scope scope;
  scope.senders = {{ip("172.16.0.9"), mac("d0:0d:00:00:00:09")},
                   {ip("172.16.0.10"), mac("d0:0d:00:00:00:0b")}};
  EXPECT_EQ(look(scope), (Nat{.senders = {{ip("172.16.0.9"), mac("d0:0d:00:00:00:09")}}}));
  bring(changed, scope);
  EXPECT_EQ(look(), changed);
}

TEST_F(ElasticNatTest, TakesManyForwards) {
  auto nat = someElastic();
  for (unsigned port = 1; port <= 4096; ++port) {
    nat.forwards[{ip("203.0.113.5"), 17, static_cast<std::uint16_t>(port)}] = {
        ip("172.16.0.9"), static_cast<std::uint16_t>(port + 1)};
  }
  bring(nat);
  EXPECT_EQ(look(), nat);
  Scope scope;
  for (const auto& [port, place] : nat.forwards) scope.forwards.insert(port);
  nat.forwards.clear();
  bring(nat, scope);
  EXPECT_EQ(look(), nat);
}

TEST_F(ElasticNatTest, TakesAnyPrefixes) {
  for (const auto& kept : {"0.0.0.0/0", "172.0.0.0/8", "172.17.0.0/16", "255.255.255.255/32"}) {
    SCOPED_TRACE(kept);
    auto nat = someElastic();
    nat.rules->kept = {prefix(kept)};
    bring(nat);
    EXPECT_EQ(look(), nat);
  }
}

TEST_F(ElasticNatTest, WhatSomebodyChangesIsSeenAndMended) {
  for (const auto* change :
       {"flush map ip netctl elastic",
        "flush map ip netctl forwards",
        "flush set ip netctl rest",
        "add element ip netctl rest { 203.0.113.1 }",
        "delete element ip netctl forwards { 203.0.113.5 . tcp . 8080 }",
        "add element ip netctl forwards { 203.0.113.5 . tcp . 22 : 172.16.0.9 . 22 }",
        "flush map ip netctl seen_as",
        "flush set ip netctl seal",
        "delete element ip netctl elastic { 203.0.113.1 }",
        "delete element ip netctl seen_as { 172.16.0.9 }",
        "add element ip netctl elastic { 203.0.113.7 : 172.16.0.99 }",
        "add element ip netctl seen_as { 172.16.0.99 : 203.0.113.7 }",
        "flush chain ip netctl postrouting",
        "flush chain ip netctl wall",
        "insert rule ip netctl wall accept",
        "flush chain ip netctl host_wall",
        "flush chain ip netctl senders",
        "flush set ip netctl senders",
        "delete element ip netctl senders { 172.16.0.9 . d0:0d:00:00:00:09 }",
        "add element ip netctl senders { 172.16.0.9 . 02:00:00:00:00:01 }",
        "flush chain ip netctl room_for_labels",
        "insert rule ip netctl prerouting accept",
        "delete table ip netctl"}) {
    SCOPED_TRACE(change);
    bring(someElastic());
    output(std::string("nft '") + change + "'");
    EXPECT_NE(look(), someElastic());
    bring(someElastic());
    EXPECT_EQ(look(), someElastic());
  }
}

TEST_F(ElasticNatTest, AWayBackThatLeadsElsewhereIsMendedByASingleLook) {
  bring(someElastic());
  output(
      "nft 'delete element ip netctl seen_as { 172.16.0.9 }; "
      "add element ip netctl seen_as { 172.16.0.9 : 203.0.113.8 }'");
  Scope one;
  one.elastic = {ip("203.0.113.1")};
  EXPECT_EQ(lookAt(one).foreign.elastic, one.elastic);
  bring(someElastic(), one);
  EXPECT_EQ(look(), someElastic());
}

TEST_F(ElasticNatTest, OtherTablesStay) {
  output(
      "nft 'add table ip other; add table inet netctl; add chain ip other nat "
      "{ type nat hook prerouting priority -100; }'");
  bring(someElastic());
  bring({});
  output("nft list table ip other | grep -q 'chain nat' && nft list table inet netctl");
}

TEST_F(ElasticNatTest, WithoutRulesAddressesAreRefused) {
  host::EditNat step;
  step.elastic = {{ip("203.0.113.1"), {{}, ip("172.16.0.9")}}};
  EXPECT_FALSE(nat_->apply(step));
}

}  // namespace
}  // namespace netctl::kernel
