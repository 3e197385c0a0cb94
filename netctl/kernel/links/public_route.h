#pragma once

#include "modes/host/host_state.h"
#include "modes/host/plan.h"
#include "netctl/kernel/links/link.h"
#include "netctl/kernel/netlink/route_socket.h"

#include <compare>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace netctl::kernel {

/// The routing table of ours, and the priority of the first of our two rules.
inline constexpr std::uint32_t kPublicTable = 28260;

/// The driver of PublicRouter. What is ours is known by the protocol number
/// host::kAddressProtocol, of routes and of rules. For packets from the instances
/// - the first rule asks the table `main`, without its default routes: what the host knows the way
///   to goes there,
/// - the second one asks our table, which has one route: the default one, by the router.
class PublicRoutes {
 public:
  static Result<PublicRoutes> open(Result<RouteSocket> socket = RouteSocket::open());

  /// Foreign where not all of it is there, or more.
  Result<void> look(const host::Scope& scope, LinkSnapshot& links, host::HostState& into);

  /// The route first, then the rules: nothing leaves by a table that is empty. The other way round
  /// when it goes. Errors: where there is no such device, or it is down.
  Result<void> apply(const host::SetPublicRouter& step);

  /// True where news of a route or of a routing rule (RTM_NEWROUTE, RTM_DELRULE, ...) is about what
  /// is ours, or about our table.
  static bool isAbout(nlmsghdr& message);

 private:
  struct Rule {
    std::uint32_t priority = 0;
    std::uint32_t table = 0;
    net::Ipv4Prefix source;
    bool without_default = false;

    auto operator<=>(const Rule&) const = default;
  };
  struct Route {
    int device = 0;
    net::Ipv4Address router;

    auto operator<=>(const Route&) const = default;
  };

  explicit PublicRoutes(RouteSocket socket) : socket_(std::move(socket)) {}
  static std::set<Rule> rulesFor(const net::Ipv4Prefix& source);
  static RouteMessage ruleMessage(int type, int flags, const Rule& rule);
  static RouteMessage routeMessage(int type, int flags, const Route& route);
  static Rule parseRule(nlmsghdr& message, bool& is_ours);
  Result<std::set<Rule>> rules();
  Result<std::set<Route>> routes();

  RouteSocket socket_;
};

}  // namespace netctl::kernel
