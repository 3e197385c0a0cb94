#pragma once

#include "base/result.h"

#include <string>

namespace netctl::confinement {

/// Gives up for ever what this process may do beyond reading what it may read: it becomes that user
/// where the host has it, has no capability (capabilities(7)), and can get none by a program
/// (PR_SET_NO_NEW_PRIVS, prctl(2)). Before there are threads. system_calls.h takes away more.
Result<void> dropPrivileges(const std::string& user);

}  // namespace netctl::confinement
