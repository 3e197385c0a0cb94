#pragma once

#include "modes/mode.h"
#include "netctl/api/api.h"
#include "netctl/config/configuration.h"
#include "netctl/controller/controller.h"

#include <filesystem>
#include <string>
#include <vector>

namespace netctl::daemon {

controller::Controller::Options controllerOptions(const config::DaemonSettings& settings,
                                                  std::vector<std::string> notices);

/// Reads the configuration again and brings to the controller what can change at run time.
class Reloader {
 public:
  Reloader(std::filesystem::path path, config::Configuration configuration, HostFacts facts,
           controller::Controller& controller)
      : path_(std::move(path)),
        configuration_(std::move(configuration)),
        facts_(std::move(facts)),
        controller_(controller) {}

  /// Any thread; replies on the controller's. A configuration with errors changes nothing.
  void reload(api::Api::ReloadReply reply);

  /// What was in force at start.
  [[nodiscard]] const config::Configuration& configuration() const { return configuration_; }

 private:
  void compare(const controller::View& view, const api::Api::ReloadReply& reply);

  std::filesystem::path path_;
  config::Configuration configuration_;
  HostFacts facts_;
  controller::Controller& controller_;
};

}  // namespace netctl::daemon
