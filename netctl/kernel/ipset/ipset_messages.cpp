#include "netctl/kernel/ipset/ipset_messages.h"

#include "netctl/kernel/netlink/netlink_attributes.h"

#include <endian.h>
#include <fmt/format.h>
#include <linux/netfilter/nfnetlink.h>

#include <algorithm>
#include <initializer_list>

namespace netctl::kernel {
namespace {

using host::SetMember;
using host::SetType;

// A nested attribute takes 65535 bytes at most; one member less than 100.
constexpr std::size_t kMessageFull = 60000;

constexpr std::uint64_t bits(std::initializer_list<int> types) {
  std::uint64_t mask = 0;
  for (const int type : types) mask |= std::uint64_t{1} << static_cast<unsigned>(type);
  return mask;
}

// Which attributes a member of a type has: exactly these.
std::uint64_t memberAttributes(SetType type) {
  switch (type) {
    case SetType::HashIp:
      return bits({IPSET_ATTR_IP});
    case SetType::HashNet:
      return bits({IPSET_ATTR_IP, IPSET_ATTR_CIDR});
    case SetType::HashNetIface:
      return bits({IPSET_ATTR_IP, IPSET_ATTR_CIDR, IPSET_ATTR_IFACE});
    case SetType::HashIpPort:
      return bits({IPSET_ATTR_IP, IPSET_ATTR_PORT, IPSET_ATTR_PROTO});
    case SetType::HashIpPortNet:
      return bits(
          {IPSET_ATTR_IP, IPSET_ATTR_PORT, IPSET_ATTR_PROTO, IPSET_ATTR_IP2, IPSET_ATTR_CIDR2});
  }
  return 0;
}

bool hasCounters(SetType type) {
  return type == SetType::HashIp;
}

std::uint32_t flagsOf(SetType type) {
  return hasCounters(type) ? IPSET_FLAG_WITH_COUNTERS : 0;
}

bool contains(std::uint64_t attributes, int type) {
  return (attributes & bits({type})) != 0;
}

void putAddress(nlmsghdr* message, std::uint16_t type, net::Ipv4Address address) {
  nlattr* nest = mnl_attr_nest_start(message, type);
  mnl_attr_put_u32(message, IPSET_ATTR_IPADDR_IPV4 | NLA_F_NET_BYTEORDER, htonl(address.value));
  mnl_attr_nest_end(message, nest);
}

// `line` comes back where the kernel refuses the member; 0 is none.
void putMember(nlmsghdr* message, SetType type, const SetMember& member, std::uint32_t line) {
  const std::uint64_t attributes = memberAttributes(type);
  nlattr* nest = mnl_attr_nest_start(message, IPSET_ATTR_DATA);
  putAddress(message, IPSET_ATTR_IP, member.address);
  if (contains(attributes, IPSET_ATTR_CIDR)) {
    mnl_attr_put_u8(message, IPSET_ATTR_CIDR, member.length);
  }
  if (contains(attributes, IPSET_ATTR_PORT)) {
    mnl_attr_put_u16(message, IPSET_ATTR_PORT | NLA_F_NET_BYTEORDER, htons(member.port));
    mnl_attr_put_u8(message, IPSET_ATTR_PROTO, member.protocol);
  }
  if (contains(attributes, IPSET_ATTR_IP2)) putAddress(message, IPSET_ATTR_IP2, member.address2);
  if (contains(attributes, IPSET_ATTR_CIDR2)) {
    mnl_attr_put_u8(message, IPSET_ATTR_CIDR2, member.length2);
  }
  if (contains(attributes, IPSET_ATTR_IFACE)) {
    mnl_attr_put_strz(message, IPSET_ATTR_IFACE, member.interface.data());
  }
  if (line != 0) mnl_attr_put_u32(message, IPSET_ATTR_LINENO, line);
  mnl_attr_nest_end(message, nest);
}

Error unexpected(std::string_view what) {
  return {ErrorCode::Kernel, "IpsetReply",
          fmt::format("the kernel's answer about an ipset has {}", what)};
}

std::optional<net::Ipv4Address> addressIn(const NetlinkAttributes& attributes, std::uint16_t type) {
  if (!attributes.has(type)) return std::nullopt;
  const auto value =
      NetlinkAttributes::ofNest(attributes.get(type)).value<std::uint32_t>(IPSET_ATTR_IPADDR_IPV4);
  if (!value) return std::nullopt;
  return net::Ipv4Address{ntohl(*value)};
}

// Takes a value over; false where it is not there.
template <class T>
bool assign(T& to, const std::optional<T>& value) {
  if (value) to = *value;
  return value.has_value();
}

bool assignInterface(std::array<char, 16>& to, const std::optional<std::string>& name) {
  if (!name || name->empty() || name->size() >= to.size()) return false;
  std::copy(name->begin(), name->end(), to.begin());
  return true;
}

// Adds the member to the part.
Result<void> readMember(const nlattr* nest, SetType type, SetPart& part) {
  const auto attributes = NetlinkAttributes::ofNest(nest);
  const std::uint64_t expected = memberAttributes(type);
  const std::uint64_t counters =
      hasCounters(type) ? bits({IPSET_ATTR_PACKETS, IPSET_ATTR_BYTES}) : 0;
  if (!attributes.onlyOf(expected | counters)) {
    part.foreign = true;
    return {};
  }
  SetMember member;
  bool complete = assign(member.address, addressIn(attributes, IPSET_ATTR_IP));
  const auto read = [&](int attribute, const auto& take) {
    if (contains(expected, attribute)) complete = take() && complete;
  };
  read(IPSET_ATTR_CIDR,
       [&] { return assign(member.length, attributes.value<std::uint8_t>(IPSET_ATTR_CIDR)); });
  read(IPSET_ATTR_PORT, [&] {
    const bool found = assign(member.port, attributes.value<std::uint16_t>(IPSET_ATTR_PORT));
    member.port = ntohs(member.port);
    return found;
  });
  read(IPSET_ATTR_PROTO,
       [&] { return assign(member.protocol, attributes.value<std::uint8_t>(IPSET_ATTR_PROTO)); });
  read(IPSET_ATTR_IP2,
       [&] { return assign(member.address2, addressIn(attributes, IPSET_ATTR_IP2)); });
  read(IPSET_ATTR_CIDR2,
       [&] { return assign(member.length2, attributes.value<std::uint8_t>(IPSET_ATTR_CIDR2)); });
  read(IPSET_ATTR_IFACE,
       [&] { return assignInterface(member.interface, attributes.text(IPSET_ATTR_IFACE)); });
  if (!complete) return unexpected("a member without its address, port or interface");
  part.members.push_back(member);
  if (const auto packets = attributes.value<std::uint64_t>(IPSET_ATTR_PACKETS)) {
    part.packets.push_back(be64toh(*packets));
  }
  return {};
}

std::optional<SetType> typeNamed(std::string_view name) {
  for (const auto type : {SetType::HashIp, SetType::HashNet, SetType::HashNetIface,
                          SetType::HashIpPort, SetType::HashIpPortNet}) {
    if (host::format(type) == name) return type;
  }
  return {};
}

Result<std::optional<SetType>> readType(const NetlinkAttributes& attributes) {
  const auto type = attributes.text(IPSET_ATTR_TYPENAME);
  const auto family = attributes.value<std::uint8_t>(IPSET_ATTR_FAMILY);
  if (!type || !family) return unexpected("no type of the set");
  return *family == AF_INET ? typeNamed(*type) : std::nullopt;
}

Result<SetPart::Header> readHeader(const NetlinkAttributes& attributes) {
  const auto type = readType(attributes);
  if (!type) return type.error();
  if (!attributes.has(IPSET_ATTR_DATA)) return unexpected("no options of the set");
  const auto data = NetlinkAttributes::ofNest(attributes.get(IPSET_ATTR_DATA));
  const auto elements = data.value<std::uint32_t>(IPSET_ATTR_ELEMENTS);
  SetPart::Header header{*type, ntohl(elements.value_or(0))};
  if (!header.type) return header;
  if (!elements) return unexpected("no number of members");
  // What is not among these (a timeout, a netmask) makes another set of it than we make.
  constexpr std::uint64_t kExpected =
      bits({IPSET_ATTR_HASHSIZE, IPSET_ATTR_MAXELEM, IPSET_ATTR_INITVAL, IPSET_ATTR_BUCKETSIZE,
            IPSET_ATTR_REFERENCES, IPSET_ATTR_MEMSIZE, IPSET_ATTR_ELEMENTS});
  const auto flags = ntohl(data.value<std::uint32_t>(IPSET_ATTR_CADT_FLAGS).value_or(0));
  const bool is_ours =
      data.onlyOf(kExpected | bits({IPSET_ATTR_CADT_FLAGS})) && flags == flagsOf(*header.type);
  if (!is_ours) header.type.reset();
  return header;
}

}  // namespace

nlmsghdr* beginIpset(MnlBatch& batch, ipset_cmd command, std::string_view set,
                     std::uint16_t flags) {
  nlmsghdr* message =
      batch.begin(static_cast<std::uint16_t>(NFNL_SUBSYS_IPSET << 8 | command), flags);
  auto* header = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(nfgenmsg)));
  header->nfgen_family = AF_INET;
  header->version = NFNETLINK_V0;
  mnl_attr_put_u8(message, IPSET_ATTR_PROTOCOL, IPSET_PROTOCOL);
  if (!set.empty()) mnl_attr_put_strz(message, IPSET_ATTR_SETNAME, std::string(set).c_str());
  return message;
}

