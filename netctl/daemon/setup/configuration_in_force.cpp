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

controller::Controller::Setup toController(ControllerSetup setup) {
  return {std::move(setup.settings), std::move(setup.mode), std::move(setup.options)};
}

}  // namespace

ConfigurationInForce::ConfigurationInForce(controller::Controller& controller,
                                           config::Configuration configuration,
                                           std::optional<cloud::PartSettings> prescribed,
                                           OfHost of_host, ReadFiles read_files, ReadHost read_host)
    : controller_(controller),
      configuration_(std::move(configuration)),
      prescribed_(std::move(prescribed)),
      read_files_(std::move(read_files)),
      read_host_(std::move(read_host)),
      of_host_(std::move(of_host)) {}

void ConfigurationInForce::reload(ReloadReply reply) {
  auto reload = std::make_shared<config::Reload>();
  auto of_host = std::make_shared<OfHost>();
  controller_.reconfigure(
      [this, reload, of_host](const controller::View& view) -> Setup {
        const auto loaded = read_files_();
        if (!loaded.configuration) return errorsOf(loaded);
        *reload = config::compare(configuration_, *loaded.configuration, inUse(view.cloud));
        return setupOf(reload->configuration, prescribed_, *of_host);
      },
      [this, reload, of_host, reply = std::move(reply)](const Result<void>& done) {
        if (!done) return reply(done.error());
        configuration_ = reload->configuration;
        take(std::move(*of_host));
        spdlog::set_level(spdlog::level::from_str(configuration_.services.log_level));
        for (const auto& change : reload->changes) {
          spdlog::info("daemon reload {}", config::format(change));
        }
        reply(*reload);
      });
}

void ConfigurationInForce::prescribe(cloud::PartSettings prescribed, Reply reply) {
  const auto shared = std::make_shared<cloud::PartSettings>(std::move(prescribed));
  auto of_host = std::make_shared<OfHost>();
  controller_.reconfigure(
      [this, shared, of_host](const controller::View&) -> Setup {
        if (prescribed_ == *shared) return std::optional<controller::Controller::Setup>();
        return setupOf(configuration_, *shared, *of_host);
      },
      [this, shared, of_host, reply = std::move(reply)](const Result<void>& done) {
        if (done) {
          if (prescribed_ != *shared) {
            prescribed_ = *shared;
            take(std::move(*of_host));
          }
        }
        reply(done);
      });
}

void ConfigurationInForce::hostChanged(config::HostNetwork host) {
  auto of_host = std::make_shared<OfHost>();
  controller_.reconfigure(
      [this, host = std::move(host), of_host](const controller::View&) -> Setup {
        auto setup = controllerSetup(configuration_, prescribed_, host);
        if (!setup) return setup.error();
        *of_host = ofHost(*setup);
        if (*of_host == of_host_) return std::optional<controller::Controller::Setup>();
        return toController(*std::move(setup));
      },
      [this, of_host](const Result<void>& done) {
        if (done && *of_host == of_host_) return;
        if (done) return take(std::move(*of_host));
        spdlog::error("daemon cannot follow a change of this host error=\"{}\"",
                      done.error().message);
      });
}

ConfigurationInForce::Setup ConfigurationInForce::setupOf(
    const config::Configuration& configuration,
    const std::optional<cloud::PartSettings>& prescribed, OfHost& of_host) const {
  const auto host = read_host_();
  if (!host) return host.error();
  auto setup = controllerSetup(configuration, prescribed, *host);
  if (!setup) return setup.error();
  of_host = ofHost(*setup);
  return toController(*std::move(setup));
}

void ConfigurationInForce::take(OfHost of_host) {
  of_host_ = std::move(of_host);
  for (const auto& changed : changed_) changed(configuration_);
}

}  // namespace netctl::daemon
