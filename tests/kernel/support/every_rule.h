#pragma once

#include "modes/host/rule.h"

#include <vector>

namespace netctl::kernel {

/// Rules of every kind that can stand in any table. They name the sets nc_ip (hash:ip) and nc_allow
/// (hash:ip,port,net) and the chain NC_OTHER.
std::vector<host::Rule> everyRule();
}  // namespace netctl::kernel
