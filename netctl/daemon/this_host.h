#pragma once

#include "netctl/config/configuration.h"
#include "netctl/config/host_check.h"
#include "netctl/kernel/host/local_host.h"
#include "netctl/kernel/links/link.h"
#include "netctl/store/store.h"

#include <boost/asio/io_context.hpp>

#include <memory>

/// What netctld takes of this host before it looks at any cloud.
namespace netctl::daemon {

/// The stored cloud and the kernel, which one netctld has at a time.
struct ThisHost {
  std::unique_ptr<store::Store> store;
  std::unique_ptr<kernel::LocalHost> kernel;
};

/// Makes the directories of state (0700) and of run time (0755), loads the kernel's modules and
/// holds off any other netctld: what is read of this host from here on is nobody else's work.
/// Serving and purging both begin so. Busy where another netctld has the store.
Result<ThisHost> takeThisHost(boost::asio::io_context& io, const config::ServiceSettings& services);

/// What the checks of a configuration must know of this host.
Result<config::HostNetwork> readHostNetwork();
/// As above, with the devices as they were just read.
Result<config::HostNetwork> readHostNetwork(const kernel::LinksByIndex& devices);

}  // namespace netctl::daemon
