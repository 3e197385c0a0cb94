#pragma once

#include "netctl/kernel/iptables/table_dump.h"
#include "netctl/kernel/nft/forward_chains.h"
#include "netctl/kernel/nft/input_chains.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// What this host has beside what is netctl's, as far as it can harm instances, and the problems in
/// it. `observe.h` reads it; all else is pure.
namespace netctl::surroundings {

/// How much of a table of the kernel's is in use.
struct Filling {
  std::uint64_t used = 0;
  std::uint64_t limit = 0;  ///< 0: not known here
};

struct DefaultRoute {
  std::string interface;
  std::uint32_t metric = 0;
};

/// Somebody else's rules of iptables that come before our jump in FORWARD.
struct RulesBeforeOurs {
  std::vector<kernel::RuleHead> rules = {};
  /// The chains that these call, and those that these call in turn.
  std::map<std::string, std::vector<kernel::RuleHead>> chains = {};
};

/// A rule of somebody else's that keeps packets out of conntrack.
struct UntrackingRule {
  std::string chain;  ///< as `iptables chain PREROUTING of raw`
  net::Ipv4Prefix source = {};
  net::Ipv4Prefix destination = {};
  std::string in = {};  ///< with `+` or `*` at the end for all that begin so; empty: any

  bool operator==(const UntrackingRule&) const = default;
};

/// A base chain at the hook prerouting that is not ours, of nft or of iptables.
struct PreroutingChain {
  std::string object;  ///< for people, as `nft chain ip nat PREROUTING`
  std::string name;
  bool policy_drops = false;
  int priority = 0;
  kernel::NftRules rules = {};  ///< of its table
};

struct Certificate {
  std::string key;  ///< of the configuration
  std::string path;
  std::chrono::system_clock::time_point ends;
};

/// Where something could not be observed, it is as if all were well.
struct Surroundings {
  std::vector<kernel::ForwardChain> forward_chains = {};
  std::vector<kernel::InputChain> input_chains = {};
  RulesBeforeOurs before_ours = {};
  std::vector<UntrackingRule> untracking = {};
  std::vector<PreroutingChain> prerouting_chains = {};
  std::map<std::string, int> rp_filter = {};      ///< as it counts, by interface
  std::vector<DefaultRoute> default_routes = {};  ///< of the main table
  /// Bridges with STP, and how long they keep a new port from forwarding.
  std::map<std::string, std::chrono::milliseconds> stp_delays = {};
  Filling flows = {};       ///< conntrack
  Filling neighbours = {};  ///< of IPv4
  bool clock_is_synchronised = true;
  std::vector<Certificate> certificates = {};
};

}  // namespace netctl::surroundings
