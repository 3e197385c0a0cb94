#include "modes/firewall/permissions.h"

#include "modes/firewall/chain_and_set_names.h"
#include "modes/firewall/matches.h"

#include <algorithm>

namespace netctl::firewall {
namespace {

using cloud::Group;
using cloud::GroupId;
using cloud::Permission;
using cloud::Settings;

bool hasPorts(const Permission& permission) {
  return permission.protocol == net::kTcp || permission.protocol == net::kUdp;
}

/// True for the protocols that the sets know by their number alone: the kernel gives them port 0
/// (ip_set_getport.c). It takes ports out of SCTP and UDP-Lite packets and a type out of ICMPv6
/// packets, and never matches packets of protocol 0.
bool isNumberEnough(std::uint8_t protocol) {
  switch (protocol) {
    case 0:
    case 1:
    case 6:
    case 17:
    case 58:
    case 132:
    case 136:
      return false;
    default:
      return true;
  }
}

bool hasTcp(const Permission& permission) {
  return permission.protocol == net::kAnyProtocol || permission.protocol == net::kTcp;
}

/// True where rules of that way are about permissions of that direction.
bool isOf(Way way, const Permission& permission) {
  return (way == Way::Out) == (permission.direction == cloud::Direction::Egress);
}

/// Matches the permission's protocol, ports and ICMP type, from or to anybody.
host::Rule packetRule(const Permission& permission, Way way) {
  if (way == Way::Back) {
    host::Rule rule{.protocol = net::kTcp.number, .target = host::Goto{kAdmitBack}};
    if (hasPorts(permission) && permission.ports != net::PortRange{0, 65535}) {
      rule.ports = host::PortMatch{.source = permission.ports};
    }
    return rule;
  }
  host::Rule rule{.protocol = permission.protocol.number,
                  .target = way == Way::Out ? host::Goto{kOnward} : admit()};
  if (hasPorts(permission) && permission.ports != net::PortRange{0, 65535}) {
    rule.ports = host::PortMatch{.destination = permission.ports};
  }
  if (permission.icmp.type) rule.icmp = permission.icmp;
  return rule;
}

void appendRules(const Settings& settings, const Permission& permission, Way way,
                 host::Chain& chain) {
  if (!needsRules(settings, permission, way)) return;
  // The permission's source sends what comes in, and gets what goes back or out.
  const auto other = way == Way::In ? kSourceDimension : kDestinationDimension;
  const auto* group = std::get_if<GroupId>(&permission.source);
  if (group != nullptr) {
    auto rule = packetRule(permission, way);
    rule.set = host::SetMatch{memberSet(*group), {other}};
    chain.push_back(std::move(rule));
    return;
  }
  const auto add_behind_public = [&](const std::string& set) {
    auto rule = packetRule(permission, way);
    rule.conntrack = host::ConntrackMatch{.states = host::ConntrackMatch::kDnat};
    rule.set = host::SetMatch{set, {other}};
    chain.push_back(std::move(rule));
  };
  if (const auto* list = std::get_if<cloud::PrefixListId>(&permission.source)) {
    // The rules are the same whatever the list has, so that its changes are changes of sets alone.
    auto rule = packetRule(permission, way);
    rule.set = host::SetMatch{prefixListSet(*list), {other}};
    chain.push_back(std::move(rule));
    add_behind_public(prefixListAskerSet(*list));
    return;
  }
  const auto& source = std::get<net::Ipv4Prefix>(permission.source);
  if (!isInSet(permission)) {
    auto rule = packetRule(permission, way);
    if (source.length > 0) {
      (way == Way::In ? rule.source : rule.destination) = host::matchOf(source);
    }
    chain.push_back(std::move(rule));
  }
  if (holdsPublicAddresses(settings, source)) add_behind_public(cidrSet(source));
}

/// The ports of the members. An ICMP type and code are one port, as ipset has them.
net::PortRange portsInSet(const Permission& permission) {
  if (hasPorts(permission)) return permission.ports;
  if (permission.protocol != net::kIcmp) return {0, 0};
  const auto port = static_cast<std::uint16_t>(*permission.icmp.type << 8U | *permission.icmp.code);
  return {port, port};
}

}  // namespace

bool isFree(const Group& group) {
  static const auto kEverything = cloud::everythingOut();
  return group.permissions.contains(kEverything);
}

bool isInSet(const Permission& permission) {
  if (!std::holds_alternative<net::Ipv4Prefix>(permission.source)) return false;
  if (!permission.protocol.number) return false;
  if (hasPorts(permission)) return permission.ports.size() <= kMaxPortsInSet;
  if (permission.protocol == net::kIcmp) return permission.icmp.type && permission.icmp.code;
  return isNumberEnough(*permission.protocol.number);
}

const char* setOf(const Allowed& allowed) {
  if (allowed.direction == cloud::Direction::Egress) {
    return allowed.is_open ? kOutOpenSet : kOutAllowSet;
  }
  return allowed.is_open ? kOpenSet : kAllowSet;
}

host::SetType typeOf(const Allowed& allowed) {
  return allowed.is_open ? host::SetType::HashIpPort : host::SetType::HashIpPortNet;
}

void appendMembers(const Permission& permission, net::Ipv4Address instance,
                   std::vector<Allowed>& members) {
  if (!isInSet(permission)) return;
  const auto& source = std::get<net::Ipv4Prefix>(permission.source);
  Allowed allowed{permission.direction,
                  source.length == 0,
                  {.address = instance, .protocol = *permission.protocol.number}};
  if (!allowed.is_open) {
    allowed.member.address2 = source.address;
    allowed.member.length2 = source.length;
  }
  const auto ports = portsInSet(permission);
  for (std::uint32_t port = ports.first; port <= ports.last; ++port) {
    allowed.member.port = static_cast<std::uint16_t>(port);
    members.push_back(allowed);
  }
}

bool covers(const Permission& permission, const Allowed& allowed) {
  const auto& member = allowed.member;
  if (permission.direction != allowed.direction) return false;
  if (permission.protocol.number != member.protocol || !isInSet(permission)) return false;
  if (!portsInSet(permission).contains(member.port)) return false;
  const auto& source = std::get<net::Ipv4Prefix>(permission.source);
  return allowed.is_open ? source.length == 0
                         : source == net::Ipv4Prefix{member.address2, member.length2};
}

bool holdsPublicAddresses(const Settings& settings, const net::Ipv4Prefix& source) {
  return !source.contains(settings.plan.subnet) && settings.pool.overlaps(source);
}

bool needsRules(const Settings& settings, const Permission& permission, Way way) {
  if (!isOf(way, permission)) return false;
  if (std::holds_alternative<net::Ipv6Prefix>(permission.source)) return false;
  // A rule cannot say "protocol 0": to iptables that is any protocol.
  if (permission.protocol.number == 0) return false;
  if (way == Way::Back && !hasTcp(permission)) return false;
  const auto* source = std::get_if<net::Ipv4Prefix>(&permission.source);
  return source == nullptr || !isInSet(permission) || holdsPublicAddresses(settings, *source);
}

bool needsRules(const Settings& settings, const Group& group, Way way) {
  if (way == Way::Out && isFree(group)) return false;
  return std::any_of(
      group.permissions.begin(), group.permissions.end(),
      [&](const Permission& permission) { return needsRules(settings, permission, way); });
}

host::Chain groupRules(const Settings& settings, const Group& group, Way way) {
  host::Chain chain;
  for (const auto& permission : group.permissions) appendRules(settings, permission, way, chain);
  return chain;
}

}  // namespace netctl::firewall
