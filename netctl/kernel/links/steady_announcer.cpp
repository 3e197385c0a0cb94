#include "netctl/kernel/links/steady_announcer.h"

#include <algorithm>
#include <utility>

namespace netctl::kernel {

using boost::asio::posix::stream_descriptor;
using host::InterfaceAddress;

SteadyAnnouncer::SteadyAnnouncer(boost::asio::io_context& io, Announcer& announcer,
                                 ProbeAnswers answers, Options options, Links links)
    : announcer_(announcer),
      options_(options),
      links_(std::move(links)),
      answers_(std::move(answers)),
      descriptor_(io, answers_.descriptor()),
      timer_(io) {}

SteadyAnnouncer::~SteadyAnnouncer() {
  // The answers' own object closes it.
  (void)descriptor_.release();
}

void SteadyAnnouncer::start() {
  listen();
  round_begin_ = std::chrono::steady_clock::now();
  wait(options_.period);
}

void SteadyAnnouncer::wait(std::chrono::milliseconds time) {
  timer_.expires_after(time);
  timer_.async_wait([this](const boost::system::error_code& canceled) {
    if (!canceled) next();
  });
}

void SteadyAnnouncer::announceAll() {
  if (thoroughly_ && !waiting_.empty()) {
    again_ = true;
    return;
  }
  begin(true);
  wait(std::chrono::milliseconds(0));
}

void SteadyAnnouncer::begin(bool thoroughly) {
  round_begin_ = std::chrono::steady_clock::now();
  thoroughly_ = thoroughly;
  waiting_.clear();
  asked_.clear();
  const auto standing = links_.standing();
  // What cannot be read now is announced in the next round.
  if (!standing) return;
  for (const auto& address : *standing) {
    if (!address.is_source) {
      waiting_.push_back(address);
      asked_[address.address] = address;
    } else if (thoroughly) {
      waiting_.push_front(address);
    }
  }
  std::erase_if(disputes_, [&](const auto& each) { return !standing->contains(each.first); });
}

void SteadyAnnouncer::next() {
  // What fails is tried again in the next round.
  if (probed_ && !disputes_.contains(*probed_)) {
    (void)(thoroughly_ ? announcer_.announce(*probed_) : announcer_.announceOnce(*probed_));
  }
  probed_.reset();
  if (waiting_.empty() && std::exchange(again_, false)) begin(true);
  if (waiting_.empty() && untilNextRound() <= std::chrono::milliseconds(0)) begin(false);
  if (waiting_.empty()) return wait(std::max(untilNextRound(), options_.pause));
  const auto address = waiting_.front();
  waiting_.pop_front();
  if (address.is_source) {
    (void)announcer_.announce(address);
    return wait(options_.pause / 10);
  }
  probe(address);
  probed_ = address;
  wait(options_.pause);
}

std::chrono::milliseconds SteadyAnnouncer::untilNextRound() const {
  const auto left = round_begin_ + options_.period - std::chrono::steady_clock::now();
  return std::chrono::ceil<std::chrono::milliseconds>(left);
}

void SteadyAnnouncer::probe(const InterfaceAddress& address) {
  if (const auto at = disputes_.find(address); at != disputes_.end()) {
    if (at->second.answered) {
      at->second.answered = false;
    } else {
      disputes_.erase(at);
      links_.disputed(address, {});
    }
  }
  (void)announcer_.probe(address);
}

void SteadyAnnouncer::added(const InterfaceAddress& address) {
  asked_[address.address] = address;
  disputes_.erase(address);
  (void)announcer_.probe(address);
}

void SteadyAnnouncer::removed(const InterfaceAddress& address) {
  asked_.erase(address.address);
  std::erase(waiting_, address);
  if (probed_ == address) probed_.reset();
  if (disputes_.erase(address) != 0) links_.disputed(address, {});
}

void SteadyAnnouncer::listen() {
  descriptor_.async_wait(stream_descriptor::wait_read, [this](boost::system::error_code error) {
    if (error) return;
    for (const auto& answer : answers_.take()) hear(answer);
    listen();
  });
}

void SteadyAnnouncer::hear(const ProbeAnswer& answer) {
  const auto asked = asked_.find(answer.address);
  if (asked == asked_.end() || links_.is_own(answer.mac)) return;
  const auto& address = asked->second;
  announcer_.withdraw(address);
  auto& dispute = disputes_[address];
  dispute.answered = true;
  if (std::exchange(dispute.by, answer.mac) == answer.mac) return;
  links_.disputed(address, answer.mac);
}

}  // namespace netctl::kernel
