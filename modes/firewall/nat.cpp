#include "modes/firewall/nat.h"

#include "modes/firewall/matches.h"
#include "modes/firewall/metadata.h"
#include "modes/firewall/names.h"
#include "modes/firewall/trie.h"

#include <algorithm>
#include <optional>

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
constexpr std::uint16_t kDhcpServerPort = 67;

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
      {.source = subnet, .target = host::Jump{kSourceTrie}},
      {.source = subnet, .target = Masquerade{}},
  };
  // The endpoint is to see which instance asks.
  if (settings.metadata_endpoint) chain.insert(chain.begin(), metadataRequest(settings));
  return chain;
}

/// Guests on this host get DHCP replies whose UDP checksum no device has filled in.
Chain mangle(const Wiring& wiring) {
  return {{.out = host::InterfaceMatch{wiring.instance_interface},
           .protocol = net::kUdp.number,
           .ports = host::PortMatch{.source = {kDhcpServerPort, kDhcpServerPort}},
           .target = host::ChecksumFill{}}};
}

void addTries(const Cloud& cloud, host::HostState& state) {
  std::vector<TrieLeaf> destinations;
  std::vector<TrieLeaf> sources;
  if (cloud.settings().metadata_endpoint)
    destinations.push_back({{kMetadataAddress, 32}, host::Goto{kMetadataRedirect}});
  for (const auto& [address, object] : cloud.addresses()) {
    if (!object->instance) continue;
    const auto private_address = cloud.instance(*object->instance)->private_address.value();
    destinations.push_back({{address, 32}, host::Dnat{private_address}});
    sources.push_back({{private_address, 32}, host::Snat{address}});
  }
  const auto add = [&](const std::map<std::string, Chain>& chains) {
    for (const auto& [name, chain] : chains) state.chains[{Table::Nat, name}] = chain;
  };
  add(makeTrie(kDestinationTrie, TrieSide::Destination, std::move(destinations)));
  add(makeTrie(kSourceTrie, TrieSide::Source, std::move(sources)));
}

}  // namespace

void addNat(const Cloud& cloud, const Wiring& wiring, host::HostState& state) {
  state.chains[{Table::Nat, kPostrouting}] = postrouting(cloud.settings());
  state.chains[{Table::Mangle, kMangle}] = mangle(wiring);
  if (auto redirect = metadataRedirect(cloud.settings(), wiring.instance_interface);
      !redirect.empty()) {
    state.chains[{Table::Nat, kMetadataRedirect}] = std::move(redirect);
  }
  state.jumps[{Table::Nat, "PREROUTING"}] = kDestinationTrie;
  state.jumps[{Table::Nat, "OUTPUT"}] = kDestinationTrie;
  state.jumps[{Table::Nat, "POSTROUTING"}] = kPostrouting;
  state.jumps[{Table::Mangle, "POSTROUTING"}] = kMangle;
  addTries(cloud, state);
}

void addTouchedNat(const Cloud& cloud, const cloud::Changes& changes, const Before& before,
                   host::Rendering& rendering) {
  using Place = std::optional<net::Ipv4Address>;
  const auto former = [&](const cloud::Ref<cloud::Address>& address) -> Place {
    if (!address || !address->instance) return std::nullopt;
    return before.instance(*address->instance)->private_address.value();
  };
  const auto current = [&](const cloud::Ref<cloud::Address>& address) -> Place {
    if (!address || !address->instance) return std::nullopt;
    return cloud.instance(*address->instance)->private_address.value();
  };
  const bool touched =
      std::ranges::any_of(changes.addresses,
                          [&](const auto& entry) {
                            return former(entry.second.before) != current(entry.second.after);
                          }) ||
      std::ranges::any_of(changes.instances, [&](const auto& entry) {
        const auto& [was, is] = entry.second;
        return was && is && was->private_address != is->private_address &&
               cloud.addressOf(entry.first);
      });
  if (!touched) return;
  rendering.scope.chain_families.insert({Table::Nat, kDestinationTrie});
  rendering.scope.chain_families.insert({Table::Nat, kSourceTrie});
  addTries(cloud, rendering.desired);
}

}  // namespace netctl::firewall
