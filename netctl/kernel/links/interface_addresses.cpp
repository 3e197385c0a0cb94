#include "netctl/kernel/links/interface_addresses.h"

#include "modes/host/names.h"
#include "netctl/kernel/links/link.h"
#include "netctl/kernel/links/network_route.h"
#include "netctl/kernel/netlink/answer_limit.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <string>

namespace netctl::kernel {
namespace {

using host::InterfaceAddress;

constexpr net::Ipv4Prefix kLinkLocal{{0xa9fe0000U}, 16};

std::string format(const InterfaceAddress& address) {
  return fmt::format("{}/{} on {}", net::format(address.address), address.length,
                     address.interface);
}

/// The kernel chooses a source among the addresses whose scope is wide enough for where it sends
/// (inet_select_addr, net/ipv4/devinet.c): of scope host for nothing but itself.
std::uint8_t scopeOf(const InterfaceAddress& address) {
  if (!address.is_source) return RT_SCOPE_HOST;
  // Not for what goes further (RFC 3927, section 2.6).
  return kLinkLocal.contains(address.address) ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
}

RouteMessage addressMessage(int type, int flags, int index, const InterfaceAddress& address) {
  ifaddrmsg header{};
  header.ifa_family = AF_INET;
  header.ifa_prefixlen = address.length;
  header.ifa_scope = scopeOf(address);
  header.ifa_index = static_cast<unsigned>(index);
  RouteMessage message(type, flags, header);
  message.put(IFA_LOCAL, htonl(address.address.value));
  message.put(IFA_ADDRESS, htonl(address.address.value));
  return message;
}

/// True where no device that is up has any of these: a socket cannot be bound to it. The kernel
/// looks into its table of local addresses for that, whatever routing rules there are, and takes a
/// fraction of the time that it takes to list a device's addresses.
bool isNoneLocal(const std::vector<net::Ipv4Address>& addresses) {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return false;
  const bool none = std::ranges::all_of(addresses, [socket](net::Ipv4Address address) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(address.value);
    return ::bind(socket, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 &&
           errno == EADDRNOTAVAIL;
  });
  ::close(socket);
  return none;
}

}  // namespace

AssignedAddress parseAddress(nlmsghdr& message) {
  const auto* header = static_cast<const ifaddrmsg*>(nlmsg_data(&message));
  std::array<nlattr*, IFA_MAX + 1> attributes{};
  nlmsg_parse(&message, sizeof(ifaddrmsg), attributes.data(), IFA_MAX, nullptr);
  AssignedAddress address{static_cast<int>(header->ifa_index),
                          {},
                          header->ifa_prefixlen,
                          0,
                          header->ifa_scope != RT_SCOPE_HOST};
  if (auto* local = attributes[IFA_LOCAL]; local != nullptr) {
    address.address.value = ntohl(nla_get_u32(local));
  }
  if (auto* protocol = attributes[IFA_PROTO]; protocol != nullptr) {
    address.protocol = nla_get_u8(protocol);
  }
  return address;
}

Result<std::vector<AssignedAddress>> readAddresses(RouteSocket& socket, std::optional<int> index) {
  for (int attempt = 1;; ++attempt) {
    ifaddrmsg header{};
    header.ifa_family = AF_INET;
    header.ifa_index = static_cast<unsigned>(index.value_or(0));
    std::vector<AssignedAddress> addresses;
    const auto answer =
        socket.request(RouteMessage(RTM_GETADDR, NLM_F_DUMP, header),
                       [&](nlmsghdr& message) { addresses.push_back(parseAddress(message)); });
    if (answer.number == EAGAIN && attempt < kDumpTries) continue;
    if (answer.number == ENODEV && index) return std::vector<AssignedAddress>{};
    if (!answer.ok()) return answer.error("cannot read the addresses of the network devices");
    return addresses;
  }
}

bool knowsAddressAttribute(RouteSocket& socket, int attribute) {
  // A known attribute without its value is ERANGE. One that is not known is passed over, and then
  // there is no device 0 and no address in the request.
  ifaddrmsg header{};
  header.ifa_family = AF_INET;
  RouteMessage message(RTM_NEWADDR, 0, header);
  message.put(attribute, nullptr, 0);
  return socket.request(std::move(message)).number == ERANGE;
}

Result<Addresses> Addresses::open(Result<RouteSocket> socket) {
  if (!socket) return socket.error();
  if (!knowsAddressAttribute(*socket, IFA_PROTO)) {
    return Error{ErrorCode::Unsupported, "",
                 "this kernel does not keep who made an address (IFA_PROTO), so that netctl could "
                 "not tell its own from others; Linux 5.18 or later is needed"};
  }
  return Addresses(std::move(*socket));
}

Result<void> Addresses::look(const host::Scope& scope, host::HostState& into) {
  if (scope.addresses.empty() && !scope.everything) return {};
  std::map<int, std::string> names;
  std::vector<AssignedAddress> found;
  if (scope.everything) {
    auto addresses = readAddresses(socket_);
    if (!addresses) return addresses.error();
    found = std::move(*addresses);
    // Ours stand on few of the devices.
    for (const auto& each : found) {
      if (each.protocol != host::kAddressProtocol || names.contains(each.index)) continue;
      std::array<char, IF_NAMESIZE> name{};
      if (::if_indextoname(static_cast<unsigned>(each.index), name.data()) == nullptr) continue;
      names[each.index] = name.data();
    }
  } else {
    std::map<std::string, std::vector<net::Ipv4Address>> wanted;
    for (const auto& address : scope.addresses) {
      wanted[address.interface].push_back(address.address);
    }
    for (const auto& [interface, addresses_there] : wanted) {
      const auto link = findLink(socket_, interface);
      if (!link) return link.error();
      if (!*link || (*link)->name != interface) continue;
      // One that has a master may be in a VRF, with local addresses of its own.
      if ((*link)->up && (*link)->master == 0 && isNoneLocal(addresses_there)) continue;
      names[(*link)->index] = interface;
      auto addresses = readAddresses(socket_, (*link)->index);
      if (!addresses) return addresses.error();
      found.insert(found.end(), addresses->begin(), addresses->end());
    }
  }
  std::map<int, bool> up;
  for (const auto& each : found) {
    if (each.protocol != host::kAddressProtocol || !names.contains(each.index)) continue;
    const InterfaceAddress address{names[each.index], each.address, each.length, each.is_source};
    if (!scope.everything && !scope.addresses.contains(address)) continue;
    const auto lacks = lacksRoute(each, up);
    if (!lacks) return lacks.error();
    if (!*lacks) into.addresses.insert(address);
  }
  return {};
}

Result<bool> Addresses::lacksRoute(const AssignedAddress& address, std::map<int, bool>& up) {
  // A network of two addresses has nobody to be looked for (RFC 3021).
  if (address.length >= 31) return false;
  if (!up.contains(address.index)) {
    const auto link = findLink(socket_, address.index);
    if (!link) return link.error();
    // In a VRF the route is in a table of its own.
    up[address.index] = *link && (*link)->up && (*link)->master == 0;
  }
  if (!up[address.index]) return false;
  const auto there = hasNetworkRoute(socket_, {address.index, address.address, address.length});
  if (!there) return there.error();
  return !*there;
}

Result<std::optional<AssignedAddress>> Addresses::find(int index, const InterfaceAddress& address) {
  const auto addresses = readAddresses(socket_, index);
  if (!addresses) return addresses.error();
  const auto found = std::ranges::find_if(*addresses, [&](const AssignedAddress& each) {
    return each.address == address.address && each.length == address.length;
  });
  return found == addresses->end() ? std::nullopt : std::optional(*found);
}

Result<void> Addresses::apply(const host::AddAddress& step) {
  const auto& address = step.address;
  const auto link = findLink(socket_, address.interface);
  if (!link) return link.error();
  if (!*link || (*link)->name != address.interface) {
    return Error{
        ErrorCode::Kernel, "",
        fmt::format("cannot add the address {}: there is no such device", format(address))};
  }
  const int index = (*link)->index;
  auto message = addressMessage(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, index, address);
  message.put(IFA_PROTO, host::kAddressProtocol);
  if (address.length < 31) {
    const auto broadcast = net::prefixOf(address.address, address.length).last();
    message.put(IFA_BROADCAST, htonl(broadcast.value));
  }
  const auto answer = socket_.request(std::move(message));
  if (answer.ok()) return {};
  if (answer.number == EEXIST) {
    const auto there = find(index, address);
    if (!there) return there.error();
    const bool ours = *there && (*there)->protocol == host::kAddressProtocol;
    if (ours && (*there)->is_source != address.is_source) {
      // The kernel changes no scope of one that is there.
      if (auto removed = apply(host::RemoveAddress{address}); !removed) return removed;
      return apply(step);
    }
    if (ours && address.length >= 31) return {};
    if (ours) return addNetworkRoute(socket_, {index, address.address, address.length});
    return Error{ErrorCode::Conflict, "",
                 fmt::format("cannot add the address {}: it is there already and was not made by "
                             "netctl; remove it from that device, or from the configuration",
                             format(address))};
  }
  return answer.error(fmt::format("cannot add the address {}", format(address)));
}

Result<void> Addresses::apply(const host::RemoveAddress& step) {
  const auto& address = step.address;
  const auto link = findLink(socket_, address.interface);
  if (!link) return link.error();
  if (!*link || (*link)->name != address.interface) return {};
  const auto answer = socket_.request(addressMessage(RTM_DELADDR, 0, (*link)->index, address));
  if (answer.ok() || answer.number == EADDRNOTAVAIL || answer.number == ENODEV) return {};
  return answer.error(fmt::format("cannot remove the address {}", format(address)));
}

}  // namespace netctl::kernel
