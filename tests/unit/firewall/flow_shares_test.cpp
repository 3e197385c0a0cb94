#include "modes/firewall/flow_shares.h"

#include "modes/cloud/commands.h"
#include "tests/support/example_cloud.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>

namespace netctl::firewall {
namespace {

using host::FlowEntry;
using testing::address;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr auto kInstance = "10.0.0.9";
constexpr auto kBeside = "10.0.0.10";
constexpr auto kOutside = "203.0.113.7";

FlowEntry entry(const char* from, const char* to, bool assured, std::uint16_t port = 40000) {
  const host::FlowTuple there{address(from), address(to), 6, port, 80};
  const host::FlowTuple back{address(to), address(from), 6, 80, port};
  return {{there, back}, assured, 100};
}

class FlowSharesTest : public ::testing::Test {
 protected:
  FlowSharesTest() : cloud_(testing::smallSettings()) {
    run(cloud::CreateAccount{"alice", {"000000000001"}, "AK", "secret"});
    run(cloud::CreateGroup{"alice", "web", "", {"sg-0000000a"}});
    for (const auto* id : {"i-00000001", "i-00000002"}) {
      run(cloud::AttachInstance{
          .instance = testing::instance(id), .owner = "alice", .groups = {"web"}});
    }
  }
  void run(const cloud::Command& command) {
    const auto outcome = cloud::run(cloud_, command);
    if (!outcome) throw std::runtime_error(outcome.error().message);
  }
  cloud::Cloud cloud_;
};

TEST_F(FlowSharesTest, AFlowWeighsOnTheInstanceThatBeganIt) {
  EXPECT_EQ(weighsOn(cloud_, entry(kInstance, kOutside, true)), address(kInstance));
  EXPECT_EQ(weighsOn(cloud_, entry(kInstance, kOutside, false)), address(kInstance));
  EXPECT_EQ(weighsOn(cloud_, entry(kInstance, kBeside, true)), address(kInstance));
  auto turned = entry(kOutside, kInstance, true);
  std::swap(turned.flow.original, turned.flow.reply);
  turned.flow.turned = true;
  EXPECT_EQ(weighsOn(cloud_, turned), address(kInstance));
}

TEST_F(FlowSharesTest, FromOutsideItWeighsOnItsTargetOnlyWhenBothHaveSpoken) {
  EXPECT_EQ(weighsOn(cloud_, entry(kOutside, kInstance, true)), address(kInstance));
  EXPECT_FALSE(weighsOn(cloud_, entry(kOutside, kInstance, false))) << "a SYN flood";
  EXPECT_FALSE(weighsOn(cloud_, entry(kOutside, "192.0.2.1", true))) << "no instance's";
}

TEST_F(FlowSharesTest, ThePublicAddressIsNotAskedFor) {
  auto led = entry(kOutside, "198.51.100.1", true);
  led.flow.reply.source = address(kInstance);
  EXPECT_EQ(weighsOn(cloud_, led), address(kInstance));
}

TEST_F(FlowSharesTest, WhoHasLittleKeepsItAndTheOthersHaveTheSame) {
  const FlowCounts counts{{address("10.0.0.9"), 10},
                          {address("10.0.0.10"), 500},
                          {address("10.0.0.11"), 40},
                          {address("10.0.0.12"), 90}};
  EXPECT_FALSE(fairShare(counts, 640));
  EXPECT_EQ(fairShare(counts, 639), 499U);
  EXPECT_EQ(fairShare(counts, 200), 75U);
  EXPECT_EQ(fairShare(counts, 8), 2U);
  EXPECT_FALSE(fairShare({}, 8));
}

TEST_F(FlowSharesTest, WhatEndsFirstGoesFirst) {
  std::vector<FlowEntry> entries;
  for (std::uint16_t port = 1; port <= 4; ++port) {
    entries.push_back(entry(kInstance, kOutside, true, port));
    entries.back().seconds = 100U * port;
  }
  EXPECT_THAT(surplus(entries, 4), IsEmpty());
  EXPECT_THAT(surplus(entries, 2), UnorderedElementsAre(entries[0].flow, entries[1].flow));
  entries[0].flow.cut = true;
  entries[1].flow.kept = true;
  EXPECT_THAT(surplus(entries, 3), UnorderedElementsAre(entries[2].flow));
  EXPECT_THAT(surplus(entries, 0), UnorderedElementsAre(entries[2].flow, entries[3].flow));
}

}  // namespace
}  // namespace netctl::firewall
