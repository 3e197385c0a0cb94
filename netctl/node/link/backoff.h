#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace netctl::node {

/// Ever longer pauses between attempts, each cut at random by up to half, so that many nodes do not
/// come back at once.
class Backoff {
 public:
  using Duration = std::chrono::milliseconds;

  explicit Backoff(Duration first) : first_(first) {}

  Duration next(Duration longest) {
    const auto whole = std::min(pause_, longest);
    pause_ = whole * 2;
    return Duration(
        std::uniform_int_distribution<Duration::rep>(whole.count() / 2, whole.count())(random_));
  }
  /// After success.
  void reset() { pause_ = first_; }

 private:
  Duration first_;
  Duration pause_ = first_;
  std::mt19937 random_{std::random_device{}()};
};

}  // namespace netctl::node
