#pragma once

#include <memory>
#include <string>

namespace spdlog {
class formatter;
}

namespace netctl {

/// Makes one line of each message: time, level, text. Other bytes than printable ASCII, which may
/// be a node's or a client's, stand as `\xNN`: they neither begin a line nor steer a terminal.
std::unique_ptr<spdlog::formatter> lineFormatter();

/// From now on this program logs to stderr, by such lines.
void logToStderr(const std::string& program);

}  // namespace netctl
