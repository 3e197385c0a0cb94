#pragma once

#include "netctl/config/configuration.h"
#include "netctl/kernel/host/local_host.h"
#include "netctl/kernel/nft/namespace_lock.h"
#include "netctl/store/store.h"

#include <boost/asio/io_context.hpp>

#include <memory>

/// What netctld takes of this host before it looks at any cloud.
namespace netctl::daemon {

/// Makes the directory of state (0700) and opens the stored cloud, as store::openStore.
Result<std::unique_ptr<store::Store>> openStore(const config::Configuration& configuration);

/// The state file alone, wherever the cloud is: holds off any other netctld that has it (Busy).
Result<std::unique_ptr<store::Store>> holdState(const config::ServiceSettings& services);

/// What one netctld of a network namespace has at a time.
struct ThisHost {
  kernel::NamespaceLock lock;
  std::unique_ptr<kernel::LocalHost> kernel;
};

/// Holds off any other netctld, and makes the directory of run time (0755): what is read of this
/// host from here on is nobody else's work. Busy where another netctld has this network namespace.
/// The kernel's modules are to be loaded, and before that the store to be open: another netctld
/// that has it is not to be disturbed.
Result<ThisHost> takeThisHost(boost::asio::io_context& io, const config::ServiceSettings& services);

}  // namespace netctl::daemon
