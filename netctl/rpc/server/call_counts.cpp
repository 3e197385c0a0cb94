#include "netctl/rpc/server/call_counts.h"

#include "netctl/rpc/json_rpc.h"

#include <fmt/format.h>

#include <iterator>

namespace netctl::rpc {

void CallCounts::add(const Error* error) {
  ++by_code_[error == nullptr ? "ok" : std::to_string(static_cast<int>(rpcErrorOf(*error)))];
}

std::string CallCounts::metricsText() const {
  std::string text =
      "# HELP netctl_rpc_calls_total Calls of methods, by the code of their JSON-RPC error.\n"
      "# TYPE netctl_rpc_calls_total counter\n";
  for (const auto& [code, count] : by_code_) {
    fmt::format_to(std::back_inserter(text), "netctl_rpc_calls_total{{code=\"{}\"}} {}\n", code,
                   count);
  }
  return text;
}

}  // namespace netctl::rpc
