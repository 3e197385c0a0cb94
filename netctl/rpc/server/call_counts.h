#pragma once

#include "base/result.h"

#include <cstdint>
#include <map>
#include <string>

namespace netctl::rpc {

/// Calls of methods by what became of them. On one thread.
class CallCounts {
 public:
  /// Absent: the call succeeded.
  void add(const Error* error);
  /// In Prometheus' text format: `ok`, or the code of the JSON-RPC error.
  [[nodiscard]] std::string metricsText() const;

 private:
  std::map<std::string, std::uint64_t> by_code_;
};

}  // namespace netctl::rpc
