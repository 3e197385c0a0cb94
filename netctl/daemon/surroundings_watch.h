#pragma once

#include "netctl/config/configuration.h"
#include "netctl/config/host_check.h"
#include "netctl/controller/problem.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

namespace netctl::daemon {

/// Looks at what others have on this host beside what is netctl's: every ten seconds, and soon
/// after the host's network has changed. It takes 2 % of its thread's time at most.
///
/// On the thread of `io`, which should have nothing urgent to do.
class SurroundingsWatch {
 public:
  using Found = std::function<void(std::vector<controller::Problem>)>;

  SurroundingsWatch(boost::asio::io_context& io, config::Configuration configuration, Found found);

  /// To be called at first, too.
  void hostChanged(const config::HostNetwork& host);
  /// What it looks by from now on. From any thread.
  void configurationChanged(config::Configuration configuration);

 private:
  void lookAt(std::chrono::steady_clock::time_point when);
  void look();

  boost::asio::io_context& io_;
  boost::asio::steady_timer timer_;
  config::Configuration configuration_;
  Found found_;
  std::optional<config::HostNetwork> host_;
  HostFacts facts_;
  std::chrono::steady_clock::time_point not_before_;
};

}  // namespace netctl::daemon
