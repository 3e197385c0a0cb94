#include "netctl/kernel/links/routes.h"

#include "netctl/kernel/netlink/answer_limit.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace netctl::kernel {
namespace {

std::optional<net::Ipv4Address> addressIn(nlattr* attribute) {
  if (attribute == nullptr) return {};
  return net::Ipv4Address{ntohl(nla_get_u32(attribute))};
}

/// rtnetlink(7), "RTM_GETROUTE".
Route parseRoute(nlmsghdr& message) {
  const auto* header = static_cast<const rtmsg*>(nlmsg_data(&message));
  std::array<nlattr*, RTA_MAX + 1> attributes{};
  nlmsg_parse(&message, sizeof(rtmsg), attributes.data(), RTA_MAX, nullptr);
  Route route;
  route.prefix = net::prefixOf(addressIn(attributes[RTA_DST]).value_or(net::Ipv4Address{}),
                               header->rtm_dst_len);
  route.table =
      attributes[RTA_TABLE] != nullptr ? nla_get_u32(attributes[RTA_TABLE]) : header->rtm_table;
  if (attributes[RTA_OIF] != nullptr) {
    route.index = static_cast<int>(nla_get_u32(attributes[RTA_OIF]));
  }
  if (attributes[RTA_PRIORITY] != nullptr) route.metric = nla_get_u32(attributes[RTA_PRIORITY]);
  route.gateway = addressIn(attributes[RTA_GATEWAY]);
  route.source = addressIn(attributes[RTA_PREFSRC]);
  auto* hops = attributes[RTA_MULTIPATH];
  if (hops != nullptr && nla_len(hops) >= static_cast<int>(sizeof(rtnexthop))) {
    route.index = static_cast<const rtnexthop*>(nla_data(hops))->rtnh_ifindex;
  }
  return route;
}

/// Broadcasts, and the host's own addresses, have routes in the local table.
bool leadsAway(nlmsghdr& message) {
  const auto* header = static_cast<const rtmsg*>(nlmsg_data(&message));
  return message.nlmsg_type == RTM_NEWROUTE && header->rtm_family == AF_INET &&
         header->rtm_table != RT_TABLE_LOCAL && (header->rtm_flags & RTM_F_CLONED) == 0;
}

}  // namespace

Result<std::vector<Route>> readRoutes(RouteSocket& socket) {
  for (int attempt = 1;; ++attempt) {
    rtmsg header{};
    header.rtm_family = AF_INET;
    std::vector<Route> routes;
    const auto answer =
        socket.request(RouteMessage(RTM_GETROUTE, NLM_F_DUMP, header), [&](nlmsghdr& message) {
          if (leadsAway(message)) routes.push_back(parseRoute(message));
        });
    if (answer.number == EAGAIN && attempt < kDumpTries) continue;
    if (!answer.ok()) return answer.error("cannot read the routes");
    return routes;
  }
}

}  // namespace netctl::kernel
