#include "netctl/kernel/links/network_route.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace netctl::kernel {
namespace {

rtmsg header(std::uint8_t length) {
  rtmsg header{};
  header.rtm_family = AF_INET;
  header.rtm_dst_len = length;
  return header;
}

net::Ipv4Address sourceIn(nlattr* attribute) {
  return {attribute == nullptr ? 0 : ntohl(nla_get_u32(attribute))};
}

/// Somebody else in the network: one of its last addresses, which are nobody's or an instance's.
net::Ipv4Address otherIn(const NetworkRoute& route) {
  const auto last = net::prefixOf(route.address, route.length).last().value;
  return {last - 1 == route.address.value ? last - 2 : last - 1};
}

}  // namespace

std::optional<NetworkRoute> parseNetworkRoute(nlmsghdr& message) {
  const auto* header = static_cast<const rtmsg*>(nlmsg_data(&message));
  if (header->rtm_family != AF_INET || header->rtm_protocol != RTPROT_KERNEL ||
      header->rtm_type != RTN_UNICAST) {
    return {};
  }
  std::array<nlattr*, RTA_MAX + 1> attributes{};
  nlmsg_parse(&message, sizeof(rtmsg), attributes.data(), RTA_MAX, nullptr);
  if (attributes[RTA_OIF] == nullptr || attributes[RTA_PREFSRC] == nullptr) return {};
  return NetworkRoute{static_cast<int>(nla_get_u32(attributes[RTA_OIF])),
                      sourceIn(attributes[RTA_PREFSRC]), header->rtm_dst_len};
}

Result<bool> hasNetworkRoute(RouteSocket& socket, const NetworkRoute& route) {
  auto question = header(32);
  // The route itself and not what a packet would be told.
  question.rtm_flags = RTM_F_FIB_MATCH;
  RouteMessage message(RTM_GETROUTE, 0, question);
  message.put(RTA_DST, htonl(otherIn(route).value));
  bool there = false;
  const auto answer = socket.request(std::move(message), [&](nlmsghdr& found) {
    const auto* header = static_cast<const rtmsg*>(nlmsg_data(&found));
    std::array<nlattr*, RTA_MAX + 1> attributes{};
    nlmsg_parse(&found, sizeof(rtmsg), attributes.data(), RTA_MAX, nullptr);
    auto* device = attributes[RTA_OIF];
    there = header->rtm_dst_len > route.length ||
            (header->rtm_dst_len == route.length && device != nullptr &&
             static_cast<int>(nla_get_u32(device)) == route.index);
  });
  // What an unreachable network is answered with.
  if (answer.ok() || answer.number == ENETUNREACH || answer.number == EHOSTUNREACH ||
      answer.number == EACCES || answer.number == EINVAL) {
    return there;
  }
  return answer.error(
      fmt::format("cannot look for the route to the network of {}", net::format(route.address)));
}

Result<void> addNetworkRoute(RouteSocket& socket, const NetworkRoute& route) {
  const auto network = net::prefixOf(route.address, route.length);
  auto wanted = header(route.length);
  wanted.rtm_table = RT_TABLE_MAIN;
  wanted.rtm_protocol = RTPROT_KERNEL;
  wanted.rtm_scope = RT_SCOPE_LINK;
  wanted.rtm_type = RTN_UNICAST;
  RouteMessage message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, wanted);
  message.put(RTA_DST, htonl(network.address.value));
  message.put(RTA_OIF, static_cast<std::uint32_t>(route.index));
  message.put(RTA_PREFSRC, htonl(route.address.value));
  const auto answer = socket.request(std::move(message));
  if (answer.ok() || answer.number == EEXIST) return {};
  return answer.error(
      fmt::format("cannot add the route to the network of {}", net::format(route.address)));
}

}  // namespace netctl::kernel
