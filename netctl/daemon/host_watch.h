#pragma once

#include "netctl/config/host_check.h"
#include "netctl/kernel/links/network_news.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>

namespace netctl::daemon {

/// Looks at this host's devices, addresses and routes when the kernel tells of a change, and tells
/// when they are others than before. It takes 2 % of its thread's time at most: with many devices
/// it looks less often.
///
/// On the thread of `io`, which should have nothing urgent to do.
class HostWatch {
 public:
  using Changed = std::function<void(const config::HostNetwork&)>;

  HostWatch(boost::asio::io_context& io, kernel::NetworkNews news, Changed changed);
  ~HostWatch();
  HostWatch(const HostWatch&) = delete;
  HostWatch& operator=(const HostWatch&) = delete;

 private:
  void wait();
  void lookSoon();
  void look();

  kernel::NetworkNews news_;
  boost::asio::posix::stream_descriptor descriptor_;
  boost::asio::steady_timer timer_;
  bool look_is_due_ = false;
  std::chrono::steady_clock::time_point not_before_;
  config::HostNetwork last_;
  Changed changed_;
};

}  // namespace netctl::daemon
