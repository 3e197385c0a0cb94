#pragma once

#include "modes/mode.h"
#include "netctl/config/configuration.h"
#include "netctl/kernel/host/local_host.h"
#include "netctl/kernel/links/link.h"
#include "netctl/pki/tls.h"
#include "netctl/store/store.h"

#include <memory>
#include <string>
#include <vector>

/// The steps between a configuration and a controller, shared by serving and purging.
namespace netctl::daemon {

/// Makes the directories of state (0700) and of run time (0755).
Result<void> makeDirectories(const config::ServiceSettings& settings);

/// Opens the stored cloud; Busy where another netctld has it.
Result<std::unique_ptr<store::Store>> openStore(const config::ServiceSettings& settings);

kernel::LocalHost::Options hostOptions(const config::ServiceSettings& settings);

/// What was found out about this host, and what there is to say about it.
struct HostReport {
  HostFacts facts;
  std::vector<std::string> notices;  ///< of the configuration and of the host
};
/// Checks the configuration against this host's network devices and addresses; all that is wrong is
/// in the Error.
Result<HostReport> inspectHost(const config::Configuration& configuration,
                               const kernel::LinksByIndex& devices);

pki::TlsFiles tlsFiles(const config::ServiceSettings& settings);

}  // namespace netctl::daemon
