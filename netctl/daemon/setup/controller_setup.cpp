#include "netctl/daemon/setup/controller_setup.h"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace netctl::daemon {
namespace {

/// The configuration as it counts on this host.
Result<config::Configuration> effective(config::Configuration configuration,
                                        const std::optional<cloud::PartSettings>& prescribed) {
  if (!prescribed) return configuration;
  auto& settings = configuration.settings;
  // Another mode changes what a host is for; only who edits its file can want that.
  if (prescribed->mode != settings.mode) {
    return Error{ErrorCode::Conflict, "InvalidConfiguration",
                 fmt::format("the cluster runs in {}, and VNET_MODE here says {}; nothing is "
                             "changed until they agree",
                             format(prescribed->mode), format(settings.mode))};
  }
  settings = cloud::settingsOf(*prescribed, std::move(settings));
  return configuration;
}

Result<void> refuseOverlaps(const std::vector<config::HostCondition>& conditions) {
  Error error{ErrorCode::InvalidArgument,
              "InvalidConfiguration",
              "VNET_SUBNET is new to this host, which has something else there; netctld does not "
              "start, so that nobody is cut off from this host. Take it away, choose another "
              "VNET_SUBNET, or start once with --accept-overlap",
              {}};
  for (const auto& condition : conditions) {
    if (!condition.is_overlap) continue;
    error.faults.push_back({condition.key, fmt::format("{}: the {} {}", condition.key,
                                                       condition.object, condition.what)});
  }
  if (error.faults.empty()) return {};
  return error;
}

}  // namespace

OfHost ofHost(const ControllerSetup& setup) {
  return {setup.facts, setup.settings.host.taken, setup.settings.host.public_addresses,
          setup.options.notices, setup.options.problems};
}

controller::Problem problemOf(const config::HostCondition& condition) {
  // Beside what overlaps or is not handed out all else works.
  const bool beside = condition.is_overlap || condition.key == "VNET_PUBLICIPS";
  return {condition.object, condition.what, condition.consequence, condition.remedy,
          beside ? controller::Severity::warning : controller::Severity::error};
}

Result<ControllerSetup> controllerSetup(const config::Configuration& configuration,
                                        const std::optional<cloud::PartSettings>& prescribed,
                                        const config::HostNetwork& host, Overlap overlap) {
  auto counts = effective(configuration, prescribed);
  if (!counts) return counts.error();
  auto check = config::checkHost(*counts, host);
  if (overlap == Overlap::Refused) {
    if (auto clear = refuseOverlaps(check.conditions); !clear) return clear.error();
  }
  std::vector<std::string> notices;
  for (const auto& notice : counts->notices) notices.push_back(config::format(notice));
  for (const auto& notice : check.notices) notices.push_back(config::format(notice));
  std::vector<controller::Problem> problems;
  for (const auto& condition : check.conditions) problems.push_back(problemOf(condition));
  counts->settings.host.taken = std::move(check.taken);
  counts->settings.host.public_addresses = std::move(check.public_addresses);
  // A node has heard of its cluster hosts'.
  if (counts->settings.host.role != cloud::Role::Node) {
    counts->settings.gateway_macs = check.facts.private_macs;
    counts->settings.host.takes_nodes = counts->services.listen.has_value();
  }
  auto mode = makeMode(counts->settings, check.facts);
  return ControllerSetup{std::move(counts->settings),
                         std::move(check.facts),
                         std::move(mode),
                         {.wait = counts->services.wait,
                          .flow_limit = counts->services.flow_limit,
                          .notices = std::move(notices),
                          .problems = std::move(problems)}};
}

}  // namespace netctl::daemon
