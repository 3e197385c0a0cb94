#include "netctl/surroundings/interface_pattern.h"
#include "netctl/surroundings/problems.h"

#include <fmt/format.h>

#include <algorithm>

namespace netctl::surroundings {
namespace {

using kernel::ForwardChain;
using kernel::NftAccept;

bool acceptsFromInstances(const NftAccept& accept, const Place& place) {
  return (!accept.source || accept.source->contains(place.subnet)) && !accept.destination &&
         covers(accept.in, place.private_interface) && accept.out.empty();
}

bool acceptsToInstances(const NftAccept& accept, const Place& place) {
  return (!accept.destination || accept.destination->contains(place.subnet)) && !accept.source &&
         covers(accept.out, place.private_interface) && accept.in.empty();
}

bool lets(const ForwardChain& chain, const Place& place) {
  const auto& accepts = chain.accepts;
  return std::ranges::any_of(accepts,
                             [&](const auto& one) { return acceptsFromInstances(one, place); }) &&
         std::ranges::any_of(accepts,
                             [&](const auto& one) { return acceptsToInstances(one, place); });
}

std::string remedyOf(const ForwardChain& chain, const Place& place) {
  const auto subnet = net::format(place.subnet);
  // iptables-nft's own chains take its own commands.
  if (chain.family == "ip" && chain.table == "filter" && chain.name == "FORWARD") {
    return fmt::format(
        "iptables-nft -I FORWARD -s {0} -j ACCEPT; iptables-nft -I FORWARD -d {0} -j "
        "ACCEPT (netctl goes on deciding), or make that last",
        subnet);
  }
  return fmt::format(
      "nft insert rule {0} {1} {2} ip saddr {3} accept; nft insert rule {0} {1} {2} "
      "ip daddr {3} accept (netctl goes on deciding); see operations.md",
      chain.family, chain.table, chain.name, subnet);
}

}  // namespace

Problems forwardChainProblems(const std::vector<ForwardChain>& chains, const Place& place) {
  Problems problems;
  for (const auto& chain : chains) {
    const bool bridges = chain.family == "bridge";
    if (!chain.drops_rest || (bridges ? !place.has_instances : !place.routes)) continue;
    if (!bridges && lets(chain, place)) continue;
    problems.push_back(
        {fmt::format("nft chain {} {} {}", chain.family, chain.table, chain.name),
         fmt::format("drops what is {} and what it does not accept itself",
                     bridges ? "bridged" : "forwarded"),
         "packets of instances that netctl lets through are dropped there, in both directions",
         bridges ? "let that chain accept what instances' ports send and get, or make its policy "
                   "accept"
                 : remedyOf(chain, place),
         controller::Severity::warning});
  }
  return problems;
}

}  // namespace netctl::surroundings
