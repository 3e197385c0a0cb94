// The guards as nft's commands, for each kind of rules and for changes of single guards.

#include "modes/nft/guard_elements.h"
#include "tests/support/golden_file.h"

#include <gtest/gtest.h>

namespace netctl {
namespace {

using host::EditGuards;
using host::Guard;
using host::GuardRules;

constexpr net::Tag kRed{5};
constexpr net::Tag kBlue{6};

net::MacAddress mac(std::uint8_t last) {
  return {{0xd0, 0x0d, 0, 0, 0, last}};
}

Guard guard(std::uint8_t last, std::optional<net::Tag> network = {}) {
  return {mac(last), net::Ipv4Address{0x0a050000U + last}, network};
}

void compare(const std::string& name, const EditGuards& step, bool bridge_names = true) {
  testing::compareWithGolden("guards/" + name + ".nft", nft::guardCommands(step, bridge_names));
}

EditGuards from(GuardRules rules) {
  return {.rules = host::EntryChange<GuardRules>{{}, std::move(rules)}};
}

TEST(GoldenGuards, NetworksPartedOnASharedBridge) {
  auto step = from({.shared_bridge = "br0", .parts_networks = true});
  step.ports = {{"vnet1", {{}, guard(1, kRed)}}, {"vnet2", {{}, guard(2, kBlue)}}};
  step.unseen = {{mac(3), {{}, guard(3, kRed)}}};
  step.members = {{mac(1), {{}, kRed}}, {mac(2), {{}, kBlue}}, {mac(3), {{}, kRed}}};
  compare("parted", step);
}

TEST(GoldenGuards, AWireWithOtherMachines) {
  compare("outsiders", from({.shared_bridge = "br0",
                             .parts_networks = true,
                             .gateway_macs = {mac(8), mac(9)},
                             .is_gateway = true}));
}

TEST(GoldenGuards, AGatewayThatIsKnownByTheUplink) {
  compare("uplink", from({.shared_bridge = "br0", .parts_networks = true, .uplink = "eth0"}));
}

TEST(GoldenGuards, AKernelThatTellsNoBridges) {
  compare("no_bridge_names", from({.shared_bridge = "br0"}), false);
}

TEST(GoldenGuards, BridgesOfOurOwn) {
  auto step = from({.own_bridges = "eucabr"});
  step.ports = {{"vnet1", {{}, guard(1)}}};
  compare("own_bridges", step);
}

TEST(GoldenGuards, Ipv6AndAnAddressThatIsNotKnown) {
  auto step = from({.shared_bridge = "br0", .ipv6 = true});
  step.ports = {{"vnet1", {{}, Guard{.mac = mac(1)}}}};
  compare("ipv6", step);
}

TEST(GoldenGuards, ChangesOfSingleGuards) {
  EditGuards step;
  step.ports = {{"new", {{}, guard(1, kRed)}},
                {"gone", {guard(2, kRed), {}}},
                {"other", {guard(3, kRed), guard(4, kBlue)}}};
  step.members = {{mac(1), {{}, kRed}}, {mac(2), {kRed, {}}}, {mac(4), {kRed, kBlue}}};
  compare("changes", step);
}

TEST(GoldenGuards, NoGuardsAtAll) {
  compare("none", {.rules = host::EntryChange<GuardRules>{GuardRules{}, {}}});
}

}  // namespace
}  // namespace netctl
