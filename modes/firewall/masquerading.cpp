#include "modes/firewall/masquerading.h"

#include "modes/firewall/chain_and_set_names.h"
#include "modes/firewall/matches.h"
#include "modes/firewall/metadata.h"

#include <utility>

namespace netctl::firewall {
namespace {

using host::Accept;
using host::Chain;
using host::ConntrackMatch;
using host::Masquerade;
using host::Table;

/// Multicast, broadcast and the addresses between: never routed.
constexpr net::Ipv4Prefix kNotRouted{{0xe0000000U}, 3};

/// Packets that the table of public addresses (nft::natTable) has translated do not come here.
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

}  // namespace

void addMasquerading(const InstanceInterface& interface, render::Renderers& renderers) {
  addFixed(renderers, [=](const cloud::Settings& settings, host::HostState& state) {
    state.chains[{Table::Nat, kPostrouting}] = postrouting(settings);
    state.jumps[{Table::Nat, "POSTROUTING"}] = kPostrouting;
    auto redirect = metadataRedirect(settings, interface.pattern);
    if (redirect.empty()) return;
    state.chains[{Table::Nat, kMetadataRedirect}] = std::move(redirect);
    state.jumps[{Table::Nat, "PREROUTING"}] = kMetadataRedirect;
  });
}

}  // namespace netctl::firewall
