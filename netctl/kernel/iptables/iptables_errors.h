#pragma once

#include "base/result.h"
#include "modes/host/rule.h"

#include <string_view>

namespace netctl::kernel {

/// The kernel's refusal of what was done to an iptables table, by its errno.
Error tableError(host::Table table, int number, std::string_view what);
/// Of a read: where there is no such table, says how to get it.
Error tableReadError(host::Table table, int number);

}  // namespace netctl::kernel
