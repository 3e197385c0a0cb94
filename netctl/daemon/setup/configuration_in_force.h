#pragma once

#include "modes/cloud/part.h"
#include "modes/host_facts.h"
#include "netctl/config/configuration.h"
#include "netctl/config/host_check.h"
#include "netctl/config/reload.h"
#include "netctl/controller/controller.h"

#include <functional>
#include <optional>

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
                       std::optional<cloud::PartSettings> prescribed, HostFacts facts,
                       ReadFiles read_files, ReadHost read_host);

  /// Before the controller starts: called on its thread whenever it has begun to run by something
  /// else.
  void onChanged(std::function<void()> changed) { changed_ = std::move(changed); }

  /// Reads files and host again, and takes what can change at run time. Where the files have
  /// errors, or this host cannot carry what they say, nothing changes. Replies on the controller's
  /// thread.
  void reload(ReloadReply reply);
  /// On a node host: what its cluster prescribes from now on. On an error nothing changes. Replies
  /// on the controller's thread.
  void prescribe(cloud::PartSettings prescribed, Reply reply);
  /// Looks at this host again, and takes what has become of its interfaces: their MTU, their MACs.
  /// Where it cannot carry the configuration any more, what was in force stays.
  void hostChanged();

 private:
  using Setup = Result<std::optional<controller::Controller::Setup>>;
  struct Next;

  /// What is to be in force by that configuration and prescription; absent facts where all stays.
  [[nodiscard]] Setup setupOf(const config::Configuration& configuration,
                              const std::optional<cloud::PartSettings>& prescribed, Next& next,
                              bool only_if_facts_differ = false) const;
  /// After a reconfiguration that took `next`.
  void take(const Next& next);

  controller::Controller& controller_;
  config::Configuration configuration_;
  std::optional<cloud::PartSettings> prescribed_;
  HostFacts facts_;
  std::function<void()> changed_;
  ReadFiles read_files_;
  ReadHost read_host_;
};

}  // namespace netctl::daemon
