#include "netctl/surroundings/interface_pattern.h"
#include "netctl/surroundings/problems.h"
#include "netctl/surroundings/rewritten_tables.h"

#include <fmt/format.h>

#include <algorithm>

namespace netctl::surroundings {
namespace {

using kernel::ForeignChain;
using kernel::NftAccept;

bool hasPorts(const NftAccept& accept) {
  return accept.protocol.has_value() || accept.port.has_value();
}

bool acceptsFromInstances(const NftAccept& accept, const Place& place) {
  return (!accept.source || accept.source->contains(place.subnet)) && !accept.destination &&
         covers(accept.in, place.private_interface) && accept.out.empty() && !hasPorts(accept);
}

bool acceptsToInstances(const NftAccept& accept, const Place& place) {
  return (!accept.destination || accept.destination->contains(place.subnet)) && !accept.source &&
         covers(accept.out, place.private_interface) && accept.in.empty() && !hasPorts(accept);
}

bool lets(const ForeignChain& chain, const Place& place) {
  const auto& accepts = chain.accepts;
  return std::ranges::any_of(accepts,
                             [&](const auto& one) { return acceptsFromInstances(one, place); }) &&
         std::ranges::any_of(accepts,
                             [&](const auto& one) { return acceptsToInstances(one, place); });
}

std::string remedyOf(const ForeignChain& chain, const Place& place) {
  const auto subnet = net::format(place.subnet);
  // iptables-nft's own chains take its own commands.
  if (chain.family == "ip" && chain.table == "filter" && chain.name == "FORWARD") {
    return fmt::format(
        "iptables-nft -I FORWARD -s {0} -j ACCEPT; iptables-nft -I FORWARD -d {0} -j "
        "ACCEPT (netctl goes on deciding), or make that last",
        subnet);
  }
  // What is written into its table by others goes with its next reload.
  if (isOfFirewalld(chain)) {
    return fmt::format(
        "firewall-cmd --permanent --zone=trusted --add-interface={}; and two policies with the "
        "target ACCEPT, from that zone and to it (netctl goes on deciding): hosts/firewalld.md has "
        "the commands",
        place.private_interface);
  }
  return fmt::format(
      "nft insert rule {0} {1} {2} ip saddr {3} accept; nft insert rule {0} {1} {2} "
      "ip daddr {3} accept (netctl goes on deciding); see operations.md",
      chain.family, chain.table, chain.name, subnet);
}

}  // namespace

Problems forwardChainProblems(const std::vector<ForeignChain>& chains, const Place& place) {
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
