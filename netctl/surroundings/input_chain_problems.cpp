#include "netctl/surroundings/first_packets.h"
#include "netctl/surroundings/problems.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <string_view>
#include <vector>

namespace netctl::surroundings {
namespace {

using kernel::InputChain;

/// Commands that let pass what netctl decides about. iptables-nft's own chains take its own.
std::string remedyOf(const InputChain& chain, const Place& place) {
  std::vector<std::string> commands;
  const bool is_iptables = chain.family == "ip" && chain.table == "filter" && chain.name == "INPUT";
  auto in = place.private_interface;
  if (!is_iptables && in.ends_with('+')) in.back() = '*';
  const auto add = [&](std::string_view iptables, std::string_view nft) {
    commands.push_back(is_iptables
                           ? fmt::format("iptables-nft -I INPUT -i {} {} -j ACCEPT", in, iptables)
                           : fmt::format("nft insert rule {} {} {} iifname {} {} accept",
                                         chain.family, chain.table, chain.name, in, nft));
  };
  if (place.serves_dhcp) add("-p udp --dport 67", "udp dport 67");
  if (place.routes) {
    const auto subnet = net::format(place.subnet);
    add("-s " + subnet, "ip saddr " + subnet);
  }
  return fmt::format(
      "{} (netctl goes on deciding what instances reach on this host), and make that "
      "last; see operations.md",
      fmt::join(commands, "; "));
}

}  // namespace

Problems inputChainProblems(const std::vector<InputChain>& chains, const Place& place) {
  Problems problems;
  const auto all = askedOfHost(place);
  for (const auto& chain : chains) {
    std::vector<std::string_view> dropped;
    for (const auto& asked : all) {
      const auto fates = fatesOf(asked, chain.rules, chain.name);
      if (fates.drops(chain.policy_drops)) dropped.push_back(asked.what);
    }
    if (dropped.empty()) continue;
    problems.push_back(
        {fmt::format("nft chain {} {} {}", chain.family, chain.table, chain.name),
         fmt::format("drops what instances ask this host for: {}", fmt::join(dropped, ", ")),
         "they get no address, or do not learn what they are, though netctl lets it through",
         remedyOf(chain, place), controller::Severity::warning});
  }
  return problems;
}

}  // namespace netctl::surroundings
