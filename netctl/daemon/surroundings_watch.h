#pragma once

#include "netctl/config/configuration.h"
#include "netctl/config/host_check.h"
#include "netctl/controller/problem.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <vector>

namespace netctl::daemon {

/// Looks at what others have on this host beside what is netctl's: every ten seconds, and soon
/// after the host's network has changed. It takes 2 % of its thread's time at most.
///
/// On the thread of `io`, which should have nothing urgent to do.
class SurroundingsWatch {
 public:
  using Found = std::function<void(std::vector<controller::Problem>)>;

  SurroundingsWatch(boost::asio::io_context& io, const config::Configuration& configuration,
                    Found found);

  /// To be called at first, too.
  void hostChanged(const config::HostNetwork& host);

 private:
  void lookAt(std::chrono::steady_clock::time_point when);
  void look();

  boost::asio::steady_timer timer_;
  const config::Configuration& configuration_;
  Found found_;
  HostFacts facts_;
  std::chrono::steady_clock::time_point not_before_;
};

}  // namespace netctl::daemon
