#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace netctl::http {

/// What a server counts. One thread counts; any may read.
struct Counters {
  std::atomic<std::uint64_t> connections{0};  ///< open now
  std::atomic<std::uint64_t> connections_refused{0};

  /// An answer goes out, or that many.
  void answered(int status, std::uint64_t count = 1);
  /// How many answers there were of each status.
  [[nodiscard]] std::map<int, std::uint64_t> answers() const;

 private:
  static constexpr std::size_t kStatuses = 600;  ///< RFC 9110, section 15: below this
  std::array<std::atomic<std::uint64_t>, kStatuses> answers_{};
};

/// In Prometheus' text format, as netctl_SERVER_...
std::string metricsText(std::string_view server, const Counters& counters);

}  // namespace netctl::http
