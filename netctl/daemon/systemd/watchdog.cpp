#include "netctl/daemon/systemd/watchdog.h"

#include "base/number.h"
#include "netctl/daemon/systemd/notify.h"

#include <unistd.h>

#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>

namespace netctl::daemon {
namespace {

/// A positive number of the environment; 0 where there is none.
std::int64_t numberOf(const char* variable) {
  const char* value = std::getenv(variable);
  const auto number = parseWhole<std::int64_t>(value != nullptr ? value : "");
  return std::max<std::int64_t>(number.value_or(0), 0);
}

}  // namespace

std::optional<std::chrono::microseconds> watchdogPeriod() {
  const auto period = numberOf("WATCHDOG_USEC");
  // A process that systemd's own service has started inherits the variables, but is not meant.
  const auto process = numberOf("WATCHDOG_PID");
  if (period == 0 || (process != 0 && process != getpid())) return {};
  return std::chrono::microseconds(period);
}

// Half of the period leaves the watched thread the other half for its answer.
Watchdog::Watchdog(boost::asio::io_context& io, std::chrono::microseconds period, Ask ask)
    : io_(io), pause_(period / 2), ask_(std::move(ask)), timer_(io) {}

void Watchdog::start() {
  ask();
}

void Watchdog::ask() {
  ask_([this] { boost::asio::post(io_, [this] { answered(); }); });
}

void Watchdog::answered() {
  notifySystemd("WATCHDOG=1");
  timer_.expires_after(pause_);
  timer_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) ask();
  });
}

}  // namespace netctl::daemon
