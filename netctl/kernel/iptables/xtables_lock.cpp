#include "netctl/kernel/iptables/xtables_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace netctl::kernel {
namespace {

const char* path() {
  const char* named = std::getenv("XTABLES_LOCKFILE");
  return named != nullptr && *named != '\0' ? named : "/run/xtables.lock";
}

}  // namespace

XtablesLock::Held::~Held() {
  if (descriptor_ >= 0) flock(descriptor_, LOCK_UN);
}

XtablesLock::~XtablesLock() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<XtablesLock> XtablesLock::open() {
  // A child that inherited the descriptor would share the lock, and an iptables in it wait for
  // itself.
  const int descriptor = ::open(path(), O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return Error{ErrorCode::Kernel, "XtablesLock",
                 fmt::format("open {}: {}", path(), std::strerror(errno))};
  }
  return XtablesLock(descriptor);
}

Result<XtablesLock::Held> XtablesLock::acquire(std::chrono::milliseconds patience) const {
  // There is no flock with a time limit. Holders keep it for some milliseconds.
  constexpr std::chrono::milliseconds kPause{2};
  const auto end = std::chrono::steady_clock::now() + patience;
  while (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return Error{ErrorCode::Kernel, "XtablesLock",
                   fmt::format("lock {}: {}", path(), std::strerror(errno))};
    }
    if (std::chrono::steady_clock::now() >= end) {
      return Error{ErrorCode::Busy, "XtablesLock",
                   fmt::format("another program holds the xtables lock ({0}); see who with "
                               "`fuser {0}`",
                               path())};
    }
    std::this_thread::sleep_for(kPause);
  }
  return Held(descriptor_);
}

}  // namespace netctl::kernel
