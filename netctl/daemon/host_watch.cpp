#include "netctl/daemon/host_watch.h"

#include "netctl/daemon/watch_rest.h"
#include "netctl/surroundings/host_network.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace netctl::daemon {
namespace {

using boost::asio::posix::stream_descriptor;
using Clock = std::chrono::steady_clock;

/// Changes come several in a row; one look then serves them all.
constexpr std::chrono::milliseconds kNewsSettle{50};

}  // namespace

HostWatch::HostWatch(boost::asio::io_context& io, kernel::NetworkNews news, Changed changed)
    : news_(std::move(news)),
      descriptor_(io, news_.descriptor()),
      timer_(io),
      changed_(std::move(changed)) {
  // What happened before the news began.
  lookSoon();
  wait();
}

// The news close the descriptor.
HostWatch::~HostWatch() {
  (void)descriptor_.release();
}

void HostWatch::wait() {
  descriptor_.async_wait(stream_descriptor::wait_read, [this](boost::system::error_code error) {
    if (error) return;
    news_.drain();
    lookSoon();
    wait();
  });
}

void HostWatch::lookSoon() {
  if (std::exchange(look_is_due_, true)) return;
  timer_.expires_at(std::max(Clock::now() + kNewsSettle, not_before_));
  timer_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    look_is_due_ = false;
    look();
  });
}

void HostWatch::look() {
  const auto begin = Clock::now();
  auto network = surroundings::readHostNetwork();
  const auto end = Clock::now();
  not_before_ = end + restAfter(end - begin);
  if (!network) {
    spdlog::warn("daemon cannot look at this host's network error=\"{}\"", network.error().message);
    return lookSoon();
  }
  if (*network == last_) return;
  last_ = *std::move(network);
  changed_(last_);
}

}  // namespace netctl::daemon
