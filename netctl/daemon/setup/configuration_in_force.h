#pragma once

#include "modes/cloud/part.h"
#include "netctl/config/configuration.h"
#include "netctl/config/host_check.h"
#include "netctl/config/reload.h"
#include "netctl/controller/controller.h"
#include "netctl/daemon/setup/controller_setup.h"

#include <functional>
#include <optional>
#include <vector>

namespace netctl::daemon {

/// What the controller runs by since the start: the configuration, what of this host it depends on
/// and, on a node host, what its cluster prescribes. Each may change, and the others stay.
///
/// Methods may be called from any thread. The state is of the controller's thread, where each
/// change is made in one go: none can be lost to another. Outlives the controller's loop.
class ConfigurationInForce {
 public:
  /// Reads the files again.
  using ReadFiles = std::function<config::Loaded()>;
  /// Reads this host's network devices and addresses. Another one in tests.
  using ReadHost = std::function<Result<config::HostNetwork>()>;
  using ReloadReply = std::function<void(Result<config::Reload>)>;
  using Reply = std::function<void(Result<void>)>;

  /// As the controller was set up.
  ConfigurationInForce(controller::Controller& controller, config::Configuration configuration,
                       std::optional<cloud::PartSettings> prescribed, OfHost of_host,
                       ReadFiles read_files, ReadHost read_host);

  using Changed = std::function<void(const config::Configuration&)>;
  /// Before the controller's loop runs: called on its thread whenever it has begun to run by
  /// something else. One after the other.
  void onChanged(Changed changed) { changed_.push_back(std::move(changed)); }

  /// Reads files and host again, and takes what can change at run time. Where the files have
  /// errors, or this host cannot carry what they say, nothing changes. Replies on the controller's
  /// thread.
  void reload(ReloadReply reply);
  /// This host is other than it was. Runs by it from now on, where that makes a difference to what
  /// is to be in force or is to be said.
  void hostChanged(config::HostNetwork host);
  /// On a node host: what its cluster prescribes from now on. On an error nothing changes. Replies
  /// on the controller's thread.
  void prescribe(cloud::PartSettings prescribed, Reply reply);

 private:
  using Setup = Result<std::optional<controller::Controller::Setup>>;

  /// By this host as it is now; `of_host` becomes what that makes of it.
  Setup setupOf(const config::Configuration& configuration,
                const std::optional<cloud::PartSettings>& prescribed, OfHost& of_host) const;
  /// After a reconfiguration.
  void take(OfHost of_host);

  controller::Controller& controller_;
  config::Configuration configuration_;
  std::optional<cloud::PartSettings> prescribed_;
  std::vector<Changed> changed_;
  ReadFiles read_files_;
  ReadHost read_host_;
  OfHost of_host_;
};

}  // namespace netctl::daemon
