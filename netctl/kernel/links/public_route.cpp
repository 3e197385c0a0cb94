#include "netctl/kernel/links/public_route.h"

#include "modes/host/names.h"
#include "netctl/kernel/netlink/answer_limit.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/fib_rules.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <functional>
#include <utility>

namespace netctl::kernel {
namespace {

std::uint32_t numberIn(nlattr* attribute) {
  return attribute == nullptr ? 0 : nla_get_u32(attribute);
}

/// All of a kind of objects; anew where they change meanwhile.
template <class Header>
Result<void> dump(RouteSocket& socket, int type, const Header& header, std::string_view what,
                  const std::function<void()>& begin, const RouteSocket::Reply& take) {
  for (int attempt = 1;; ++attempt) {
    begin();
    const auto answer = socket.request(RouteMessage(type, NLM_F_DUMP, header), take);
    if (answer.number == EAGAIN && attempt < kDumpTries) continue;
    if (!answer.ok()) return answer.error(fmt::format("cannot read the {}", what));
    return {};
  }
}

/// A route of a table as a message has it.
struct SeenRoute {
  std::uint32_t table = 0;
  std::uint8_t length = 0;
  std::uint8_t protocol = 0;
  std::set<int> devices;
  net::Ipv4Address router;
};

SeenRoute parseSeen(nlmsghdr& message) {
  const auto* header = static_cast<const rtmsg*>(nlmsg_data(&message));
  std::array<nlattr*, RTA_MAX + 1> attributes{};
  nlmsg_parse(&message, sizeof(rtmsg), attributes.data(), RTA_MAX, nullptr);
  SeenRoute route{.table = header->rtm_table,
                  .length = header->rtm_dst_len,
                  .protocol = header->rtm_protocol,
                  .devices = {},
                  .router = {}};
  if (auto* table = attributes[RTA_TABLE]; table != nullptr) route.table = nla_get_u32(table);
  if (auto* device = attributes[RTA_OIF]; device != nullptr) {
    route.devices.insert(static_cast<int>(nla_get_u32(device)));
  }
  route.router.value = ntohl(numberIn(attributes[RTA_GATEWAY]));
  if (auto* hops = attributes[RTA_MULTIPATH]; hops != nullptr) {
    int left = nla_len(hops);
    for (auto* hop = static_cast<rtnexthop*>(nla_data(hops)); RTNH_OK(hop, left);
         left -= RTNH_ALIGN(hop->rtnh_len), hop = RTNH_NEXT(hop)) {
      route.devices.insert(hop->rtnh_ifindex);
    }
  }
  return route;
}

/// Those of one table: the kernel passes the others over where it is asked strictly.
Result<void> dumpRoutes(RouteSocket& socket, std::uint32_t table,
                        const std::function<void()>& begin,
                        const std::function<void(const SeenRoute&)>& take) {
  const int on = 1;
  (void)setsockopt(socket.descriptor(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
  for (int attempt = 1;; ++attempt) {
    begin();
    rtmsg header{};
    header.rtm_family = AF_INET;
    RouteMessage question(RTM_GETROUTE, NLM_F_DUMP, header);
    question.put(RTA_TABLE, table);
    const auto answer = socket.request(std::move(question), [&](nlmsghdr& message) {
      const auto route = parseSeen(message);
      if (route.table == table) take(route);
    });
    if (answer.number == EAGAIN && attempt < kDumpTries) continue;
    // There is no such table yet.
    if (!answer.ok() && answer.number != ENOENT) return answer.error("cannot read the routes");
    return {};
  }
}

}  // namespace

Result<PublicRoutes> PublicRoutes::open(Result<RouteSocket> socket) {
  if (!socket) return socket.error();
  return PublicRoutes(std::move(*socket));
}

std::set<PublicRoutes::Rule> PublicRoutes::rulesFor(const net::Ipv4Prefix& source) {
  return {{kPublicTable, RT_TABLE_MAIN, source, true},
          {kPublicTable + 1, kPublicTable, source, false}};
}

RouteMessage PublicRoutes::ruleMessage(int type, int flags, const Rule& rule) {
  fib_rule_hdr header{};
  header.family = AF_INET;
  header.src_len = rule.source.length;
  header.table = RT_TABLE_UNSPEC;  // in the attribute, which is wider
  header.action = FR_ACT_TO_TBL;
  RouteMessage message(type, flags, header);
  message.put(FRA_SRC, htonl(rule.source.address.value));
  message.put(FRA_PRIORITY, rule.priority);
  message.put(FRA_TABLE, rule.table);
  message.put(FRA_PROTOCOL, host::kAddressProtocol);
  if (rule.without_default) message.put(FRA_SUPPRESS_PREFIXLEN, std::uint32_t{0});
  return message;
}

RouteMessage PublicRoutes::routeMessage(int type, int flags, const Route& route) {
  rtmsg header{};
  header.rtm_family = AF_INET;
  header.rtm_table = RT_TABLE_UNSPEC;
  header.rtm_protocol = host::kAddressProtocol;
  header.rtm_scope = RT_SCOPE_UNIVERSE;
  header.rtm_type = RTN_UNICAST;
  // The host's own address there may be a /32.
  header.rtm_flags = RTNH_F_ONLINK;
  RouteMessage message(type, flags, header);
  message.put(RTA_TABLE, kPublicTable);
  message.put(RTA_OIF, static_cast<std::uint32_t>(route.device));
  message.put(RTA_GATEWAY, htonl(route.router.value));
  return message;
}

PublicRoutes::Rule PublicRoutes::parseRule(nlmsghdr& message, bool& is_ours) {
  const auto* header = static_cast<const fib_rule_hdr*>(nlmsg_data(&message));
  std::array<nlattr*, FRA_MAX + 1> attributes{};
  nlmsg_parse(&message, sizeof(fib_rule_hdr), attributes.data(), FRA_MAX, nullptr);
  const auto* protocol = attributes[FRA_PROTOCOL];
  is_ours = protocol != nullptr && nla_get_u8(protocol) == host::kAddressProtocol;
  Rule rule{.priority = numberIn(attributes[FRA_PRIORITY]),
            .table = numberIn(attributes[FRA_TABLE]),
            .source = {{ntohl(numberIn(attributes[FRA_SRC]))}, header->src_len}};
  const auto* least = attributes[FRA_SUPPRESS_PREFIXLEN];
  rule.without_default = least != nullptr && nla_get_u32(least) == 0;
  return rule;
}

bool PublicRoutes::isAbout(nlmsghdr& message) {
  if (message.nlmsg_type == RTM_NEWROUTE || message.nlmsg_type == RTM_DELROUTE) {
    return parseSeen(message).table == kPublicTable;
  }
  bool is_ours = false;
  (void)parseRule(message, is_ours);
  return is_ours;
}

Result<std::set<PublicRoutes::Rule>> PublicRoutes::rules() {
  std::set<Rule> ours;
  fib_rule_hdr header{};
  header.family = AF_INET;
  auto read = dump(
      socket_, RTM_GETRULE, header, "routing rules", [&] { ours.clear(); },
      [&](nlmsghdr& message) {
        bool is_ours = false;
        const auto rule = parseRule(message, is_ours);
        if (is_ours) ours.insert(rule);
      });
  if (!read) return read.error();
  return ours;
}

Result<std::set<PublicRoutes::Route>> PublicRoutes::routes() {
  std::set<Route> found;
  auto read = dumpRoutes(
      socket_, kPublicTable, [&] { found.clear(); },
      [&](const SeenRoute& route) {
        if (route.protocol != host::kAddressProtocol) return;
        found.insert({route.devices.empty() ? 0 : *route.devices.begin(), route.router});
      });
  if (!read) return read.error();
  return found;
}

Result<void> PublicRoutes::look(const host::Scope& scope, LinkSnapshot& links,
                                host::HostState& into) {
  if (!scope.everything && !scope.public_router) return {};
  const auto rules_there = rules();
  if (!rules_there) return rules_there.error();
  const auto routes_there = routes();
  if (!routes_there) return routes_there.error();
  if (rules_there->empty() && routes_there->empty()) return {};
  if (rules_there->empty() || routes_there->size() != 1 ||
      *rules_there != rulesFor(rules_there->begin()->source)) {
    into.foreign.public_router = true;
    return {};
  }
  const auto& route = *routes_there->begin();
  auto name = links.name(socket_, route.device);
  if (!name) return name.error();
  into.public_router = {std::move(*name), route.router, rules_there->begin()->source};
  return {};
}

Result<void> PublicRoutes::apply(const host::SetPublicRouter& step) {
  const auto there = rules();
  if (!there) return there.error();
  const auto wanted = step.router ? rulesFor(step.router->source) : std::set<Rule>{};
  const auto remove = [&]() -> Result<void> {
    for (const auto& rule : *there) {
      if (wanted.contains(rule)) continue;
      const auto answer = socket_.request(ruleMessage(RTM_DELRULE, 0, rule));
      if (!answer.ok() && answer.number != ENOENT) {
        return answer.error("cannot remove a routing rule of netctl's");
      }
    }
    return {};
  };
  std::optional<Route> route;
  if (step.router) {
    const auto device = findLink(socket_, step.router->interface);
    if (!device) return device.error();
    if (!*device || (*device)->name != step.router->interface) {
      return Error{ErrorCode::Kernel, "",
                   fmt::format("cannot route by {}: there is no device {}",
                               net::format(step.router->router), step.router->interface)};
    }
    route = {(*device)->index, step.router->router};
    const auto answer =
        socket_.request(routeMessage(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, *route));
    if (!answer.ok()) {
      return answer.error(fmt::format("cannot route by {} behind {}",
                                      net::format(step.router->router), step.router->interface));
    }
  } else if (auto removed = remove(); !removed) {
    return removed;
  }
  const auto routes_there = routes();
  if (!routes_there) return routes_there.error();
  for (const auto& other : *routes_there) {
    if (other == route) continue;
    const auto answer = socket_.request(routeMessage(RTM_DELROUTE, 0, other));
    if (!answer.ok() && answer.number != ESRCH) {
      return answer.error("cannot remove a route of netctl's");
    }
  }
  for (const auto& rule : wanted) {
    if (there->contains(rule)) continue;
    const auto answer = socket_.request(ruleMessage(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule));
    if (!answer.ok() && answer.number != EEXIST) {
      return answer.error(
          fmt::format("cannot add a routing rule for {}", net::format(step.router->source)));
    }
  }
  return remove();
}

}  // namespace netctl::kernel
