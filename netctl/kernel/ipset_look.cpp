#include "modes/host/names.h"
#include "netctl/kernel/ipset.h"
#include "netctl/kernel/ipset_errors.h"
#include "netctl/kernel/ipset_messages.h"

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

Result<std::optional<Set>> Ipset::read(const std::string& name) {
  MnlBatch batch;
  beginIpset(batch, IPSET_CMD_LIST, name, NLM_F_DUMP);
  batch.end();
  std::optional<SetType> type;
  Set set;
  bool foreign = false;
  const auto refusal = socket_.dump(batch, [&](const nlmsghdr& answer) -> Result<void> {
    auto part = readSetPart(answer, type);
    if (!part) return part.error();
    if (part->header) type = part->header->type;
    foreign = foreign || part->foreign;
    set.members.insert(set.members.end(), part->members.begin(), part->members.end());
    return {};
  });
  if (!refusal) return refusal.error();
  if (*refusal && (*refusal)->number == ENOENT) return std::optional<Set>{};
  if (*refusal) return ipsetError((*refusal)->number, fmt::format("list set {}", name));
  if (!type) return noAnswer(name);
  if (foreign || *type == SetType::Other) return std::optional(Set{SetType::Other, {}});
  set.type = *type;
  std::sort(set.members.begin(), set.members.end());
  return std::optional(std::move(set));
}

Result<std::optional<Ipset::Header>> Ipset::readHeader(const std::string& name) {
  MnlBatch batch;
  nlmsghdr* message = beginIpset(batch, IPSET_CMD_LIST, name, NLM_F_DUMP);
  mnl_attr_put_u32(message, IPSET_ATTR_FLAGS | NLA_F_NET_BYTEORDER, htonl(IPSET_FLAG_LIST_HEADER));
  batch.end();
  std::optional<Header> header;
  const auto refusal = socket_.dump(batch, [&](const nlmsghdr& answer) -> Result<void> {
    const auto part = readSetPart(answer, {});
    if (!part) return part.error();
    if (part->header) header = Header{part->header->type, part->header->elements};
    return {};
  });
  if (!refusal) return refusal.error();
  if (*refusal && (*refusal)->number == ENOENT) return std::optional<Header>{};
  if (*refusal) return ipsetError((*refusal)->number, fmt::format("read the type of set {}", name));
  if (!header) return noAnswer(name);
  return header;
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
Result<Set> Ipset::readMembers(const std::string& name, const Header& header,
                               const std::set<SetMember>& members) {
  const SetType type = header.type;
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
  if (around.empty()) return set;
  // To list a member takes a third of the time of a test.
  bool listed = around.size() > header.elements / 3;
  if (!listed) {
    const std::vector<SetMember> prefixes(around.begin(), around.end());
    const auto matched = test(name, type, prefixes);
    if (!matched) return matched.error();
    listed = std::find(matched->begin(), matched->end(), true) != matched->end();
  }
  if (!listed) return set;
  const auto whole = read(name);
  if (!whole) return whole.error();
  Set exact{type, {}};
  if (!*whole) return exact;
  std::set_intersection(asked.begin(), asked.end(), (*whole)->members.begin(),
                        (*whole)->members.end(), std::back_inserter(exact.members));
  return exact;
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
    if (*set) into.sets[name] = std::move(**set);
  }
  if (scope.everything) return {};
  for (const auto& [name, members] : scope.members) {
    if (scope.sets.contains(name)) continue;
    const auto header = readHeader(name);
    if (!header) return header.error();
    if (!*header) continue;
    if ((*header)->type == SetType::Other) {
      into.sets[name] = Set{SetType::Other, {}};
      continue;
    }
    auto set = readMembers(name, **header, members);
    if (!set) return set.error();
    into.sets[name] = std::move(*set);
  }
  return {};
}

}  // namespace netctl::kernel
