#pragma once

#include "modes/host/counted.h"
#include "netctl/controller/denied_packets.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

namespace netctl::controller {

/// Durations in buckets, as Prometheus' histograms.
class Histogram {
 public:
  static constexpr std::array<double, 12> kBounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                  0.05,   0.1,   0.25,   0.5,   1,    5};

  void observe(std::chrono::nanoseconds duration);
  /// Appends the lines of Prometheus' text format.
  void write(std::string& text, const std::string& name, const std::string& help) const;

 private:
  std::array<std::uint64_t, kBounds.size() + 1> counts_{};
  double sum_ = 0;
};

/// The controller's counters.
struct Metrics {
  std::uint64_t commands = 0;
  std::uint64_t commands_refused = 0;
  std::uint64_t batches = 0;
  std::uint64_t steps = 0;
  std::uint64_t steps_failed = 0;
  std::uint64_t drift_repaired = 0;
  std::uint64_t flows_cut = 0;
  std::uint64_t addresses_learned = 0;
  std::uint64_t address_claims_refused = 0;
  std::uint64_t audits = 0;
  host::HostCounts of_host;  ///< as of the last look
  DeniedPackets denied;
  Histogram render;
  Histogram look;
  Histogram diff;
  Histogram apply;
  Histogram verify;
  Histogram commit;

  /// Prometheus' text format, version 0.0.4.
  [[nodiscard]] std::string text() const;
};

}  // namespace netctl::controller
