#include "modes/firewall/masquerading.h"

#include "modes/firewall/matches.h"
#include "modes/firewall/metadata.h"
#include "modes/firewall/names.h"

#include <algorithm>

namespace netctl::firewall {
namespace {

using cloud::Cloud;
using host::Accept;
using host::Chain;
using host::ConntrackMatch;
using host::Masquerade;
using host::Table;

/// Multicast, broadcast and the addresses between: never routed.
constexpr net::Ipv4Prefix kNotRouted{{0xe0000000U}, 3};

/// What comes by here was not translated by the table of public addresses (natTable).
Chain postrouting(const cloud::Settings& settings) {
  const auto subnet = host::matchOf(settings.plan.subnet);
  Chain chain{
      // The host's own traffic to an elastic address: its source is that address, which the
      // instance must not see.
      {.destination = subnet,
       .conntrack = state(ConntrackMatch::kDnat),
       .set = sourceIn(kPoolSet),
       .target = Masquerade{}},
      {.source = subnet,
       .destination = subnet,
       .conntrack = notState(ConntrackMatch::kDnat),
       .target = Accept{}},
      // Where br_netfilter is on, bridged frames come by here.
      {.source = subnet, .destination = host::matchOf(kNotRouted), .target = Accept{}},
      {.source = subnet,
       .conntrack = notState(ConntrackMatch::kDnat),
       .set = destinationIn(kNoNatSet),
       .target = Accept{}},
      {.source = subnet, .target = Masquerade{}},
  };
  // The endpoint is to see which instance asks.
  if (settings.metadata_endpoint) chain.insert(chain.begin(), metadataRequest(settings));
  return chain;
}

/// How public addresses are translated; sorted, none within another.
host::NatRules natRules(const cloud::Settings& settings) {
  host::NatRules rules{.subnet = settings.plan.subnet};
  auto prefixes = settings.no_nat;
  std::sort(prefixes.begin(), prefixes.end());
  for (const auto& prefix : prefixes) {
    // One that encloses others is before them.
    if (rules.subnet.contains(prefix)) continue;
    if (rules.kept.empty() || !rules.kept.back().contains(prefix)) rules.kept.push_back(prefix);
  }
  return rules;
}

void addElastic(const Cloud& cloud, net::Ipv4Address address, host::HostState& state) {
  const auto object = cloud.address(address);
  if (!object || !object->instance) return;
  state.nat.elastic[address] = cloud.instance(*object->instance)->private_address.value();
}

}  // namespace

void addNat(const Cloud& cloud, const Wiring& wiring, host::HostState& state) {
  state.chains[{Table::Nat, kPostrouting}] = postrouting(cloud.settings());
  if (auto redirect = metadataRedirect(cloud.settings(), wiring.instance_interface);
      !redirect.empty()) {
    state.chains[{Table::Nat, kMetadataRedirect}] = std::move(redirect);
    state.jumps[{Table::Nat, "PREROUTING"}] = kMetadataRedirect;
  }
  state.jumps[{Table::Nat, "POSTROUTING"}] = kPostrouting;
  state.nat.rules = natRules(cloud.settings());
  for (const auto& [address, object] : cloud.addresses()) addElastic(cloud, address, state);
}

void addTouchedNat(const Cloud& cloud, const cloud::Changes& changes, host::Rendering& rendering) {
  const auto touch = [&](net::Ipv4Address address) {
    rendering.scope.elastic.insert(address);
    addElastic(cloud, address, rendering.desired);
  };
  const auto leads = [](const auto& object) { return object && object->instance; };
  for (const auto& [address, change] : changes.addresses) {
    if (leads(change.before) || leads(change.after)) touch(address);
  }
  for (const auto& [id, change] : changes.instances) {
    const auto& [was, is] = change;
    if (!was || !is || was->private_address == is->private_address) continue;
    if (const auto address = cloud.addressOf(id)) touch(address->address);
  }
}

}  // namespace netctl::firewall
