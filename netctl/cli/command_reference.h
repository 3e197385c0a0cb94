#pragma once

#include <string>

namespace netctl::cli {

/// docs/commands.md: all commands with their options and examples.
std::string commandReference();

}  // namespace netctl::cli
