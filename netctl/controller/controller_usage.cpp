#include "netctl/controller/controller_impl.h"

#include <spdlog/spdlog.h>

/// What the controller counts for others: usage, and the numbers of the host.
namespace netctl::controller {
namespace {

constexpr std::chrono::seconds kCountAgain{15};
constexpr int kCountsUntilSaved = 4;
constexpr std::chrono::seconds kOld{1};

}  // namespace

void Controller::Impl::countIfOld() {
  // Anybody may ask for the metrics, as often as he likes.
  if (std::chrono::steady_clock::now() - counted_ >= kOld) count();
}

void Controller::Impl::count() {
  counted_ = std::chrono::steady_clock::now();
  usage_.take();
  auto counts = host_.counts();
  if (counts) {
    metrics_.denied.take(counts->denied, cloud_);
    metrics_.of_host = *std::move(counts);
  } else {
    spdlog::debug("controller cannot read the host's counters error=\"{}\"",
                  counts.error().message);
  }
}

void Controller::Impl::saveUsage() {
  usage_.save(cloud_);
  setProblems("usage", usage_.problems());
}

void Controller::Impl::armCount() {
  count_timer_.expires_after(kCountAgain);
  count_timer_.async_wait(whileAlive([this](boost::system::error_code error) {
    if (error) return;
    count();
    if (++counts_since_saved_ >= kCountsUntilSaved) {
      counts_since_saved_ = 0;
      saveUsage();
    }
    armCount();
  }));
}

}  // namespace netctl::controller
