#include "tests/unit/controller/fixture.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string>
#include <vector>

/// Another program holds the lock of iptables' tables: who needs none of them does not wait.
namespace netctl::controller {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

class HeldTableTest : public ControllerTest {
 protected:
  HeldTableTest() { options_.wait = std::chrono::seconds(20); }

  void bootWithGroups() {
    boot();
    ASSERT_TRUE(answerTo(account("alice", "000000000001")));
    for (const auto* const group : {"wide", "narrow"}) {
      ASSERT_TRUE(answerTo(cloud::CreateGroup{
          "alice", group, "", {group == std::string("wide") ? "sg-00000001" : "sg-00000002"}}));
    }
    ASSERT_TRUE(answerTo(attachTo("wide", "i-00000001", "vnet0")));
  }
  static cloud::AttachInstance attachTo(const std::string& group, std::string_view id,
                                        const std::string& device) {
    auto command = attach(id, device);
    command.groups = {group};
    return command;
  }
  static cloud::PermissionRequest ports(std::uint16_t first, std::uint16_t last) {
    return {
        .protocol = net::kTcp, .ports = {first, last}, .cidrs = {testing::prefix("192.0.2.0/24")}};
  }
  void holdTables() {
    host_.fault = [](const auto& step) {
      return std::holds_alternative<host::EditTable>(step.action);
    };
  }
  /// Of the first, or the second instance.
  [[nodiscard]] net::Ipv4Address addressOf(int number) const {
    return std::next(host_.state.dhcp.hosts.begin(), number - 1)->second.address;
  }
  static host::Flow flowTo(net::Ipv4Address inside, std::uint16_t port) {
    const auto client = testing::address("192.0.2.7");
    return {{client, inside, 6, 40000, port}, {inside, client, 6, port, 40000}, false};
  }
  [[nodiscard]] bool isCut(const host::Flow& flow) const {
    return std::ranges::any_of(host_.conntrack, [&](const host::Flow& one) {
      return one.original == flow.original && one.cut;
    });
  }
  /// What is left, of an answer that did not wait.
  std::vector<std::string> leftAtOnce(cloud::Command command) {
    const auto began = std::chrono::steady_clock::now();
    const auto answer = answerTo(std::move(command));
    EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(5));
    EXPECT_TRUE(answer) << answer.error().message;
    std::vector<std::string> objects;
    if (!answer) return objects;
    for (const auto& left : answer->not_in_force) objects.push_back(left.object);
    return objects;
  }
};

TEST_F(HeldTableTest, WhatNeedsNoTableIsInForceAtOnce) {
  bootWithGroups();
  holdTables();
  const auto wide = submit(cloud::Authorize{"alice", "wide", {ports(1000, 9000)}});
  EXPECT_THAT(leftAtOnce(cloud::Authorize{"alice", "narrow", {ports(22, 22)}}), IsEmpty());
  EXPECT_THAT(leftAtOnce(attachTo("narrow", "i-00000002", "vnet1")), IsEmpty());
  EXPECT_TRUE(host_.state.ports.contains("vnet1"));
  EXPECT_THAT(leftAtOnce(cloud::Revoke{"alice", "narrow", {ports(22, 22)}}), IsEmpty());
  EXPECT_THAT(leftAtOnce(cloud::DetachInstance{testing::instance("i-00000002")}), IsEmpty());
  EXPECT_FALSE(wide->has_value()) << "it waits for its table";
  host_.fault = {};
  ASSERT_TRUE(runUntil([&] { return wide->has_value(); }));
  EXPECT_THAT((*wide)->value().not_in_force, IsEmpty());
}

/// Who knows what a table still lets in, and to whom.
TEST_F(HeldTableTest, NothingOpensWhileATableLetsInWhatItIsNotTo) {
  bootWithGroups();
  ASSERT_TRUE(answerTo(cloud::Authorize{"alice", "wide", {ports(1000, 9000)}}));
  holdTables();
  const auto revoke = submit(cloud::Revoke{"alice", "wide", {ports(1000, 9000)}});
  const auto attached = submit(attachTo("narrow", "i-00000002", "vnet1"));
  EXPECT_THAT(leftAtOnce(cloud::Authorize{"alice", "narrow", {ports(22, 22)}}), IsEmpty());
  EXPECT_FALSE(host_.state.ports.contains("vnet1"));
  EXPECT_FALSE(attached->has_value());
  host_.fault = {};
  ASSERT_TRUE(runUntil([&] { return revoke->has_value() && attached->has_value(); }));
  EXPECT_THAT((*revoke)->value().not_in_force, IsEmpty());
  EXPECT_THAT((*attached)->value().not_in_force, IsEmpty());
  EXPECT_TRUE(host_.state.ports.contains("vnet1"));
}

/// What is cut at the others could begin anew only by rules that are in force already.
TEST_F(HeldTableTest, FlowsOfOthersAreCutWhileATableLetsInWhatItIsNotTo) {
  bootWithGroups();
  ASSERT_TRUE(answerTo(attachTo("narrow", "i-00000002", "vnet1")));
  ASSERT_TRUE(answerTo(cloud::Authorize{"alice", "wide", {ports(1000, 9000)}}));
  ASSERT_TRUE(answerTo(cloud::Authorize{"alice", "narrow", {ports(22, 22)}}));
  const auto wide = flowTo(addressOf(1), 1000);
  const auto narrow = flowTo(addressOf(2), 22);
  host_.conntrack = {wide, narrow};
  holdTables();
  const auto revoke = submit(cloud::Revoke{"alice", "wide", {ports(1000, 9000)}});
  EXPECT_THAT(leftAtOnce(cloud::Revoke{"alice", "narrow", {ports(22, 22)}}), IsEmpty());
  EXPECT_TRUE(isCut(narrow));
  EXPECT_FALSE(isCut(wide)) << "it would begin anew";
  EXPECT_FALSE(revoke->has_value());
  host_.fault = {};
  ASSERT_TRUE(runUntil([&] { return revoke->has_value(); }));
  EXPECT_THAT((*revoke)->value().not_in_force, IsEmpty());
  EXPECT_TRUE(isCut(wide));
}

/// Of a table that was there and is not.
TEST_F(HeldTableTest, NothingOpensWhileRulesAreLost) {
  bootWithGroups();
  holdTables();
  host_.state.jumps.clear();
  host_.suspected = host::Areas{host::Area::FilterTable};
  std::optional<bool> audited;
  controller_->reconcile([&](const auto&) { audited = true; });
  ASSERT_TRUE(runUntil([&] { return audited.has_value(); }));
  const auto attached = submit(attachTo("narrow", "i-00000002", "vnet1"));
  EXPECT_THAT(leftAtOnce(cloud::CreateGroup{"alice", "third", "", {"sg-00000003"}}), IsEmpty());
  EXPECT_FALSE(attached->has_value());
  EXPECT_FALSE(host_.state.ports.contains("vnet1"));
  host_.fault = {};
  ASSERT_TRUE(runUntil([&] { return attached->has_value(); }));
  EXPECT_TRUE(host_.state.ports.contains("vnet1"));
}

}  // namespace
}  // namespace netctl::controller
