#pragma once

#include "base/result.h"

#include <chrono>
#include <utility>

namespace netctl::kernel {

/// The lock that all programs take which change iptables (legacy): flock on XTABLES_LOCKFILE, else
/// on /run/xtables.lock. The file is opened once, so that it works on without root.
class XtablesLock {
 public:
  /// The time for which the lock is ours.
  class Held {
   public:
    explicit Held(int descriptor) : descriptor_(descriptor) {}
    ~Held();
    Held(Held&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    Held& operator=(Held&&) = delete;

   private:
    int descriptor_;
  };

  static Result<XtablesLock> open();
  ~XtablesLock();
  XtablesLock(XtablesLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  XtablesLock& operator=(XtablesLock&&) = delete;

  /// Busy where another program still holds it after that time.
  [[nodiscard]] Result<Held> acquire(std::chrono::milliseconds patience) const;

 private:
  explicit XtablesLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace netctl::kernel
