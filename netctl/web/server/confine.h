#pragma once

#include "base/result.h"

#include <string>

namespace netctl::web {

/// Gives up for ever all but to talk over the sockets that this process has, or accepts: it becomes
/// that user where the host has it, has no capability, opens no file and no socket, starts nothing
/// and signals nobody. To be called before there are threads; then keepTalkingOnly, when nothing is
/// left to be opened.
Result<void> becomeNobody(const std::string& user);
Result<void> keepTalkingOnly();

}  // namespace netctl::web
