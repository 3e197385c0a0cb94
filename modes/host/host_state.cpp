#include "modes/host/host_state.h"

#include <fmt/format.h>

#include <algorithm>

namespace netctl::host {
namespace {

std::string formatPort(const SetMember& member) {
  const auto protocol = net::format(net::Protocol{member.protocol});
  if (member.protocol == net::kIcmp.number) {
    return fmt::format("icmp:{}/{}", member.port >> 8U, member.port & 255U);
  }
  return fmt::format("{}:{}", protocol, member.port);
}

std::string formatPrefix(net::Ipv4Address address, std::uint8_t length) {
  return length == 32 ? net::format(address) : net::format(net::Ipv4Prefix{address, length});
}

template <class T>
bool intersect(const std::set<T>& a, const std::set<T>& b) {
  return std::any_of(a.begin(), a.end(), [&](const T& element) { return b.contains(element); });
}

bool hasFamilyOf(const std::set<ChainId>& families, const std::set<ChainId>& chains) {
  return std::any_of(chains.begin(), chains.end(), [&](const ChainId& chain) {
    return std::any_of(families.begin(), families.end(), [&](const ChainId& family) {
      return family.table == chain.table && chain.name.starts_with(family.name);
    });
  });
}

bool hasMembersOf(const Scope& members, const Scope& other) {
  return std::any_of(members.members.begin(), members.members.end(), [&](const auto& entry) {
    const auto found = other.members.find(entry.first);
    return other.sets.contains(entry.first) ||
           (found != other.members.end() && intersect(entry.second, found->second));
  });
}

}  // namespace

std::string_view format(SetType type) {
  switch (type) {
    case SetType::HashIp:
      return "hash:ip";
    case SetType::HashNet:
      return "hash:net";
    case SetType::HashNetIface:
      return "hash:net,iface";
    case SetType::HashIpPortNet:
      return "hash:ip,port,net";
    case SetType::HashIpPort:
      return "hash:ip,port";
    case SetType::Other:
      return "other";
  }
  return "?";
}

std::string format(SetType type, const SetMember& member) {
  const auto first = formatPrefix(member.address, member.length);
  switch (type) {
    case SetType::HashIp:
    case SetType::HashNet:
    case SetType::Other:
      return first;
    case SetType::HashNetIface:
      return fmt::format("{},{}", first, member.interface.data());
    case SetType::HashIpPort:
      return fmt::format("{},{}", first, formatPort(member));
    case SetType::HashIpPortNet:
      return fmt::format("{},{},{}", first, formatPort(member),
                         formatPrefix(member.address2, member.length2));
  }
  return "?";
}

bool Scope::touches(Table table) const {
  const auto in_table = [table](const ChainId& chain) { return chain.table == table; };
  return everything || std::any_of(chains.begin(), chains.end(), in_table) ||
         std::any_of(chain_families.begin(), chain_families.end(), in_table) ||
         std::any_of(jumps.begin(), jumps.end(), in_table);
}

void Scope::merge(const Scope& other) {
  everything = everything || other.everything;
  sysctls.insert(other.sysctls.begin(), other.sysctls.end());
  ports.insert(other.ports.begin(), other.ports.end());
  segments.insert(other.segments.begin(), other.segments.end());
  redirects.insert(other.redirects.begin(), other.redirects.end());
  guard_rules = guard_rules || other.guard_rules;
  guards.insert(other.guards.begin(), other.guards.end());
  unseen_guards.insert(other.unseen_guards.begin(), other.unseen_guards.end());
  guard_members.insert(other.guard_members.begin(), other.guard_members.end());
  addresses.insert(other.addresses.begin(), other.addresses.end());
  sets.insert(other.sets.begin(), other.sets.end());
  for (const auto& [name, more] : other.members) members[name].insert(more.begin(), more.end());
  chains.insert(other.chains.begin(), other.chains.end());
  chain_families.insert(other.chain_families.begin(), other.chain_families.end());
  jumps.insert(other.jumps.begin(), other.jumps.end());
  nat_rules = nat_rules || other.nat_rules;
  elastic.insert(other.elastic.begin(), other.elastic.end());
  dhcp_checksums = dhcp_checksums || other.dhcp_checksums;
  dhcp_server = dhcp_server || other.dhcp_server;
  dhcp_networks.insert(other.dhcp_networks.begin(), other.dhcp_networks.end());
  dhcp_hosts.insert(other.dhcp_hosts.begin(), other.dhcp_hosts.end());
}

bool Scope::overlaps(const Scope& other) const {
  if (everything) return !other.empty();
  if (other.everything) return !empty();
  return intersect(sysctls, other.sysctls) || intersect(ports, other.ports) ||
         intersect(segments, other.segments) || intersect(redirects, other.redirects) ||
         (guard_rules && other.guard_rules) || intersect(guards, other.guards) ||
         intersect(unseen_guards, other.unseen_guards) ||
         intersect(guard_members, other.guard_members) || intersect(addresses, other.addresses) ||
         intersect(sets, other.sets) || hasMembersOf(*this, other) || hasMembersOf(other, *this) ||
         intersect(chains, other.chains) || hasFamilyOf(chain_families, other.chains) ||
         hasFamilyOf(other.chain_families, chains) ||
         intersect(chain_families, other.chain_families) || intersect(jumps, other.jumps) ||
         (nat_rules && other.nat_rules) || intersect(elastic, other.elastic) ||
         (dhcp_checksums && other.dhcp_checksums) || (dhcp_server && other.dhcp_server) ||
         intersect(dhcp_networks, other.dhcp_networks) || intersect(dhcp_hosts, other.dhcp_hosts);
}

bool Scope::empty() const {
  return *this == Scope{};
}

}  // namespace netctl::host
