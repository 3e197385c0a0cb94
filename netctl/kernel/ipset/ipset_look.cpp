#include "modes/host/names.h"
#include "netctl/kernel/ipset/ipset.h"
#include "netctl/kernel/ipset/ipset_errors.h"
#include "netctl/kernel/ipset/ipset_messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <set>

namespace netctl::kernel {
namespace {

using host::Set;
using host::SetMember;
using host::SetType;

// The prefix of a member that the kernel looks up under every length in the set, if it is a single
// address.
bool isLookedUpByLengths(SetType type, const SetMember& member) {
  if (type == SetType::HashNet || type == SetType::HashNetIface) return member.length == 32;
  return type == SetType::HashIpPortNet && member.length2 == 32;
}

// The same member with a shorter prefix.
SetMember shortened(SetType type, SetMember member, std::uint8_t length) {
  if (type == SetType::HashIpPortNet) {
    const auto prefix = net::prefixOf(member.address2, length);
    member.address2 = prefix.address;
    member.length2 = length;
  } else {
    const auto prefix = net::prefixOf(member.address, length);
    member.address = prefix.address;
    member.length = length;
  }
  return member;
}

Error noAnswer(std::string_view set) {
  return {ErrorCode::Kernel, "IpsetReply",
          fmt::format("the kernel says neither what set {} is nor that it is not there", set)};
}

// Only hash:net,iface may hold 0.0.0.0/0.
std::uint8_t shortestLength(SetType type) {
  return type == SetType::HashNetIface ? 0 : 1;
}

}  // namespace

Result<std::vector<std::string>> Ipset::names() {
  MnlBatch batch;
  nlmsghdr* message = beginIpset(batch, IPSET_CMD_LIST, {}, NLM_F_DUMP);
  mnl_attr_put_u32(message, IPSET_ATTR_FLAGS | NLA_F_NET_BYTEORDER, htonl(IPSET_FLAG_LIST_SETNAME));
  batch.end();
  std::vector<std::string> names;
  const auto refusal = socket_.dump(batch, [&](const nlmsghdr& answer) -> Result<void> {
    auto name = readSetName(answer);
    if (!name) return name.error();
    if (name->starts_with(host::kSetPrefix)) names.push_back(std::move(*name));
    return {};
  });
  if (!refusal) return refusal.error();
  if (*refusal) return ipsetError((*refusal)->number, "list the names of all sets");
  return names;
}

Result<std::optional<SetPart::Header>> Ipset::list(
    const std::string& name, const std::function<void(const SetPart&)>& take) {
  MnlBatch batch;
  beginIpset(batch, IPSET_CMD_LIST, name, NLM_F_DUMP);
  batch.end();
  std::optional<SetPart::Header> header;
  const auto refusal = socket_.dump(batch, [&](const nlmsghdr& answer) -> Result<void> {
    auto part = readSetPart(answer, header);
    if (!part) return part.error();
    header = part->header;
    take(*part);
    return {};
  });
  if (!refusal) return refusal.error();
  if (*refusal && (*refusal)->number == ENOENT) return std::optional<SetPart::Header>{};
  if (*refusal) return ipsetError((*refusal)->number, fmt::format("list set {}", name));
  if (!header) return noAnswer(name);
  return header;
}

Result<std::optional<Ipset::Found>> Ipset::read(const std::string& name) {
  Found found;
  const auto header = list(name, [&](const SetPart& part) {
    found.foreign = found.foreign || part.foreign;
    auto& members = found.set.members;
    members.insert(members.end(), part.members.begin(), part.members.end());
  });
  if (!header) return header.error();
  if (!*header) return std::optional<Found>{};
  if (found.foreign || !(*header)->type) return std::optional(Found{{}, true});
  found.set.type = *(*header)->type;
  std::sort(found.set.members.begin(), found.set.members.end());
  return std::optional(std::move(found));
}

Result<std::optional<Ipset::Kind>> Ipset::kindOf(const std::string& name) {
  MnlBatch batch;
  beginIpset(batch, IPSET_CMD_HEADER, name);
  batch.end();
  std::optional<Kind> kind;
  const auto refusals = socket_.send(batch, [&](const nlmsghdr& answer) -> Result<void> {
    const auto read = readSetType(answer);
    if (!read) return read.error();
    kind = Kind{*read};
    return {};
  });
  if (!refusals) return refusals.error();
  if (!refusals->empty()) {
    const int number = refusals->front().number;
    if (number == ENOENT) return std::optional<Kind>{};
    return ipsetError(number, fmt::format("read the type of set {}", name));
  }
  if (!kind) return noAnswer(name);
  return kind;
}

Result<std::uint32_t> Ipset::count(const std::string& name) {
  MnlBatch batch;
  nlmsghdr* message = beginIpset(batch, IPSET_CMD_LIST, name, NLM_F_DUMP);
  mnl_attr_put_u32(message, IPSET_ATTR_FLAGS | NLA_F_NET_BYTEORDER, htonl(IPSET_FLAG_LIST_HEADER));
  batch.end();
  std::optional<std::uint32_t> elements;
  const auto refusal = socket_.dump(batch, [&](const nlmsghdr& answer) -> Result<void> {
    const auto part = readSetPart(answer, {});
    if (!part) return part.error();
    if (part->header) elements = part->header->elements;
    return {};
  });
  if (!refusal) return refusal.error();
  if (*refusal) return ipsetError((*refusal)->number, fmt::format("count set {}", name));
  if (!elements) return noAnswer(name);
  return *elements;
}

Result<std::map<std::string, std::uint32_t>> Ipset::sizes() {
  MnlBatch batch;
  nlmsghdr* message = beginIpset(batch, IPSET_CMD_LIST, {}, NLM_F_DUMP);
  mnl_attr_put_u32(message, IPSET_ATTR_FLAGS | NLA_F_NET_BYTEORDER, htonl(IPSET_FLAG_LIST_HEADER));
  batch.end();
  std::map<std::string, std::uint32_t> sizes;
  const auto refusal = socket_.dump(batch, [&](const nlmsghdr& answer) -> Result<void> {
    const auto name = readSetName(answer);
    if (!name) return name.error();
    if (!name->starts_with(host::kSetPrefix)) return {};
    const auto part = readSetPart(answer, {});
    if (!part) return part.error();
    if (part->header) sizes[*name] = part->header->elements;
    return {};
  });
  if (!refusal) return refusal.error();
  if (*refusal) return ipsetError((*refusal)->number, "list the sizes of all sets");
  return sizes;
}

Result<std::map<net::Ipv4Address, std::uint64_t>> Ipset::packets(const std::string& name) {
  std::map<net::Ipv4Address, std::uint64_t> packets;
  const auto header = list(name, [&](const SetPart& part) {
    if (part.packets.size() != part.members.size()) return;
    for (std::size_t i = 0; i < part.members.size(); ++i) {
      packets[part.members[i].address] = part.packets[i];
    }
  });
  if (!header) return header.error();
  return packets;
}

Result<std::vector<bool>> Ipset::test(const std::string& name, SetType type,
                                      const std::vector<SetMember>& members) {
  MnlBatch batch;
  for (const SetMember& member : members) addTest(batch, name, type, member);
  const auto refusals = socket_.send(batch);
  if (!refusals) return refusals.error();
  std::vector<bool> there(members.size(), true);
  for (const MnlRefusal& refusal : *refusals) {
    if (refusal.number != IPSET_ERR_EXIST) {
      return ipsetError(
          refusal.number,
          fmt::format("look for {} in set {}", host::format(type, members[refusal.message]), name));
    }
    there[refusal.message] = false;
  }
  return there;
}

// A single address also matches the prefixes around it in the set. Where there is one, only the
// whole list tells whether the address itself is a member; a prefix of another length is looked up
// as it is.
Result<Set> Ipset::readMembers(const std::string& name, SetType type,
                               const std::set<SetMember>& members) {
  const std::vector<SetMember> asked(members.begin(), members.end());
  const auto there = test(name, type, asked);
  if (!there) return there.error();
  Set set{type, {}};
  std::set<SetMember> around;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (!(*there)[i]) continue;
    set.members.push_back(asked[i]);
    if (!isLookedUpByLengths(type, asked[i])) continue;
    for (std::uint8_t length = shortestLength(type); length < 32; ++length) {
      around.insert(shortened(type, asked[i], length));
    }
  }
  const auto ambiguous = isAnyThere(name, type, around);
  if (!ambiguous) return ambiguous.error();
  if (!*ambiguous) return set;
  const auto whole = read(name);
  if (!whole) return whole.error();
  Set exact{type, {}};
  if (!*whole) return exact;
  const auto& all = (*whole)->set.members;
  std::set_intersection(asked.begin(), asked.end(), all.begin(), all.end(),
                        std::back_inserter(exact.members));
  return exact;
}