void addCreate(MnlBatch& batch, std::string_view set, SetType type, const SetOptions& options) {
  nlmsghdr* message = beginIpset(batch, IPSET_CMD_CREATE, set, NLM_F_CREATE | NLM_F_EXCL);
  mnl_attr_put_strz(message, IPSET_ATTR_TYPENAME, std::string(host::format(type)).c_str());
  mnl_attr_put_u8(message, IPSET_ATTR_REVISION, options.revision);
  mnl_attr_put_u8(message, IPSET_ATTR_FAMILY, AF_INET);
  nlattr* nest = mnl_attr_nest_start(message, IPSET_ATTR_DATA);
  mnl_attr_put_u32(message, IPSET_ATTR_HASHSIZE | NLA_F_NET_BYTEORDER, htonl(options.hash_size));
  mnl_attr_put_u32(message, IPSET_ATTR_MAXELEM | NLA_F_NET_BYTEORDER, htonl(options.most));
  if (const auto set_flags = flagsOf(type); set_flags != 0) {
    mnl_attr_put_u32(message, IPSET_ATTR_CADT_FLAGS | NLA_F_NET_BYTEORDER, htonl(set_flags));
  }
  mnl_attr_nest_end(message, nest);
  batch.end();
}

void addMembers(MnlBatch& batch, ipset_cmd command, std::string_view set, SetType type,
                std::span<const SetMember> members) {
  for (std::size_t i = 0; i < members.size();) {
    nlmsghdr* message = beginIpset(batch, command, set);
    mnl_attr_put_u32(message, IPSET_ATTR_LINENO, 0);
    nlattr* nest = mnl_attr_nest_start(message, IPSET_ATTR_ADT);
    for (; i < members.size() && message->nlmsg_len < kMessageFull; ++i) {
      putMember(message, type, members[i], static_cast<std::uint32_t>(i + 1));
    }
    mnl_attr_nest_end(message, nest);
    batch.end();
  }
}

