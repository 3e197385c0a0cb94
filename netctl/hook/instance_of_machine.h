#pragma once

#include "base/result.h"
#include "netctl/hook/daemon_calls.h"
#include "netctl/hook/machine.h"

#include <string>
#include <string_view>
#include <vector>

namespace netctl::hook {

/// The attribute of an instance that a hook has attached: the name of the hypervisor.
inline constexpr std::string_view kHypervisorAttribute = "hypervisor";

/// How calls are made for a machine.
struct Surroundings {
  Call call;
  std::string node;      ///< this host's name
  bool dry_run = false;  ///< asks what would be done, and changes nothing
};

/// What was done, or would be.
struct Done {
  enum class What { Nothing, Attached, Migrates, Moved, Modified, Detached };
  What what = What::Nothing;
  std::string bridge = {};         ///< of its instance
  std::string port = {};           ///< of its instance
  std::vector<std::string> steps;  ///< of a dry run: its plan, a line each
};

/// The machine runs on another host, and its hypervisor begins to migrate it here: it gets its
/// second port. A migration that has begun before has ended, since there is one at a time. Nothing
/// where the instance is here already, or is not there at all.
Result<Done> arrive(const Machine& machine, const Surroundings& surroundings);
/// The machine is about to start here: a new one is attached; one from another host is moved here,
/// unless it runs there, on a host that is connected. Its groups are as the machine says, and its
/// device is not there yet. Nothing is done for one that migrates here.
Result<Done> start(const Machine& machine, const Surroundings& surroundings);
/// The machine runs here. As `start`; a device that was seen is kept. One that migrates here stays
/// as it is while its first port is open, and else has arrived.
Result<Done> keep(const Machine& machine, const Surroundings& surroundings);
/// The machine has ended here: it keeps its addresses, and a device that was seen is forgotten. An
/// ephemeral one is detached. One that migrates from here has arrived, and one that migrates here
/// has stayed where it was: hypervisors do not say which. Nothing where the instance is not here.
Result<Done> stop(const Machine& machine, const Surroundings& surroundings);
/// The machine has ended here and goes on elsewhere or later. As `stop`, and nothing is detached.
Result<Done> leave(const Machine& machine, const Surroundings& surroundings);

}  // namespace netctl::hook
