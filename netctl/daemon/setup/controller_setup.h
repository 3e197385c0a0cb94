#pragma once

#include "modes/cloud/part.h"
#include "modes/mode.h"
#include "netctl/config/configuration.h"
#include "netctl/config/host_check.h"
#include "netctl/controller/controller.h"

#include <memory>
#include <optional>

namespace netctl::daemon {

/// All that a controller needs to run by a configuration on this host.
struct ControllerSetup {
  cloud::Settings settings;
  HostFacts facts;
  std::unique_ptr<Mode> mode;
  /// With what there is to say of the configuration and of the host.
  controller::Controller::Options options;
};

/// The one road from a configuration to a running controller: start, reload and node take it, so
/// that each has the same checks. `prescribed` is what the cluster of a node host prescribes; it is
/// absent on other hosts, and until a node has heard of its cluster. The host's own settings always
/// stay those of the configuration.
///
/// Pure: logs and changes nothing. InvalidArgument with all that is wrong where this host cannot
/// carry the configuration; Conflict where the cluster runs in another mode.
Result<ControllerSetup> controllerSetup(const config::Configuration& configuration,
                                        const std::optional<cloud::PartSettings>& prescribed,
                                        const config::HostNetwork& host);

}  // namespace netctl::daemon
