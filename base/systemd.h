#pragma once

#include "base/result.h"

#include <string>
#include <vector>

namespace netctl {

inline constexpr const char* kSystemctl = "/usr/bin/systemctl";

/// Has systemd do that to these units, by systemctl(1), and waits until it is done: some 20 ms. A
/// job that fails is an error with what systemctl says. Blocks, for 10 s at most.
Result<void> askSystemd(const std::string& systemctl, const std::string& verb,
                        const std::vector<std::string>& units);

}  // namespace netctl
