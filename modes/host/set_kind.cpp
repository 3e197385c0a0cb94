#include "modes/host/set_kind.h"

#include "modes/net/protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

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

void describeMembers(std::string_view action, const auto& step, Lines& lines) {
  for (const auto& member : step.members) {
    lines.add(action, "set " + step.set, format(step.type, member));
  }
}

/// True where one of these members is of a whole set of the others, or among their members.
bool haveMembersOf(const MembersBySet& members, SetKind::ConstNames others) {
  // By names of their own: clang 14 lets no lambda capture what a structured binding names.
  const auto& other_sets = std::get<0>(others);
  const auto& other_members = std::get<1>(others);
  return std::any_of(members.begin(), members.end(), [&](const auto& entry) {
    const auto& [set, some] = entry;
    if (other_sets.contains(set)) return true;
    const auto found = other_members.find(set);
    return found != other_members.end() &&
           std::any_of(some.begin(), some.end(),
                       [&](const auto& member) { return found->second.contains(member); });
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
  }
  return "?";
}

std::string format(SetType type, const SetMember& member) {
  const auto first = formatPrefix(member.address, member.length);
  switch (type) {
    case SetType::HashIp:
    case SetType::HashNet:
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

std::vector<SetMember> SetKind::difference(const Set& one, const Set& other) {
  std::vector<SetMember> result;
  std::set_difference(one.members.begin(), one.members.end(), other.members.begin(),
                      other.members.end(), std::back_inserter(result));
  return result;
}

void SetKind::carryOut(const AddMembers& step, std::map<std::string, Set>& sets) {
  auto& set = sets[step.set];
  std::vector<SetMember> members;
  std::set_union(set.members.begin(), set.members.end(), step.members.begin(), step.members.end(),
                 std::back_inserter(members));
  set.members = std::move(members);
}

void SetKind::carryOut(const RemoveMembers& step, std::map<std::string, Set>& sets) {
  auto& set = sets[step.set];
  set.members = difference(set, {step.type, step.members});
}

void SetKind::describe(const CreateSet& step, Lines& lines) {
  lines.add("add", "set " + step.name,
            fmt::format("{}, {} members", format(step.set.type), step.set.members.size()));
}

void SetKind::describe(const DestroySet& step, Lines& lines) {
  lines.add("remove", "set " + step.name);
}

void SetKind::describe(const AddMembers& step, Lines& lines) {
  describeMembers("add", step, lines);
}

void SetKind::describe(const RemoveMembers& step, Lines& lines) {
  describeMembers("remove", step, lines);
}

std::map<std::string, Set> SetKind::select(const std::map<std::string, Set>& sets,
                                           ConstNames names) {
  const auto& [whole, members] = names;
  std::map<std::string, Set> result;
  for (const auto& name : whole) {
    if (const auto found = sets.find(name); found != sets.end()) result.insert(*found);
  }
  for (const auto& [name, some] : members) {
    const auto found = sets.find(name);
    // Those of a whole set are there already.
    if (found == sets.end() || whole.contains(name)) continue;
    auto& part = result[name];
    part.type = found->second.type;
    std::set_intersection(found->second.members.begin(), found->second.members.end(), some.begin(),
                          some.end(), std::back_inserter(part.members));
  }
  return result;
}

bool SetKind::overlap(ConstNames some, ConstNames others) {
  const auto& sets = std::get<0>(some);
  return std::any_of(sets.begin(), sets.end(),
                     [&](const auto& set) { return std::get<0>(others).contains(set); }) ||
         haveMembersOf(std::get<1>(some), others) || haveMembersOf(std::get<1>(others), some);
}

bool SetKind::covers(ConstNames all, ConstNames part) {
  const auto& [sets, members] = all;
  for (const auto& set : std::get<0>(part)) {
    if (!sets.contains(set)) return false;
  }
  for (const auto& [set, some] : std::get<1>(part)) {
    if (sets.contains(set)) continue;
    const auto found = members.find(set);
    if (found == members.end() ||
        !std::includes(found->second.begin(), found->second.end(), some.begin(), some.end())) {
      return false;
    }
  }
  return true;
}

bool SetKind::isNamed(ConstNames names, const std::string& set) {
  return std::get<0>(names).contains(set) || std::get<1>(names).contains(set);
}

}  // namespace netctl::host
