#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cstdint>
#include <functional>
#include <optional>

namespace netctl::kernel {

/// Tells when a process ends. On the thread of its io_context, which must not run any more when
/// this object is gone.
class ProcessWatch {
 public:
  explicit ProcessWatch(boost::asio::io_context& io) : io_(io) {}
  ProcessWatch(const ProcessWatch&) = delete;
  ProcessWatch& operator=(const ProcessWatch&) = delete;

  /// Watches that process in place of any other: `ended` is called once. The descriptor
  /// (pidfd_open(2)) stays the caller's. Without a watch, where descriptors have run out, the audit
  /// finds the end.
  void start(int process, std::function<void()> ended);
  void stop();

 private:
  boost::asio::io_context& io_;
  /// Of its own, because the caller closes the one that it has.
  std::optional<boost::asio::posix::stream_descriptor> process_;
  std::uint64_t turn_ = 0;
};

}  // namespace netctl::kernel
