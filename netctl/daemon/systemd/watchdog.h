#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <optional>

namespace netctl::daemon {

/// The time in which systemd wants to hear of this process (WATCHDOG_USEC, for this WATCHDOG_PID);
/// absent where it does not wait for it.
std::optional<std::chrono::microseconds> watchdogPeriod();

/// Tells systemd that netctld is alive (`WatchdogSec=` of its unit). It says so only after the
/// watched thread has answered: where that hangs, systemd hears nothing and starts netctld again.
/// A hung thread of `io` is silent as well.
///
/// On the thread of `io`, which must not run any more when this object is gone.
class Watchdog {
 public:
  /// Has `answer` called by the watched thread, as soon as it comes to it.
  using Ask = std::function<void(std::function<void()> answer)>;

  Watchdog(boost::asio::io_context& io, std::chrono::microseconds period, Ask ask);
  /// Asks for the first time.
  void start();

 private:
  void ask();
  void answered();

  boost::asio::io_context& io_;
  std::chrono::microseconds pause_;
  Ask ask_;
  boost::asio::steady_timer timer_;
};

}  // namespace netctl::daemon
