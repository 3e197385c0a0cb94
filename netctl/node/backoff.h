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

  Backoff(Duration first, Duration longest) : first_(first), longest_(longest) {}

  Duration next() {
    const auto whole = pause_;
    pause_ = std::min(pause_ * 2, longest_);
    return Duration(
        std::uniform_int_distribution<Duration::rep>(whole.count() / 2, whole.count())(random_));
  }
  /// After success.
  void reset() { pause_ = first_; }

 private:
  Duration first_;
  Duration longest_;
  Duration pause_ = first_;
  std::mt19937 random_{std::random_device{}()};
};

}  // namespace netctl::node
