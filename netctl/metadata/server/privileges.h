#pragma once

#include "base/result.h"

#include <string>

namespace netctl::metadata {

/// Gives up for ever all that this process may do beyond reading what it may read: it becomes that
/// user where the host has it, has no capability (capabilities(7)), can get none by a program
/// (PR_SET_NO_NEW_PRIVS, prctl(2)) and starts none. Before there are threads.
Result<void> dropPrivileges(const std::string& user);

}  // namespace netctl::metadata
