#include "netctl/surroundings/interface_pattern.h"
#include "netctl/surroundings/problems.h"
#include "netctl/surroundings/rewritten_tables.h"

// Before any header of the kernel: both define the same types.
#include <netinet/in.h>

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace netctl::surroundings {
namespace {

using kernel::ForeignChain;
using kernel::NftAccept;

constexpr std::uint16_t kDhcpPort = 67;  // RFC 2131, section 4.1

/// A client that has no address yet is let in.
bool acceptsDhcp(const NftAccept& accept, const Place& place) {
  return !accept.source && !accept.destination && accept.out.empty() &&
         covers(accept.in, place.private_interface) &&
         accept.protocol.value_or(IPPROTO_UDP) == IPPROTO_UDP &&
         accept.port.value_or(kDhcpPort) == kDhcpPort;
}

std::string remedyForInput(const ForeignChain& chain, const Place& place) {
  constexpr std::string_view kProtected = "netctl's own rules protect this host from instances";
  auto interface = place.private_interface;
  if (isOfFirewalld(chain)) {
    return fmt::format("firewall-cmd --permanent --zone=trusted --add-interface={} ({})", interface,
                       kProtected);
  }
  // iptables-nft's own chains take its own commands.
  if (chain.family == "ip" && chain.table == "filter" && chain.name == "INPUT") {
    return fmt::format("iptables-nft -I INPUT -i {} -j ACCEPT ({}), or make that last", interface,
                       kProtected);
  }
  if (interface.ends_with('+')) interface.back() = '*';
  return fmt::format("nft insert rule {} {} {} iifname {} accept ({})", chain.family, chain.table,
                     chain.name, interface, kProtected);
}

}  // namespace

Problems inputChainProblems(const std::vector<ForeignChain>& chains, const Place& place) {
  Problems problems;
  if (!place.routes) return problems;
  for (const auto& chain : chains) {
    const auto accepts = [&](const NftAccept& one) { return acceptsDhcp(one, place); };
    if (!chain.drops_rest || std::ranges::any_of(chain.accepts, accepts)) continue;
    problems.push_back(
        {fmt::format("nft chain {} {} {}", chain.family, chain.table, chain.name),
         fmt::format("drops what comes to this host, and DHCP by {} is accepted by none of its "
                     "rules that netctl can read",
                     place.private_interface),
         "an instance that starts gets no address, and metadata may be dropped there as well",
         remedyForInput(chain, place), controller::Severity::warning});
  }
  return problems;
}

}  // namespace netctl::surroundings
