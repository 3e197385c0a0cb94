#pragma once

#include <string>

namespace netctl::rpc {

/// This process' own figures in Prometheus' text format, by the names that its client libraries
/// use: CPU seconds, resident bytes, open files, threads, start. A figure that cannot be read is
/// left out.
std::string processMetrics();

}  // namespace netctl::rpc
