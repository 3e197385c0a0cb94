#pragma once

#include "modes/cloud/commands.h"
#include "tests/support/example_cloud.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace netctl::cloud {

/// A small cloud with the accounts alice and bob, and commands in one line each.
class CloudTest : public ::testing::Test {
 protected:
  explicit CloudTest(Settings settings = netctl::testing::smallSettings())
      : cloud_(std::move(settings)) {
    ok(CreateAccount{"alice", {"111111111111"}, "AK1", "secret1"});
    ok(CreateAccount{"bob", {"222222222222"}, "AK2", "secret2"});
  }

  /// Runs a command that must succeed; its changes are in `changes_`.
  Outcome ok(const Command& command) {
    auto outcome = run(cloud_, command);
    changes_ = cloud_.takeChanges();
    if (!outcome) {
      ADD_FAILURE() << outcome.error().reason << ": " << outcome.error().message;
      return {};
    }
    EXPECT_EQ(outcome->changed, !changes_.empty());
    return *outcome;
  }

  /// Runs a command that must be refused, and must change nothing.
  Error refused(const Command& command) {
    const Cloud before = cloud_;
    const auto outcome = run(cloud_, command);
    EXPECT_FALSE(cloud_.hasChanges());
    EXPECT_TRUE(cloud_ == before);
    if (outcome) {
      ADD_FAILURE() << "was not refused";
      return {};
    }
    return outcome.error();
  }

  /// As `refused`, and gives the reason alone.
  std::string reason(const Command& command) { return refused(command).reason; }

  /// The parameters that a refused command names as wrong.
  std::vector<std::string> wrong(const Command& command) {
    std::vector<std::string> where;
    for (const auto& fault : refused(command).faults) where.push_back(fault.where);
    return where;
  }

  /// Succeeds and does nothing, since it has been done or there is nothing to remove.
  void repeats(const Command& command) { EXPECT_FALSE(ok(command).changed); }

  void group(const std::string& owner, const std::string& name) {
    ok(CreateGroup{owner, name, "", {"sg-" + std::string(7, '0') + std::to_string(groups_++)}});
  }

  /// Attaches an instance with that number in its id, without a public address.
  InstanceId attach(int number, const std::string& owner, std::vector<std::string> groups = {},
                    Addressing addressing = Addressing::Private) {
    const auto id = netctl::testing::instance("i-0000000" + std::to_string(number));
    ok(AttachInstance{
        .instance = id, .owner = owner, .groups = std::move(groups), .addressing = addressing});
    return id;
  }

  Ref<Group> groupOf(const std::string& owner, const std::string& name) const {
    return cloud_.groupByName(cloud_.accountByName(owner)->id, name);
  }

  /// The instance's public address as text; empty: none.
  std::string publicAddress(const InstanceId& instance) const {
    const auto address = cloud_.addressOf(instance);
    return address ? net::format(address->address) : "";
  }

  Cloud cloud_;
  Changes changes_;

 private:
  int groups_ = 1;
};

}  // namespace netctl::cloud
