#pragma once

#include "modes/cloud/part.h"
#include "modes/mode.h"
#include "netctl/config/configuration.h"
#include "netctl/config/host_check.h"
#include "netctl/controller/controller.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace netctl::daemon {

/// All that a controller needs to run by a configuration on this host.
struct ControllerSetup {
  cloud::Settings settings;
  HostFacts facts;
  std::unique_ptr<Mode> mode;
  /// With what there is to say of the configuration and of the host, and with the host's problems.
  controller::Controller::Options options;
};

/// All that a setup has of the host that it is for: where this is the same, so is the setup.
struct OfHost {
  HostFacts facts;
  std::vector<cloud::Taken> taken;
  std::vector<net::Ipv4Address> public_addresses;
  std::vector<std::string> notices;
  std::vector<controller::Problem> problems;

  bool operator==(const OfHost&) const = default;
};
OfHost ofHost(const ControllerSetup& setup);

/// What becomes of somebody else's addresses and routes in the private subnet.
enum class Overlap {
  Named,    ///< they are problems
  Refused,  ///< there is no setup: nobody is to lock himself out by a first start
};

/// A condition as status shows it.
controller::Problem problemOf(const config::HostCondition& condition);

/// The one road from a configuration to a running controller: start, reload and node take it, so
/// that each has the same checks. `prescribed` is what the cluster of a node host prescribes; it is
/// absent on other hosts, and until a node has heard of its cluster. The host's own settings always
/// stay those of the configuration.
///
/// Pure: logs and changes nothing. What the host does not have yet is a problem of the setup, and
/// no error. InvalidArgument with all overlaps where these are refused; Conflict where the cluster
/// runs in another mode.
Result<ControllerSetup> controllerSetup(const config::Configuration& configuration,
                                        const std::optional<cloud::PartSettings>& prescribed,
                                        const config::HostNetwork& host,
                                        Overlap overlap = Overlap::Named);

}  // namespace netctl::daemon
