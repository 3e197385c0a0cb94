#include "netctl/controller/concern.h"

#include "modes/firewall/chain_and_set_names.h"

#include <algorithm>

namespace netctl::controller {
namespace {

template <class Key, class Value>
void addKeys(const std::map<Key, Value>& values, std::set<Key>& keys) {
  for (const auto& [key, value] : values) keys.insert(key);
}

bool hasGuards(const host::HostState& part) {
  return !part.guards.ports.empty() || !part.guards.unseen.empty() || !part.guards.members.empty();
}

bool hasTranslations(const host::HostState& part) {
  return !part.nat.elastic.empty() || !part.nat.forwards.empty();
}

bool hasRules(const host::HostState& part) {
  return !part.sets.empty() || !part.chains.empty() || hasTranslations(part);
}

/// Each leaf changes it, whosever that is; rules in sets come before it.
bool isRootOfTrie(const host::ChainId& chain) {
  return std::ranges::any_of(firewall::kAllWays,
                             [&](auto way) { return chain.name == firewall::namesOf(way).trie; });
}

bool hasInstances(const host::HostState& part) {
  return !part.ports.empty() || !part.dhcp.hosts.empty();
}

}  // namespace

host::Scope needsOf(const host::HostState& part, const host::HostState& fixed) {
  host::Scope needs;
  if (hasGuards(part)) needs.guard_rules = fixed.guards.rules.has_value();
  if (hasRules(part)) {
    addKeys(fixed.sysctls, needs.sysctls);
    addKeys(fixed.chains, needs.chains);
    if (part.chains.empty()) std::erase_if(needs.chains, isRootOfTrie);
    addKeys(fixed.jumps, needs.jumps);
    // No member: that the set as a whole is there is what others rely on. A member that is missing
    // is the concern of its own object.
    for (const auto& [name, set] : fixed.sets) needs.members[name];
  }
  if (hasTranslations(part) || !part.nat.senders.empty()) {
    needs.nat_rules = fixed.nat.rules.has_value();
  }
  if (hasTranslations(part)) {
    needs.public_router = fixed.public_router.has_value();
  }
  if (hasInstances(part)) {
    needs.addresses = fixed.addresses;
    needs.dhcp_server = fixed.dhcp.server.has_value();
    needs.dhcp_checksums = fixed.dhcp_checksums.has_value();
    addKeys(fixed.dhcp.networks, needs.dhcp_networks);
  }
  return needs;
}

}  // namespace netctl::controller
