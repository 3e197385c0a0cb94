#pragma once

#include <string>
#include <vector>

namespace netctl::cli {

/// `config check FILE`: the faults of a configuration, or the networks that it gives. Needs no
/// daemon. `words` come after `config`; gives the exit code.
int runConfigCheck(const std::vector<std::string>& words);

}  // namespace netctl::cli
