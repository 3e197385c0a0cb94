#include "netctl/kernel/ipset/ipset.h"

#include "modes/host/names.h"
#include "netctl/kernel/ipset/ipset_errors.h"
#include "netctl/kernel/ipset/ipset_messages.h"

#include <fmt/format.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <bit>
#include <cerrno>

namespace netctl::kernel {
namespace {

using host::Set;
using host::SetMember;
using host::SetType;

// The sets cost what they hold; the kernel's own limit of 65536 members is too low.
constexpr std::uint32_t kMostMembers = 4194304;

// Buckets to begin with. The kernel doubles them when one is full (12 members), and waits each time
// for all readers.
std::uint32_t hashSize(const Set& set) {
  constexpr std::uint32_t kSmall = 64;
  // All permissions of a cloud are in these: room for about 50,000.
  constexpr std::uint32_t kLarge = 16384;
  constexpr std::size_t kLargest = 1U << 20U;
  const auto expected = std::bit_ceil(std::min(set.members.size() / 2, kLargest));
  const bool large = set.type == SetType::HashIpPort || set.type == SetType::HashIpPortNet;
  const std::uint32_t least = large ? kLarge : kSmall;
  return std::max(least, static_cast<std::uint32_t>(expected));
}

// The newest revision that ipset(8) of Debian 12 can list; our members are the same in all.
std::uint8_t newestKnownRevision(SetType type) {
  switch (type) {
    case SetType::HashIp:
      return 6;
    case SetType::HashNet:
    case SetType::HashIpPort:
      return 7;
    case SetType::HashNetIface:
    case SetType::HashIpPortNet:
      return 8;
  }
  return 0;
}

// No message may reach what belongs to others, whoever made the step.
Result<void> checkName(const std::string& name) {
  if (name.starts_with(host::kSetPrefix) && name.size() <= kSetNameRoom) return {};
  return Error{
      ErrorCode::Internal, "NotOurs",
      fmt::format("set {} is not one of ours (nc_..., at most {} characters)", name, kSetNameRoom)};
}

}  // namespace

Result<Ipset> Ipset::open(Result<MnlSocket> socket) {
  if (!socket) return socket.error();
  return Ipset(std::move(*socket));
}

Result<int> Ipset::run(MnlBatch& batch) {
  const auto refusals = socket_.send(batch);
  if (!refusals) return refusals.error();
  return refusals->empty() ? 0 : refusals->front().number;
}

Result<int> Ipset::destroy(const std::string& name) {
  MnlBatch batch;
  beginIpset(batch, IPSET_CMD_DESTROY, name);
  batch.end();
  return run(batch);
}

Result<std::uint8_t> Ipset::revision(SetType type) {
  if (const auto found = revisions_.find(type); found != revisions_.end()) return found->second;
  const std::string name(host::format(type));
  MnlBatch batch;
  nlmsghdr* message = beginIpset(batch, IPSET_CMD_TYPE, {});
  mnl_attr_put_strz(message, IPSET_ATTR_TYPENAME, name.c_str());
  mnl_attr_put_u8(message, IPSET_ATTR_FAMILY, AF_INET);
  batch.end();
  Revisions revisions;
  const auto refusals = socket_.send(batch, [&](const nlmsghdr& answer) -> Result<void> {
    const auto read = readRevisions(answer);
    if (!read) return read.error();
    revisions = *read;
    return {};
  });
  if (!refusals) return refusals.error();
  if (!refusals->empty()) {
    return ipsetError(refusals->front().number, fmt::format("ask for the type {}", name));
  }
  const std::uint8_t known = newestKnownRevision(type);
  return revisions_[type] = std::max(revisions.lowest, std::min(revisions.highest, known));
}

Result<void> Ipset::change(bool add, const std::string& name, SetType type,
                           const std::vector<SetMember>& members) {
  MnlBatch batch;
  addMembers(batch, add ? IPSET_CMD_ADD : IPSET_CMD_DEL, name, type, members);
  const auto refusals = socket_.send(batch);
  if (!refusals) return refusals.error();
  if (refusals->empty()) return {};
  const MnlRefusal& refusal = refusals->front();
  const auto place = memberOf(refusal);
  const std::string member =
      place && *place < members.size() ? host::format(type, members[*place]) : "members";
  return ipsetError(refusal.number, fmt::format("{} {} {} set {}", add ? "add" : "remove", member,
                                                add ? "to" : "from", name));
}

Result<void> Ipset::make(const std::string& name, const Set& set) {
  const auto revision = this->revision(set.type);
  if (!revision) return revision.error();
  MnlBatch batch;
  addCreate(batch, name, set.type, {*revision, hashSize(set), kMostMembers});
  const auto created = run(batch);
  if (!created) return created.error();
  if (*created != 0) return ipsetError(*created, fmt::format("create set {}", name));
  auto filled = change(true, name, set.type, set.members);
  // Half a set is worse than an error.
  if (!filled) (void)destroy(name);
  return filled;
}

Result<void> Ipset::replace(const std::string& name, const Set& set) {
  const std::string temporary(kTemporary);
  if (auto removed = destroy(temporary); !removed) return removed.error();
  if (auto made = make(temporary, set); !made) return made;
  const auto two_names = [&](ipset_cmd command) {
    MnlBatch batch;
    nlmsghdr* message = beginIpset(batch, command, temporary);
    mnl_attr_put_strz(message, IPSET_ATTR_SETNAME2, name.c_str());
    batch.end();
    return run(batch);
  };
  auto number = two_names(IPSET_CMD_SWAP);
  if (number && *number == IPSET_ERR_TYPE_MISMATCH) {
    // Rules name a set by its number, which a swap keeps and a set of another kind cannot take
    // over.
    number = destroy(name);
    if (number && *number == 0) number = two_names(IPSET_CMD_RENAME);
  }
  if (number && *number == 0) {
    // After a rename it is not there.
    (void)destroy(temporary);
    return {};
  }
  (void)destroy(temporary);
  if (!number) return number.error();
  return ipsetError(*number, fmt::format("replace set {}, which is not a {} of ours", name,
                                         host::format(set.type)));
}

Result<void> Ipset::apply(const host::CreateSet& step) {
  if (auto ours = checkName(step.name); !ours) return ours;
  const auto there = kindOf(step.name);
  if (!there) return there.error();
  return *there ? replace(step.name, step.set) : make(step.name, step.set);
}

Result<void> Ipset::apply(const host::DestroySet& step) {
  if (auto ours = checkName(step.name); !ours) return ours;
  const auto number = destroy(step.name);
  if (!number) return number.error();
  if (*number == 0 || *number == ENOENT) return {};
  return ipsetError(*number, fmt::format("destroy set {}", step.name));
}

Result<void> Ipset::apply(const host::AddMembers& step) {
  if (auto ours = checkName(step.set); !ours) return ours;
  return change(true, step.set, step.type, step.members);
}

Result<void> Ipset::apply(const host::RemoveMembers& step) {
  if (auto ours = checkName(step.set); !ours) return ours;
  return change(false, step.set, step.type, step.members);
}

}  // namespace netctl::kernel
