#include "netctl/kernel/host/local_host.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>
#include <variant>

namespace netctl::kernel {
namespace {

using host::FailedStep;
using host::Phase;
using host::Step;

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

/// Steps that let something in.
bool opens(const Step& step) {
  return step.phase == Phase::OpenPorts || step.phase == Phase::AddAddresses ||
         step.phase == Phase::Announce;
}

/// Steps that decide who is let in, so that nothing opens without them.
bool guards(const Step& step, const Error& error) {
  // A table with a foreign rule in the way of a chain that is to go has all our rules.
  if (step.phase == Phase::Tables) return error.code != ErrorCode::Conflict;
  return step.phase == Phase::Guards || step.phase == Phase::AddSets ||
         step.phase == Phase::RemoveMembers;
}

bool isDhcpContent(const Step& step) {
  return std::holds_alternative<host::SetDhcpNetwork>(step.action) ||
         std::holds_alternative<host::SetDhcpHost>(step.action);
}

/// In a plan these stand together.
std::vector<host::Segment> leavingSegments(const host::Plan& plan) {
  std::vector<host::Segment> segments;
  for (const auto& step : plan.steps) {
    const auto* removal = std::get_if<host::RemoveSegment>(&step.action);
    if (removal != nullptr) segments.push_back(removal->segment);
  }
  return segments;
}

Error heldBack(const char* why) {
  return {ErrorCode::Kernel, "", why};
}

}  // namespace

LocalHost::LocalHost(boost::asio::io_context& io, const Options& options, Drivers drivers)
    : ports_(std::move(drivers.ports)),
      segments_(std::move(drivers.segments)),
      redirects_(std::move(drivers.redirects)),
      guards_(std::move(drivers.guards)),
      addresses_(std::move(drivers.addresses)),
      iptables_(std::move(drivers.iptables)),
      nat_(std::move(drivers.nat)),
      dhcp_checksums_(std::move(drivers.dhcp_checksums)),
      ipset_(std::move(drivers.ipset)),
      conntrack_(std::move(drivers.conntrack)),
      sysctls_(options.state_directory / "sysctls"),
      announcer_(io, std::move(drivers.announcements)),
      dhcp_directory_(options.run_directory / "dhcp"),
      dhcp_(io, {dhcp_directory_.string(), options.dnsmasq, options.log_dhcp_requests}) {}

Result<std::unique_ptr<LocalHost>> LocalHost::open(boost::asio::io_context& io,
                                                   const Options& options) {
  auto ports = Ports::open();
  if (!ports) return ports.error();
  auto segments = Segments::open();
  if (!segments) return segments.error();
  auto redirects = IngressRedirects::open();
  if (!redirects) return redirects.error();
  auto guards = BridgeGuards::open();
  if (!guards) return guards.error();
  auto addresses = Addresses::open();
  if (!addresses) return addresses.error();
  auto iptables = Iptables::open();
  if (!iptables) return iptables.error();
  auto nat = ElasticNat::open();
  if (!nat) return nat.error();
  auto dhcp_checksums = DhcpChecksums::open();
  if (!dhcp_checksums) return dhcp_checksums.error();
  auto ipset = Ipset::open();
  if (!ipset) return ipset.error();
  auto conntrack = Conntrack::open();
  if (!conntrack) return conntrack.error();
  auto announcements = AnnouncementSocket::open();
  if (!announcements) return announcements.error();
  // The constructor is private, which make_unique cannot reach.
  return std::unique_ptr<LocalHost>(
      new LocalHost(io, options,
                    Drivers{std::move(*ports), std::move(*segments), std::move(*redirects),
                            std::move(*guards), std::move(*addresses), std::move(*iptables),
                            std::move(*nat), std::move(*dhcp_checksums), std::move(*ipset),
                            std::move(*conntrack), std::move(*announcements)}));
}

Result<void> LocalHost::prepare(bool has_networks) {
  return has_networks ? raiseConntrackMax(sysctls_) : sysctls_.restore();
}

void LocalHost::lookAhead(LinksByIndex devices) {
  ahead_ = std::async(std::launch::async, [this, links = LinkSnapshot(std::move(devices))] {
    host::Scope scope;
    scope.everything = true;
    return lookNow(scope, links);
  });
}

Result<host::HostState> LocalHost::look(const host::Scope& scope) {
  auto state = scope.everything && ahead_.valid() ? ahead_.get() : lookNow(scope, {});
  if (!state) return state;
  if (auto looked = sysctls_.look(scope, *state); !looked) return looked.error();
  return state;
}

Result<host::HostState> LocalHost::lookNow(const host::Scope& scope, LinkSnapshot links) {
  host::HostState state;
  // Drivers share nothing, and each has parts of the state to itself: all of it is read in several
  // threads. For less one is enough.
  const auto begin = [&scope](auto look) {
    return std::async(scope.everything ? std::launch::async : std::launch::deferred, look);
  };
  auto sets = begin([&] { return lookAtSets(scope, links, state); });
  auto dhcp = begin([&] { return lookAtDhcp(scope, state); });
  const auto rest = lookAtRest(scope, state);
  for (const auto& looked : {sets.get(), dhcp.get(), rest}) {
    if (!looked) return looked.error();
  }
  return state;
}

Result<void> LocalHost::lookAtSets(const host::Scope& scope, LinkSnapshot& links,
                                   host::HostState& into) {
  if (auto looked = ipset_.look(scope, into); !looked) return looked;
  if (auto looked = ports_.look(scope, links, into); !looked) return looked;
  if (auto looked = segments_.look(scope, links, into); !looked) return looked;
  return redirects_.look(scope, links, into);
}

Result<void> LocalHost::lookAtRest(const host::Scope& scope, host::HostState& into) {
  if (auto looked = guards_.look(scope, into); !looked) return looked;
  if (auto looked = addresses_.look(scope, into); !looked) return looked;
  if (auto looked = nat_.look(scope, into); !looked) return looked;
  for (const auto table : host::kTables) {
    if (!scope.touches(table)) continue;
    if (auto looked = iptables_.look(table, scope, into); !looked) return looked;
  }
  return {};
}

Result<void> LocalHost::lookAtDhcp(const host::Scope& scope, host::HostState& into) {
  if (auto looked = dhcp_checksums_.look(scope, into); !looked) return looked;
  return dhcp_.look(scope, into);
}

Result<void> LocalHost::carryOut(const Step& step) {
  return std::visit(
      Overloaded{
          [&](const host::SetSysctl& action) { return sysctls_.set(action); },
          [&](const host::OpenPort& action) { return open(action); },
          [&](const host::ClosePort& action) {
            announcer_.withdrawPort(action.device);
            return ports_.close(action);
          },
          [&](const host::AddSegment& action) { return segments_.apply(action); },
          [&](const host::RemoveSegment& action) { return segments_.apply(action); },
          [&](const host::AddRedirect& action) { return redirects_.apply(action); },
          [&](const host::RemoveRedirect& action) { return redirects_.apply(action); },
          [&](const host::EditNat& action) { return nat_.apply(action); },
          [&](const host::EditGuards& action) { return guards_.apply(action); },
          [&](const host::AddAddress& action) { return addresses_.add(action.address); },
          [&](const host::RemoveAddress& action) {
            announcer_.withdraw(action.address);
            return addresses_.remove(action.address);
          },
          [&](const host::EditTable& action) { return iptables_.apply(action); },
          [&](const host::SetDhcpChecksums& action) { return dhcp_checksums_.apply(action); },
          [&](const host::SetDhcpServer& action) { return dhcp_.apply(action); },
          [&](const host::SetDhcpNetwork& action) {
            return dhcp_.apply({&action, 1}, {});
          },
          [&](const host::SetDhcpHost& action) {
            return dhcp_.apply({}, {&action, 1});
          },
          [&](const host::Announce& action) { return announcer_.announce(action.address); },
          [&](const auto& action) { return ipset_.apply(action); },
      },
      step.action);
}

Result<void> LocalHost::open(const host::OpenPort& step) {
  if (auto opened = ports_.open(step); !opened) return opened;
  host::Scope scope;
  scope.guards.insert(step.device);
  host::HostState state;
  if (auto looked = guards_.look(scope, state); !looked) return looked;
  const auto guard = state.guards.ports.find(step.device);
  if (guard == state.guards.ports.end()) return {};
  const auto announced =
      announcer_.announce(PortAnnouncement{step.device, step.port.bridge, guard->second.mac});
  // The port is open. Neighbours learn where it is from what the instance sends, only later.
  if (!announced) spdlog::warn("kernel port not announced error=\"{}\"", announced.error().message);
  return {};
}

Result<void> LocalHost::carryOutDhcp(std::span<const Step> steps, bool server_follows) {
  std::vector<host::SetDhcpNetwork> networks;
  std::vector<host::SetDhcpHost> hosts;
  for (const auto& step : steps) {
    if (const auto* network = std::get_if<host::SetDhcpNetwork>(&step.action)) {
      networks.push_back(*network);
    } else {
      hosts.push_back(std::get<host::SetDhcpHost>(step.action));
    }
  }
  return dhcp_.apply(networks, hosts, server_follows);
}

std::vector<FailedStep> LocalHost::apply(const host::Plan& plan) {
  std::vector<FailedStep> failed;
  std::set<host::InterfaceAddress> without;
  bool closed = false;
  auto leaving = leavingSegments(plan);
  const std::span<const Step> steps(plan.steps);
  std::span<const Step> awaits_server;  // DHCP content that takes the server's step to be in force
  for (std::size_t at = 0; at < steps.size();) {
    const auto begin = steps.begin() + static_cast<std::ptrdiff_t>(at);
    if (const auto end = std::find_if_not(begin, steps.end(), isDhcpContent); end != begin) {
      const std::span<const Step> together(begin, end);
      const bool server_follows =
          end != steps.end() && std::holds_alternative<host::SetDhcpServer>(end->action);
      if (const auto done = carryOutDhcp(together, server_follows); !done) {
        for (const auto& step : together) failed.push_back({step, done.error()});
      } else if (server_follows) {
        awaits_server = together;
      }
      at += together.size();
      continue;
    }
    const auto& step = steps[at++];
    if (std::holds_alternative<host::RemoveSegment>(step.action)) {
      segments_.removeTogether(std::exchange(leaving, {}));
    }
    const auto* announcement = std::get_if<host::Announce>(&step.action);
    Result<void> done = {};
    if (closed && opens(step)) {
      done = heldBack("held back, because sets or rules of the same plan could not be written");
    } else if (announcement != nullptr && without.contains(announcement->address)) {
      done = heldBack("not announced, because the address could not be added");
    } else {
      done = carryOut(step);
    }
    if (done) continue;
    closed = closed || guards(step, done.error());
    if (const auto* addition = std::get_if<host::AddAddress>(&step.action)) {
      without.insert(addition->address);
    }
    failed.push_back({step, done.error()});
    if (!std::holds_alternative<host::SetDhcpServer>(step.action) || awaits_server.empty())
      continue;
    // The server goes on as it was configured, and is to forget what went all the same.
    if (const auto settled = carryOutDhcp(awaits_server, false); !settled) {
      for (const auto& content : awaits_server) failed.push_back({content, settled.error()});
    }
  }
  return failed;
}

Result<std::vector<host::Flow>> LocalHost::flows(
    const std::function<bool(const host::Flow&)>& wanted) {
  return conntrack_.flows(wanted);
}

Result<void> LocalHost::cut(const std::vector<host::Flow>& flows) {
  return conntrack_.cut(flows);
}

Result<void> LocalHost::forget(const std::vector<host::Flow>& flows) {
  return conntrack_.forget(flows);
}

std::vector<Error> LocalHost::purge() {
  std::vector<Error> errors;
  const auto note = [&](const Result<void>& result) {
    if (!result) errors.push_back(result.error());
  };
  host::Scope scope;
  scope.everything = true;
  const auto observed = look(scope);
  if (!observed) return {observed.error()};
  for (const auto& failure : apply(host::diff({}, *observed))) errors.push_back(failure.error);
  // Their mark would cut them again for the next who starts here.
  const auto marked = conntrack_.flows([](const host::Flow& flow) { return flow.cut; });
  note(marked ? conntrack_.forget(*marked) : Result<void>(marked.error()));
  note(sysctls_.restore());
  // A server that could not be ended is found again by its files.
  if (!errors.empty()) return errors;
  std::error_code refused;
  std::filesystem::remove_all(dhcp_directory_, refused);
  if (refused) {
    errors.push_back({ErrorCode::Kernel, "",
                      "cannot remove " + dhcp_directory_.string() + ": " + refused.message()});
  }
  return errors;
}

}  // namespace netctl::kernel
