#pragma once

#include "base/descriptor.h"
#include "base/result.h"

#include <utility>

namespace netctl::metadata {

/// A process that goes into the background, and says so only when it serves.
class Background {
 public:
  /// Forks; only the child comes back. The parent ends when the child is ready, with exit code 0,
  /// or has ended, with 1. Before there are threads.
  static Result<Background> enter();

  /// What is written to stderr goes to this file from here on, and the parent ends.
  Result<void> ready(const Descriptor& log);

 private:
  explicit Background(Descriptor parent) : parent_(std::move(parent)) {}

  Descriptor parent_;
};

}  // namespace netctl::metadata
