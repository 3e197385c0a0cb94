#pragma once

#include "modes/host/host_state.h"

#include <string>
#include <utility>
#include <vector>

/// Single members of sets that are always there or stay as they are otherwise.
namespace netctl::firewall {

/// Names the member in the scope. The set is in the desired state then, with no members or some,
/// since a member in the scope that is not in the state does not exist.
inline void claimMember(const std::string& set, host::SetType type, const host::SetMember& member,
                        host::Rendering& rendering) {
  rendering.scope.members[set].insert(member);
  rendering.desired.sets[set].type = type;
}

/// The prefix as members of a hash:net set. The kernel takes no length 0: 0.0.0.0/0 is its halves.
inline std::vector<host::SetMember> membersOf(const net::Ipv4Prefix& prefix) {
  if (prefix.length > 0) return {{.address = prefix.address, .length = prefix.length}};
  return {{.address = {0}, .length = 1}, {.address = {0x80000000U}, .length = 1}};
}

inline void putMember(const std::string& set, host::SetMember member, host::HostState& state) {
  state.sets[set].members.push_back(std::move(member));
}

}  // namespace netctl::firewall
