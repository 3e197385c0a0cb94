#include "netctl/kernel/host/local_host.h"

#include "base/file.h"
#include "netctl/kernel/host/area_look.h"
#include "netctl/metadata/files/counts.h"
#include "netctl/metadata/files/layout.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <system_error>
#include <utility>
#include <variant>

namespace netctl::kernel {
namespace {

using host::Step;

template <class... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

constexpr const char* kDhcpDirectory = "dhcp";
constexpr const char* kMetadataDirectory = "metadata";
constexpr const char* kMemoryOfSysctls = "sysctls";
/// It tries once, so it waits longer for who holds the xtables lock.
constexpr std::chrono::milliseconds kPatienceOfPurge{5000};

/// Whether a device of this host has it.
bool hasMac(const net::MacAddress& mac) {
  auto socket = RouteSocket::open();
  if (!socket) return false;
  const auto links = readLinks(*socket);
  return links && std::ranges::any_of(*links, [&](const auto& each) {
           return each.second.is_ethernet && each.second.mac == mac;
         });
}

dhcp::Dnsmasq::Options dhcpOptions(const LocalHost::Options& options) {
  return {(options.run_directory / kDhcpDirectory).string(), options.dnsmasq,
          options.log_dhcp_requests, options.dhcp_unit};
}

metadata::Keeper::Options metadataOptions(const LocalHost::Options& options) {
  return {(options.run_directory / kMetadataDirectory).string(), options.metadata_program,
          options.metadata_unit};
}

}  // namespace

LocalHost::LocalHost(boost::asio::io_context& io, const Options& options, Drivers drivers,
                     std::unique_ptr<SideReader> side_reader)
    : links_(std::move(drivers.links)),
      rules_(std::move(drivers.rules)),
      dhcp_drivers_(std::move(drivers.dhcp)),
      conntrack_(std::move(drivers.conntrack)),
      sysctls_(options.state_directory / kMemoryOfSysctls),
      announcer_(io, std::move(drivers.announcements)),
      steady_announcer_(io, announcer_, std::move(drivers.answers), {.period = options.announce},
                        {.standing = [this] { return addressesOnWires(); },
                         .is_own = hasMac,
                         .disputed =
                             [this](const auto& address, auto by) {
                               if (disputed_) disputed_(address, by);
                             }}),
      dhcp_directory_(options.run_directory / kDhcpDirectory),
      dhcp_(io, dhcpOptions(options)),
      metadata_directory_(options.run_directory / kMetadataDirectory),
      metadata_(io, metadataOptions(options)),
      side_reader_(std::move(side_reader)) {}

Result<std::unique_ptr<LocalHost>> LocalHost::open(boost::asio::io_context& io,
                                                   const Options& options) {
  auto links = LinkDrivers::open();
  if (!links) return links.error();
  auto rules = RuleDrivers::open();
  if (!rules) return rules.error();
  auto dhcp = DhcpDrivers::open();
  if (!dhcp) return dhcp.error();
  auto conntrack = Conntrack::open();
  if (!conntrack) return conntrack.error();
  auto announcements = AnnouncementSocket::open();
  if (!announcements) return announcements.error();
  auto answers = ProbeAnswers::open();
  if (!answers) return answers.error();
  auto side_reader = SideReader::open(Sysctls(options.state_directory / kMemoryOfSysctls),
                                      dhcpOptions(options), metadataOptions(options));
  if (!side_reader) return side_reader.error();
  // The constructor is private, which make_unique cannot reach.
  return std::unique_ptr<LocalHost>(
      new LocalHost(io, options,
                    Drivers{std::move(*links), std::move(*rules), std::move(*dhcp),
                            std::move(*conntrack), std::move(*announcements), std::move(*answers)},
                    std::move(*side_reader)));
}

Result<void> LocalHost::prepare(std::uint64_t neighbours) {
  steady_announcer_.start();
  if (auto raised = raiseConntrackMax(sysctls_); !raised) return raised;
  return raiseNeighbourLimits(sysctls_, neighbours);
}

Result<std::set<host::InterfaceAddress>> LocalHost::addressesOnWires() {
  host::Scope scope;
  scope.everything = true;
  host::HostState state;
  if (auto looked = rules_.get<Addresses>().look(scope, state); !looked) return looked.error();
  std::erase_if(state.addresses,
                [](const auto& address) { return address.interface == host::kLoopback; });
  return std::move(state.addresses);
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

Result<host::HostState> LocalHost::lookAtAll(const host::Areas& areas) {
  return lookAtAreas(
      areas, links_, rules_, dhcp_drivers_, sysctls_,
      {.dhcp = [this](const auto& scope, auto& state) { return dhcp_.look(scope, state); },
       .metadata = [this](const auto& scope,
                          auto& state) { return metadata_.look(scope, state); }});
}

void LocalHost::holdRepairs(bool held) {
  dhcp_.holdRepairs(held);
}

void LocalHost::beside(std::function<void(host::AreaReader&)> work) {
  side_reader_->run(std::move(work));
}

Result<host::Areas> LocalHost::suspects() {
  dhcp_.lookAtProgram();
  metadata_.lookAtProgram();
  host::Areas areas;
  const auto tables = table_hashes_.changed();
  if (!tables) return tables.error();
  for (const auto table : *tables) areas.insert(host::areaOf(table));
  auto sizes = links_.get<Ipset>().sizes();
  if (!sizes) return sizes.error();
  if (set_sizes_.differ(std::move(*sizes))) areas.insert(host::Area::Sets);
  return areas;
}

Result<host::HostState> LocalHost::lookNow(const host::Scope& scope, LinkSnapshot links) {
  host::HostState state;
  // Drivers share nothing, and each has parts of the state to itself: all of it is read in several
  // threads. For less one is enough.
  const auto begin = [&scope](auto look) {
    return std::async(scope.everything ? std::launch::async : std::launch::deferred, look);
  };
  auto at_links = begin([&] { return links_.look(scope, links, state); });
  auto at_servers = begin([&] { return lookAtServers(scope, state); });
  LinkSnapshot unused;
  const auto at_rules = rules_.look(scope, unused, state);
  for (const auto& looked : {at_links.get(), at_servers.get(), at_rules}) {
    if (!looked) return looked.error();
  }
  return state;
}

Result<void> LocalHost::lookAtServers(const host::Scope& scope, host::HostState& into) {
  LinkSnapshot unused;
  if (auto looked = dhcp_drivers_.look(scope, unused, into); !looked) return looked;
  if (auto looked = dhcp_.look(scope, into); !looked) return looked;
  return metadata_.look(scope, into);
}

template <class Action>
Result<void> LocalHost::carryOut(const Action& action) {
  if constexpr (LinkDrivers::kApplies<Action>) {
    return links_.apply(action);
  } else if constexpr (RuleDrivers::kApplies<Action>) {
    return rules_.apply(action);
  } else {
    static_assert(DhcpDrivers::kApplies<Action>, "a driver must carry out this step");
    return dhcp_drivers_.apply(action);
  }
}

Result<void> LocalHost::run(const Step& step) {
  return std::visit(
      Overloaded{
          [&](const host::SetSysctl& action) { return sysctls_.set(action); },
          [&](const host::OpenPort& action) {
            auto opened = carryOut(action);
            if (opened) announce(action);
            return opened;
          },
          [&](const host::ClosePort& action) {
            announcer_.withdrawPort(action.device);
            return carryOut(action);
          },
          [&](const host::RemoveAddress& action) {
            announcer_.withdraw(action.address);
            steady_announcer_.removed(action.address);
            return carryOut(action);
          },
          [&](const host::Announce& action) {
            if (!action.address.is_source) steady_announcer_.added(action.address);
            return announcer_.announce(action.address);
          },
          [&](const host::SetDhcpServer& action) { return dhcp_.apply(action); },
          [&](const host::SetDhcpNetwork&) {
            return dhcp_.apply({&step, 1}).front();
          },
          [&](const host::SetDhcpHost&) {
            return dhcp_.apply({&step, 1}).front();
          },
          [&](const host::SetMetadataDocument& action) { return metadata_.apply(action); },
          [&](const host::SetMetadataServer& action) { return metadata_.apply(action); },
          [&](const auto& action) {
            auto done = carryOut(action);
            if (done) set_sizes_.note(action);
            return done;
          },
      },
      step.action);
}

std::vector<Result<void>> LocalHost::runTogether(std::span<const Step> steps) {
  std::vector<host::Segment> leaving;
  for (const auto& step : steps) {
    if (const auto* removal = std::get_if<host::RemoveSegment>(&step.action)) {
      leaving.push_back(removal->segment);
    }
  }
  if (leaving.empty()) return dhcp_.apply(steps);
  links_.get<Segments>().removeTogether(leaving);
  // Which removes what is left.
  return StepRunner::runTogether(steps);
}

void LocalHost::announce(const host::OpenPort& step) {
  const auto& port = step.port;
  if (!port.mac) return;
  const auto announced = announcer_.announce(PortAnnouncement{step.device, port.bridge, *port.mac});
  // The port is open. Neighbours learn where it is from what the instance sends, only later.
  if (!announced) spdlog::warn("kernel port not announced error=\"{}\"", announced.error().message);
}

Result<std::vector<host::Flow>> LocalHost::flows(
    const std::function<bool(const host::Flow&)>& wanted) {
  return conntrack_.flows(wanted);
}

Result<std::vector<host::FlowEntry>> LocalHost::entries(
    const std::function<bool(const host::FlowEntry&)>& wanted) {
  return conntrack_.entries(wanted);
}

Result<host::FlowTable> LocalHost::flowTable() {
  return Conntrack::table();
}

Result<void> LocalHost::hold(const std::set<net::Ipv4Address>& addresses) {
  return rules_.get<ElasticNat>().hold(addresses);
}

Result<void> LocalHost::cut(const std::vector<host::Flow>& flows) {
  return conntrack_.cut(flows);
}

Result<void> LocalHost::keep(const std::vector<host::Flow>& flows) {
  return conntrack_.keep(flows);
}

Result<void> LocalHost::admit(const std::vector<host::Flow>& flows) {
  return conntrack_.admit(flows);
}

Result<void> LocalHost::forget(const std::vector<host::Flow>& flows) {
  return conntrack_.forget(flows);
}

Result<bool> LocalHost::hasLostFlows() {
  return conntrack_.wasFlushed();
}

Result<void> LocalHost::letFlowsHeal(const std::vector<host::Flow>& cut) {
  return rules_.get<ElasticNat>().letFlowsHeal(cut);
}

Result<host::TrafficReading> LocalHost::traffic(
    const std::optional<std::set<net::Ipv4Address>>& addresses) {
  return rules_.get<ElasticNat>().traffic(addresses);
}

Result<host::HostCounts> LocalHost::counts() {
  auto drops = rules_.get<BridgeGuards>().drops();
  if (!drops) return drops.error();
  const auto answers = rules_.get<ElasticNat>().dhcpAnswers();
  if (!answers) return answers.error();
  const auto text = files::read(metadata::Layout{metadata_directory_.string()}.counts());
  if (!text) return text.error();
  auto denied = links_.get<Ipset>().packets(host::kInstanceSet);
  if (!denied) return denied.error();
  return host::HostCounts{*std::move(drops), *answers, metadata::parseCounts(text->value_or("")),
                          *std::move(denied)};
}

std::vector<Error> LocalHost::purge(const std::function<void(std::string)>& tell) {
  std::vector<Error> errors;
  const auto note = [&](const Result<void>& result) {
    if (!result) errors.push_back(result.error());
  };
  host::Scope scope;
  scope.everything = true;
  tell("looks for what is netctl's on this host");
  const auto observed = look(scope);
  if (!observed) return {observed.error()};
  rules_.get<Iptables>().setLockPatience(kPatienceOfPurge);
  const auto plan = host::diff({}, *observed);
  tell(fmt::format("removes what is netctl's, in {} steps", plan.steps.size()));
  for (const auto& failure : apply(plan)) errors.push_back(failure.error);
  tell("forgets flows and puts sysctls back");
  // Their mark would cut them again for the next who starts here.
  const auto marked = conntrack_.flows([](const host::Flow& flow) { return flow.cut; });
  note(marked ? conntrack_.forget(*marked) : Result<void>(marked.error()));
  note(conntrack_.forgetOwn());
  note(sysctls_.restore());
  // A server that could not be ended is found again by its files.
  if (!errors.empty()) return errors;
  for (const auto& directory : {dhcp_directory_, metadata_directory_}) {
    std::error_code refused;
    std::filesystem::remove_all(directory, refused);
    if (!refused) continue;
    errors.push_back(
        {ErrorCode::Kernel, "", "cannot remove " + directory.string() + ": " + refused.message()});
  }
  return errors;
}

}  // namespace netctl::kernel
