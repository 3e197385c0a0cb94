#include "netctl/store/etcd/contact.h"

#include <chrono>
#include <utility>

namespace netctl::store {
namespace {

constexpr std::chrono::seconds kWhileAway{1};
constexpr std::chrono::seconds kWhileThere{5};

}  // namespace

Contact::Contact(etcd::Access access, std::string key)
    : client_(std::move(access)), key_(std::move(key)), thread_([this] { run(); }) {}

Contact::~Contact() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  news_.notify_all();
  thread_.join();
}

void Contact::lost() {
  {
    const std::lock_guard lock(mutex_);
    is_there_ = false;
  }
  news_.notify_all();
}

bool Contact::isThere() const {
  const std::lock_guard lock(mutex_);
  return is_there_;
}

std::vector<std::string> Contact::alarms() const {
  const std::lock_guard lock(mutex_);
  return alarms_;
}

void Contact::run() {
  std::unique_lock lock(mutex_);
  while (!ends_) {
    const bool was_there = is_there_;
    lock.unlock();
    // A read that a majority must confirm.
    const bool answers = was_there || client_.range({.first = key_}).has_value();
    auto alarms = answers ? client_.alarms()
                          : Result<std::vector<std::string>>(Error{ErrorCode::Busy, "", "away"});
    lock.lock();
    if (alarms) alarms_ = *std::move(alarms);
    // What was lost meanwhile has not been asked yet.
    if (!was_there && answers) is_there_ = true;
    const auto pause = is_there_ ? kWhileThere : kWhileAway;
    news_.wait_for(lock, pause, [&] { return ends_ || (was_there && !is_there_); });
  }
}

}  // namespace netctl::store
