#include "netctl/daemon/surroundings_watch.h"

#include "netctl/daemon/watch_rest.h"
#include "netctl/surroundings/observe.h"
#include "netctl/surroundings/problems.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace netctl::daemon {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPeriod{10};
constexpr std::chrono::seconds kAtLeast{1};  ///< between two looks

}  // namespace

SurroundingsWatch::SurroundingsWatch(boost::asio::io_context& io,
                                     config::Configuration configuration, Found found)
    : io_(io), timer_(io), configuration_(std::move(configuration)), found_(std::move(found)) {}

void SurroundingsWatch::configurationChanged(config::Configuration configuration) {
  boost::asio::post(io_, [this, configuration = std::move(configuration)]() mutable {
    configuration_ = std::move(configuration);
    if (host_) hostChanged(*host_);
  });
}

void SurroundingsWatch::hostChanged(const config::HostNetwork& host) {
  host_ = host;
  facts_ = config::checkHost(configuration_, host).facts;
  lookAt(std::max(Clock::now(), not_before_));
}

void SurroundingsWatch::lookAt(Clock::time_point when) {
  timer_.expires_at(when);
  timer_.async_wait([this](boost::system::error_code error) {
    if (!error) look();
  });
}

void SurroundingsWatch::look() {
  const auto begin = Clock::now();
  const auto place = surroundings::placeOf(configuration_, facts_);
  const auto observed = surroundings::observe(configuration_, place);
  found_(surroundings::problemsIn(observed, place, std::chrono::system_clock::now()));
  const auto end = Clock::now();
  const auto rest = restAfter(end - begin);
  not_before_ = end + std::max<Clock::duration>(kAtLeast, rest);
  lookAt(end + std::max<Clock::duration>(kPeriod, rest));
}

}  // namespace netctl::daemon
