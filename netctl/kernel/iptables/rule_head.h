#pragma once

#include "modes/net/address.h"

#include <cstdint>
#include <string>
#include <string_view>

struct ipt_entry;

namespace netctl::kernel {

/// Whom a rule can meet, and where it leads. A part that is turned around, as `! -i eth0`, is taken
/// for any: such a rule meets somebody else still.
struct RuleHead {
  net::Ipv4Prefix source = {};
  net::Ipv4Prefix destination = {};
  std::string in = {};          ///< as iptables has it, with `+` at the end; empty: any
  std::string out = {};         ///< as well
  std::uint8_t protocol = 0;    ///< 0: any
  std::uint16_t from_port = 0;  ///< of the destination, in TCP and UDP
  std::uint16_t to_port = 65535;
  /// `ACCEPT`, another target, or a chain; empty: it only counts. That of `CT --notrack` is
  /// `NOTRACK`.
  std::string verdict = {};
  bool asks_for_more = false;  ///< than these

  bool operator==(const RuleHead&) const = default;
};

/// Of a rule whose target is known by that name.
RuleHead headOf(const ipt_entry& entry, std::string_view verdict);

}  // namespace netctl::kernel