std::optional<std::size_t> memberOf(const MnlRefusal& refusal) {
  if (refusal.request.size() < sizeof(nlmsghdr)) return std::nullopt;
  const auto& message = *reinterpret_cast<const nlmsghdr*>(refusal.request.data());
  if (!mnl_nlmsg_ok(&message, static_cast<int>(refusal.request.size()))) return std::nullopt;
  // The kernel writes the member's line over that of the message.
  const auto line = NetlinkAttributes::ofMessage(message, sizeof(nfgenmsg))
                        .value<std::uint32_t>(IPSET_ATTR_LINENO);
  if (line.value_or(0) == 0) return std::nullopt;
  return *line - 1;
}

void addTest(MnlBatch& batch, std::string_view set, SetType type, const SetMember& member) {
  putMember(beginIpset(batch, IPSET_CMD_TEST, set), type, member, 0);
  batch.end();
}

Result<SetPart> readSetPart(const nlmsghdr& message, const std::optional<SetPart::Header>& known) {
  const auto attributes = NetlinkAttributes::ofMessage(message, sizeof(nfgenmsg));
  const auto name = attributes.text(IPSET_ATTR_SETNAME);
  if (!name) return unexpected("no name of the set");
  SetPart part{*name, known, {}, {}, false};
  if (attributes.has(IPSET_ATTR_TYPENAME)) {
    const auto header = readHeader(attributes);
    if (!header) return header.error();
    part.header = *header;
  }
  if (!part.header) return unexpected("members of a set before its type");
  const auto type = part.header->type;
  if (!type || !attributes.has(IPSET_ATTR_ADT)) return part;
  const nlattr* list = attributes.get(IPSET_ATTR_ADT);
  const auto* end =
      static_cast<const char*>(mnl_attr_get_payload(list)) + mnl_attr_get_payload_len(list);
  const auto* member = static_cast<const nlattr*>(mnl_attr_get_payload(list));
  for (; mnl_attr_ok(member, static_cast<int>(end - reinterpret_cast<const char*>(member)));
       member = mnl_attr_next(member)) {
    if (mnl_attr_get_type(member) != IPSET_ATTR_DATA) {
      return unexpected("a member of no known form");
    }
    if (auto read = readMember(member, *type, part); !read) return read.error();
  }
  return part;
}

Result<std::optional<SetType>> readSetType(const nlmsghdr& message) {
  return readType(NetlinkAttributes::ofMessage(message, sizeof(nfgenmsg)));
}

Result<std::string> readSetName(const nlmsghdr& message) {
  const auto name =
      NetlinkAttributes::ofMessage(message, sizeof(nfgenmsg)).text(IPSET_ATTR_SETNAME);
  if (!name) return unexpected("no name of the set");
  return *name;
}

Result<Revisions> readRevisions(const nlmsghdr& message) {
  const auto attributes = NetlinkAttributes::ofMessage(message, sizeof(nfgenmsg));
  const auto highest = attributes.value<std::uint8_t>(IPSET_ATTR_REVISION);
  const auto lowest = attributes.value<std::uint8_t>(IPSET_ATTR_REVISION_MIN);
  if (!highest || !lowest) return unexpected("no revisions of a type");
  return Revisions{*lowest, *highest};
}

}  // namespace netctl::kernel
