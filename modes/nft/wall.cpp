#include "modes/nft/wall.h"

#include "modes/host/names.h"

#include <fmt/format.h>

namespace netctl::nft {
namespace {

// What the host itself sends came in by no interface. Nor did a frame that br_netfilter hands over
// while a bridge forwards it: that is within a network, or on the site's own wire, unless it was
// sent to an elastic address and translated.
// Nothing calls the last chain: on kernel 6.1 a new entry has room for labels only where some rule
// sets one, and iptables' rules, which do, may be gone.
constexpr const char* kChains = R"(
	chain wall {{
		type nat hook postrouting priority -199; policy accept;
		ip saddr @held drop
		ip daddr @held ip saddr != {subnet} meta iif != 0 drop
		ct label {label} accept
		meta iif 0 ct status & dnat == 0 accept
		meta iif 0 fib saddr type local accept
		ip daddr {subnet} drop
		ip saddr {subnet} drop
	}}

	chain host_wall {{
		type nat hook input priority -199; policy accept;
		ct label {label} accept
		iif "lo" accept
		ip daddr @rest drop
		ip saddr {subnet} drop
	}}

	chain room_for_labels {{
		ct label set {label}
	}}
)";

constexpr const char* kSenderChain = R"(
	chain senders {{
		type nat hook prerouting priority -199; policy accept;
		iifname "{wire}" ip saddr {subnet} ip saddr . ether saddr != @senders drop
	}}
)";

}  // namespace

std::string senderChain(const net::Ipv4Prefix& subnet, const std::string& shared_wire) {
  return fmt::format(kSenderChain, fmt::arg("wire", shared_wire),
                     fmt::arg("subnet", net::format(subnet)));
}

std::string wallChains(const net::Ipv4Prefix& subnet) {
  return fmt::format(kChains, fmt::arg("label", host::kAdmittedLabel),
                     fmt::arg("subnet", net::format(subnet)));
}

}  // namespace netctl::nft
