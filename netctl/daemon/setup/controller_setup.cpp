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

}  // namespace

Result<ControllerSetup> controllerSetup(const config::Configuration& configuration,
                                        const std::optional<cloud::PartSettings>& prescribed,
                                        const config::HostNetwork& host) {
  auto counts = effective(configuration, prescribed);
  if (!counts) return counts.error();
  auto check = config::checkHost(*counts, host);
  Error error{ErrorCode::InvalidArgument,
              "InvalidConfiguration",
              "this host cannot carry the configuration",
              {}};
  std::vector<std::string> notices;
  for (const auto& notice : counts->notices) notices.push_back(config::format(notice));
  for (const auto& problem : check.problems) {
    if (problem.severity == config::Severity::Error) {
      error.faults.push_back({problem.key, config::format(problem)});
    } else {
      notices.push_back(config::format(problem));
    }
  }
  if (!error.faults.empty()) return error;
  // A node has heard of its cluster hosts'.
  if (counts->settings.host.role != cloud::Role::Node) {
    counts->settings.gateway_macs = check.facts.private_macs;
    counts->settings.host.takes_nodes = counts->services.listen.has_value();
  }
  auto mode = makeMode(counts->settings, check.facts);
  return ControllerSetup{std::move(counts->settings),
                         std::move(check.facts),
                         std::move(mode),
                         {.wait = counts->services.wait, .notices = std::move(notices)}};
}

}  // namespace netctl::daemon
