#pragma once

#include "modes/host/host_state.h"

#include <string>

namespace netctl::nft {

/// The table of guards (`bridge netctl`) without elements, in nft's language. With `bridge_names`
/// the kernel can tell which bridge a port is of (nft_meta_bridge). Without, every bridge gets the
/// rules of the shared bridge, and there must not be bridges of our own.
std::string guardTable(const host::GuardRules& rules, bool bridge_names);

}  // namespace netctl::nft
