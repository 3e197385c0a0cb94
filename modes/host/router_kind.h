#pragma once

#include "modes/host/kind.h"
#include "modes/net/address.h"

#include <optional>
#include <string>

namespace netctl::host {

/// The way of what instances send beyond this host's own routes: a routing table of ours, and the
/// rules that lead to it.
struct PublicRouter {
  std::string interface;
  net::Ipv4Address router;  ///< behind that interface, whether an address's network has it or not
  net::Ipv4Prefix source;   ///< of instances

  auto operator<=>(const PublicRouter&) const = default;
};

struct SetPublicRouter {
  std::optional<PublicRouter> router;  ///< absent: the host's default route is theirs, too
  bool operator==(const SetPublicRouter&) const = default;
};

struct PublicRouterKind {
  using Made = StepTypes<SetPublicRouter>;
  static auto& objects(auto& state) { return state.public_router; }
  static auto& names(auto& scope) { return scope.public_router; }

  /// Before public addresses come, by whose router the answers are to leave.
  static void plan(auto& steps, const Change<PublicRouter>& change) {
    steps.add({Phase::AddSegments, 2}, SetPublicRouter{entryChange(change).after});
  }
  static void touched(const SetPublicRouter&, bool& named) { named = true; }
  static void carryOut(const SetPublicRouter& step, std::optional<PublicRouter>& router) {
    router = step.router;
  }
  static Bearing bearing(const SetPublicRouter&) { return {}; }
  static void describe(const SetPublicRouter& step, Lines& lines) {
    if (step.router) {
      lines.add("change", "public router",
                net::format(step.router->router) + " by " + step.router->interface);
    } else {
      lines.add("remove", "public router");
    }
  }
};

}  // namespace netctl::host
