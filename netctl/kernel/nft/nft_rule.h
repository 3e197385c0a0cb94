#pragma once

#include "modes/net/address.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace netctl::kernel {

/// A packet that a chain of nft accepts: one that meets all of these. An accept ends only its own
/// chain, and other base chains decide after it.
struct NftAccept {
  std::optional<net::Ipv4Prefix> source = {};
  std::optional<net::Ipv4Prefix> destination = {};
  std::string in = {};   ///< name of an interface, `*` at its end for all that begin so; empty: any
  std::string out = {};  ///< as well

  bool operator==(const NftAccept&) const = default;
};

/// What a rule asks of what an IPv4 packet carries.
struct NftPayload {
  struct Ports {
    std::uint16_t first = 0;
    std::uint16_t last = 65535;
    bool operator==(const Ports&) const = default;
  };
  std::set<std::uint8_t> protocols = {};  ///< none: any
  Ports ports = {};                       ///< of the destination
  std::optional<std::uint8_t> icmp_type = {};

  bool operator==(const NftPayload&) const = default;
};

/// A rule as far as it can be read.
struct NftRule {
  /// Diverts: to another destination, as `dnat`, `redirect` and `tproxy`.
  enum class Verdict { None, Accept, Drop, Jump, Goto, Return, Untracked, Diverts, Other };

  NftAccept conditions = {};
  NftPayload payload = {};
  /// Meets no first packet of a flow, as `ct state established`.
  bool meets_no_new = false;
  bool has_more_conditions = false;  ///< that cannot be read
  /// A set of its table that has its protocols; empty once these are in `payload`.
  std::string protocol_set = {};
  Verdict verdict = Verdict::None;
  std::string target = {};  ///< of Jump and Goto: a chain

  /// It asks for something else than `conditions` has.
  [[nodiscard]] bool asksForMore() const {
    return has_more_conditions || meets_no_new || !protocol_set.empty() || payload != NftPayload{};
  }
  [[nodiscard]] bool isUnconditional() const { return !asksForMore() && conditions == NftAccept{}; }
};

/// Of one table, by chain.
using NftRules = std::map<std::string, std::vector<NftRule>>;

}  // namespace netctl::kernel
