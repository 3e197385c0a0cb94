#pragma once

#include "tests/kernel/support/network_namespace.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <string>
#include <thread>

namespace netctl::kernel {

/// Another network namespace, loopback up, that ends with this object: somebody on the other side
/// of a wire.
class Peer {
 public:
  Peer() {
    std::thread([this] {
      EXPECT_EQ(unshare(CLONE_NEWNET), 0);
      descriptor_ = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
      EXPECT_GE(descriptor_, 0);
      kernel::output("ip link set lo up");
    }).join();
  }
  ~Peer() { close(descriptor_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

  /// Calls `function` inside; sockets that it opens stay there.
  template <class Function>
  void in(Function function) const {
    std::thread([&] {
      EXPECT_EQ(setns(descriptor_, CLONE_NEWNET), 0);
      function();
    }).join();
  }
  /// As kernel::output.
  std::string output(const std::string& command) const {
    std::string printed;
    in([&] { printed = kernel::output(command); });
    return printed;
  }
  /// For `ip ... netns`.
  [[nodiscard]] std::string path() const {
    return fmt::format("/proc/{}/fd/{}", getpid(), descriptor_);
  }

 private:
  int descriptor_ = -1;
};

}  // namespace netctl::kernel
