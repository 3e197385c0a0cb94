#pragma once

#include "modes/host/host_state.h"
#include "netctl/kernel/netlink/mnl_socket.h"

// Before any header of the kernel: both define the same types.
#include <netinet/in.h>

#include <linux/netfilter/ipset/ip_set.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>

/// The messages of ipset's netlink protocol, version 7 (linux/netfilter/ipset/ip_set.h), for IPv4.
namespace netctl::kernel {

/// The longest name of a set.
inline constexpr std::size_t kSetNameRoom = IPSET_MAXNAMELEN - 1;

/// Begins a message about a set, or (with an empty name) about none.
nlmsghdr* beginIpset(MnlBatch& batch, ipset_cmd command, std::string_view set,
                     std::uint16_t flags = 0);

struct SetOptions {
  std::uint8_t revision = 0;
  std::uint32_t hash_size = 0;  ///< buckets; the kernel doubles it when needed, and waits each time
  std::uint32_t most = 0;       ///< members
};
void addCreate(MnlBatch& batch, std::string_view set, host::SetType type,
               const SetOptions& options);

/// IPSET_CMD_ADD or _DEL of any number of members, many per message.
void addMembers(MnlBatch& batch, ipset_cmd command, std::string_view set, host::SetType type,
                std::span<const host::SetMember> members);
/// The place among those members of the one that was refused, where the kernel says so.
std::optional<std::size_t> memberOf(const MnlRefusal& refusal);

void addTest(MnlBatch& batch, std::string_view set, host::SetType type,
             const host::SetMember& member);

/// A part of the answer to IPSET_CMD_LIST.
struct SetPart {
  std::string name;
  /// From the set's first part.
  struct Header {
    std::optional<host::SetType> type;  ///< absent: we make no such sets
    std::uint32_t elements = 0;
  };
  std::optional<Header> header;
  std::vector<host::SetMember> members;
  std::vector<std::uint64_t> packets;  ///< counted at each of them, in a HashIp; else empty
  bool foreign = false;  ///< a member has something that ours never have, like a timeout
};
/// `known` is what an earlier part said of the set. An error where the message is not as expected.
Result<SetPart> readSetPart(const nlmsghdr& message, const std::optional<SetPart::Header>& known);
/// The type in the answer to IPSET_CMD_HEADER; absent: we make no such sets.
Result<std::optional<host::SetType>> readSetType(const nlmsghdr& message);
/// The name in a part of the answer to IPSET_CMD_LIST with IPSET_FLAG_LIST_SETNAME.
Result<std::string> readSetName(const nlmsghdr& message);
/// The revisions of a type, in the answer to IPSET_CMD_TYPE.
struct Revisions {
  std::uint8_t lowest = 0;
  std::uint8_t highest = 0;
};
Result<Revisions> readRevisions(const nlmsghdr& message);

}  // namespace netctl::kernel