Result<bool> Ipset::isAnyThere(const std::string& name, SetType type,
                               const std::set<SetMember>& prefixes) {
  // A test takes three times as long as to list a member, and as a hundred to count.
  constexpr std::size_t kTests = 3;
  constexpr std::size_t kCounted = 100;
  if (prefixes.size() > kCounted) {
    const auto elements = count(name);
    if (!elements) return elements.error();
    if (prefixes.size() * kTests > *elements) return true;
  }
  const auto there = test(name, type, std::vector<SetMember>(prefixes.begin(), prefixes.end()));
  if (!there) return there.error();
  return std::find(there->begin(), there->end(), true) != there->end();
}

Result<void> Ipset::look(const host::Scope& scope, host::HostState& into) {
  std::vector<std::string> whole(scope.sets.begin(), scope.sets.end());
  if (scope.everything) {
    auto all = names();
    if (!all) return all.error();
    whole = std::move(*all);
  }
  for (const std::string& name : whole) {
    auto set = read(name);
    if (!set) return set.error();
    if (!*set) continue;
    into.sets[name] = std::move((*set)->set);
    if ((*set)->foreign) into.foreign.sets.insert(name);
  }
  if (scope.everything) return {};
  for (const auto& [name, members] : scope.members) {
    if (scope.sets.contains(name)) continue;
    const auto kind = kindOf(name);
    if (!kind) return kind.error();
    if (!*kind) continue;
    const auto type = (*kind)->type;
    if (!type) {
      into.sets[name] = {};
      into.foreign.sets.insert(name);
      continue;
    }
    auto set = readMembers(name, *type, members);
    if (!set) return set.error();
    into.sets[name] = std::move(*set);
  }
  return {};
}

}  // namespace netctl::kernel
