#pragma once

#include "base/descriptor.h"
#include "base/result.h"

namespace netctl::metadata {

/// The socket at which instances ask: the one that was inherited (sd_listen_fds(3)), else one at
/// 169.254.169.254, port 80, whether the address stands already or not. It listens.
///
/// Another process of ours may have the port at the same time, so that it can be replaced without a
/// gap (SO_REUSEPORT, socket(7)). An error where another server has the port at all addresses.
Result<Descriptor> listeningSocket();

}  // namespace netctl::metadata
