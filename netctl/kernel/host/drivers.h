#pragma once

#include "modes/host/host_state.h"
#include "netctl/kernel/ipset/ipset.h"
#include "netctl/kernel/iptables/iptables.h"
#include "netctl/kernel/links/bridge_ports.h"
#include "netctl/kernel/links/forwarding.h"
#include "netctl/kernel/links/ingress_redirects.h"
#include "netctl/kernel/links/interface_addresses.h"
#include "netctl/kernel/links/link.h"
#include "netctl/kernel/links/public_route.h"
#include "netctl/kernel/links/segments.h"
#include "netctl/kernel/nft/bridge_guards.h"
#include "netctl/kernel/nft/dhcp_checksums.h"
#include "netctl/kernel/nft/elastic_nat.h"

#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace netctl::kernel {

template <class Driver, class Step>
concept AppliesStep = requires(Driver& driver, const Step& step) {
  driver.apply(step);
};

/// What the drivers of one thread talk to the kernel by. There are few descriptors where somebody
/// has left netctld few (RLIMIT_NOFILE), so drivers have none of their own where they can share.
struct DriverSockets {
  RouteSocket route;
  MnlSocket netfilter;
  std::shared_ptr<NftProcess> nft;  ///< which the first that writes starts

  static Result<DriverSockets> open() {
    auto route = RouteSocket::open();
    if (!route) return route.error();
    auto netfilter = MnlSocket::open(NETLINK_NETFILTER);
    if (!netfilter) return netfilter.error();
    return DriverSockets{*std::move(route), *std::move(netfilter), std::make_shared<NftProcess>()};
  }
};

/// The drivers of one thread's part of the host. Each has `open()`, which takes the socket that it
/// needs, a look that adds its part of a scope to a state, `look(scope, into)` or
/// `look(scope, links, into)`, and `apply(step)` for each of its steps.
template <class... Each>
class DriverGroup {
 public:
  static Result<DriverGroup> open(const Result<DriverSockets>& sockets = DriverSockets::open()) {
    if (!sockets) return sockets.error();
    std::tuple<Result<Each>...> opened{openOne<Each>(*sockets)...};
    std::optional<Error> error;
    const auto note = [&](const auto& driver) {
      if (!driver && !error) error = driver.error();
    };
    std::apply([&](const auto&... driver) { (note(driver), ...); }, opened);
    if (error) return *error;
    return std::apply(
        [](auto&... driver) { return DriverGroup(std::tuple<Each...>(std::move(*driver)...)); },
        opened);
  }

  Result<void> look(const host::Scope& scope, LinkSnapshot& links, host::HostState& into) {
    Result<void> looked = {};
    const auto look = [&](auto& driver) {
      if constexpr (requires { driver.look(scope, links, into); }) {
        looked = driver.look(scope, links, into);
      } else {
        looked = driver.look(scope, into);
      }
      return looked.has_value();
    };
    std::apply([&](auto&... driver) { return (look(driver) && ...); }, drivers_);
    return looked;
  }

  /// True where a driver of the group carries out such steps.
  template <class Step>
  static constexpr bool kApplies = (AppliesStep<Each, Step> || ...);

  template <class Step>
  Result<void> apply(const Step& step) {
    Result<void> applied = {};
    const auto apply = [&](auto& driver) {
      if constexpr (AppliesStep<std::remove_reference_t<decltype(driver)>, Step>) {
        applied = driver.apply(step);
      }
    };
    std::apply([&](auto&... driver) { (apply(driver), ...); }, drivers_);
    return applied;
  }

  template <class Driver>
  Driver& get() {
    return std::get<Driver>(drivers_);
  }

 private:
  template <class Driver>
  static Result<Driver> openOne(const DriverSockets& sockets) {
    if constexpr (requires { Driver::open(sockets.route); }) {
      return Driver::open(sockets.route);
    } else if constexpr (requires { Driver::open(sockets.netfilter, sockets.nft); }) {
      return Driver::open(sockets.netfilter, sockets.nft);
    } else if constexpr (requires { Driver::open(sockets.netfilter); }) {
      return Driver::open(sockets.netfilter);
    } else {
      return Driver::open();
    }
  }

  explicit DriverGroup(std::tuple<Each...> drivers) : drivers_(std::move(drivers)) {}

  std::tuple<Each...> drivers_;
};

/// A new kind's driver has its place in one of these, and nowhere else. A look at everything takes
/// a thread for each, in which the drivers look one after the other.
using LinkDrivers = DriverGroup<Ipset, Ports, Segments, IngressRedirects, PublicRoutes, Forwarding>;
using RuleDrivers = DriverGroup<BridgeGuards, Addresses, ElasticNat, Iptables>;
using DhcpDrivers = DriverGroup<DhcpChecksums>;

}  // namespace netctl::kernel
