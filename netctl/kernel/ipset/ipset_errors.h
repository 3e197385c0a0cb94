#pragma once

#include "base/result.h"

#include <string_view>

namespace netctl::kernel {

/// What the kernel's refusal of an ipset message means: errno, or one of ipset's own numbers.
/// `what` was to be done.
Error ipsetError(int number, std::string_view what);

}  // namespace netctl::kernel
