#include "netctl/daemon/setup/configuration_in_force.h"

#include "netctl/daemon/setup/controller_setup.h"

#include <spdlog/spdlog.h>

#include <memory>
#include <utility>

namespace netctl::daemon {
namespace {

config::InUse inUse(const cloud::Cloud& cloud) {
  config::InUse in_use;
  // Tags and addresses that a node's instances have are its cluster's matter.
  if (cloud.settings().host.role == cloud::Role::Node) return in_use;
  for (const auto& [id, group] : cloud.groups()) {
    if (group->tag) in_use.tags.insert(*group->tag);
  }
  for (const auto& [address, held] : cloud.addresses()) in_use.addresses.insert(address);
  return in_use;
}

Error errorsOf(const config::Loaded& loaded) {
  Error error{ErrorCode::InvalidArgument,
              "InvalidConfiguration",
              "the configuration has errors; what was in force stays",
              {}};
  for (const auto& problem : loaded.problems) {
    if (problem.severity != config::Severity::Error) continue;
    error.faults.push_back({problem.key, config::format(problem)});
  }
  return error;
}

}  // namespace

/// The facts of the host that a reconfiguration goes by; absent where there was none.
struct ConfigurationInForce::Next {
  std::optional<HostFacts> facts;
};

ConfigurationInForce::ConfigurationInForce(controller::Controller& controller,
                                           config::Configuration configuration,
                                           std::optional<cloud::PartSettings> prescribed,
                                           HostFacts facts, ReadFiles read_files,
                                           ReadHost read_host)
    : controller_(controller),
      configuration_(std::move(configuration)),
      prescribed_(std::move(prescribed)),
      facts_(std::move(facts)),
      read_files_(std::move(read_files)),
      read_host_(std::move(read_host)) {}

void ConfigurationInForce::reload(ReloadReply reply) {
  auto reload = std::make_shared<config::Reload>();
  auto next = std::make_shared<Next>();
  controller_.reconfigure(
      [this, reload, next](const controller::View& view) -> Setup {
        const auto loaded = read_files_();
        if (!loaded.configuration) return errorsOf(loaded);
        *reload = config::compare(configuration_, *loaded.configuration, inUse(view.cloud));
        return setupOf(reload->configuration, prescribed_, *next);
      },
      [this, reload, next, reply = std::move(reply)](const Result<void>& done) {
        if (!done) return reply(done.error());
        configuration_ = reload->configuration;
        take(*next);
        spdlog::set_level(spdlog::level::from_str(configuration_.services.log_level));
        for (const auto& change : reload->changes) {
          spdlog::info("daemon reload {}", config::format(change));
        }
        reply(*reload);
      });
}

void ConfigurationInForce::prescribe(cloud::PartSettings prescribed, Reply reply) {
  const auto shared = std::make_shared<cloud::PartSettings>(std::move(prescribed));
  auto next = std::make_shared<Next>();
  controller_.reconfigure(
      [this, shared, next](const controller::View&) -> Setup {
        if (prescribed_ == *shared) return std::optional<controller::Controller::Setup>();
        return setupOf(configuration_, *shared, *next);
      },
      [this, shared, next, reply = std::move(reply)](const Result<void>& done) {
        if (done) {
          prescribed_ = *shared;
          take(*next);
        }
        reply(done);
      });
}

void ConfigurationInForce::hostChanged() {
  auto next = std::make_shared<Next>();
  controller_.reconfigure(
      [this, next](const controller::View&) {
        return setupOf(configuration_, prescribed_, *next, true);
      },
      [this, next](const Result<void>& done) {
        if (done) return take(*next);
        spdlog::warn("daemon cannot follow this host error=\"{}\"", done.error().message);
        for (const auto& fault : done.error().faults) spdlog::warn("daemon {}", fault.message);
      });
}

ConfigurationInForce::Setup ConfigurationInForce::setupOf(
    const config::Configuration& configuration,
    const std::optional<cloud::PartSettings>& prescribed, Next& next,
    bool only_if_facts_differ) const {
  const auto host = read_host_();
  if (!host) return host.error();
  auto setup = controllerSetup(configuration, prescribed, *host);
  if (!setup) return setup.error();
  if (only_if_facts_differ && setup->facts == facts_) {
    return std::optional<controller::Controller::Setup>();
  }
  next.facts = std::move(setup->facts);
  return controller::Controller::Setup{std::move(setup->settings), std::move(setup->mode),
                                       std::move(setup->options)};
}

void ConfigurationInForce::take(const Next& next) {
  if (!next.facts) return;
  facts_ = *next.facts;
  if (changed_) changed_();
}

}  // namespace netctl::daemon
