#include "netctl/daemon/reload.h"

#include "netctl/config/reload.h"
#include "netctl/daemon/startup.h"

#include <spdlog/spdlog.h>

#include <utility>

namespace netctl::daemon {
namespace {

config::InUse inUse(const cloud::Cloud& cloud) {
  config::InUse in_use;
  for (const auto& [id, group] : cloud.groups()) {
    if (group->tag) in_use.tags.insert(*group->tag);
  }
  for (const auto& [address, held] : cloud.addresses()) in_use.addresses.insert(address);
  return in_use;
}

api::ReloadReport reportOf(const config::Reload& reload) {
  api::ReloadReport report;
  for (const auto& change : reload.changes) {
    switch (change.taken) {
      case config::Taken::Now:
        report.applied.push_back(change.key);
        break;
      case config::Taken::AtRestart:
        report.needs_restart.push_back(change.key);
        break;
      case config::Taken::Refused:
        report.notices.push_back(config::format(change));
        break;
    }
  }
  for (const auto& notice : reload.configuration.notices) {
    report.notices.push_back(config::format(notice));
  }
  return report;
}

Error refused(const config::Loaded& loaded) {
  Error error{ErrorCode::InvalidArgument, "InvalidConfiguration",
              "the configuration has errors; what was in force stays"};
  for (const auto& problem : loaded.problems) {
    if (problem.severity != config::Severity::Error) continue;
    error.faults.push_back({problem.key, config::format(problem)});
  }
  return error;
}

}  // namespace

controller::Controller::Options controllerOptions(const config::ServiceSettings& settings,
                                                  std::vector<std::string> notices) {
  controller::Controller::Options options;
  options.wait = settings.wait;
  options.notices = std::move(notices);
  return options;
}

void Reloader::reload(api::Api::ReloadReply reply) {
  controller_.read(
      [this, reply = std::move(reply)](const controller::View& view) { compare(view, reply); });
}

void Reloader::compare(const controller::View& view, const api::Api::ReloadReply& reply) {
  const auto loaded = config::load(path_);
  if (!loaded.configuration) return reply(refused(loaded));
  auto reload = config::compare(configuration_, *loaded.configuration, inUse(view.cloud));
  auto mode = makeMode(reload.configuration.settings, facts_);
  spdlog::set_level(spdlog::level::from_str(reload.configuration.services.log_level));
  auto report = reportOf(reload);
  for (const auto& change : reload.changes) {
    spdlog::info("daemon reload {}", config::format(change));
  }
  const auto settings = reload.configuration.settings;
  auto options = controllerOptions(reload.configuration.services, view.status.notices);
  controller_.reconfigure(settings, std::move(mode), std::move(options),
                          [this, reload = std::move(reload), report = std::move(report),
                           reply](const Result<void>& done) {
                            if (!done) return reply(done.error());
                            configuration_ = reload.configuration;
                            reply(report);
                          });
}

}  // namespace netctl::daemon
