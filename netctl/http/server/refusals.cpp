#include "netctl/http/server/refusals.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace netctl::http {

std::optional<Refusal> FoldedRefusals::add(Refusal refusal, Clock::time_point now) {
  const auto [at, is_first] =
      by_reason_.try_emplace(refusal.reason, Folded{.until = now + kPeriod});
  if (is_first) return refusal;
  at->second.count += refusal.count;
  at->second.last_peer = std::move(refusal.peer);
  return {};
}

std::vector<Refusal> FoldedRefusals::takeDue(Clock::time_point now) {
  std::vector<Refusal> due;
  for (auto at = by_reason_.begin(); at != by_reason_.end();) {
    auto& [reason, folded] = *at;
    if (folded.until > now) {
      ++at;
    } else if (folded.count == 0) {
      at = by_reason_.erase(at);
    } else {
      due.push_back({std::move(folded.last_peer), reason, folded.count});
      folded = {.until = now + kPeriod};
      ++at;
    }
  }
  return due;
}

std::optional<FoldedRefusals::Clock::time_point> FoldedRefusals::due() const {
  if (by_reason_.empty()) return {};
  return std::ranges::min_element(by_reason_, {},
                                  [](const auto& entry) { return entry.second.until; })
      ->second.until;
}

void Refusals::add(std::string peer, std::string reason) {
  const auto now = FoldedRefusals::Clock::now();
  if (const auto first = folded_.add({std::move(peer), std::move(reason)}, now)) tell(*first);
  arm();
}

void Refusals::stop() {
  told_ = nullptr;
  timer_.cancel();
}

void Refusals::tell(const Refusal& refusal) const {
  spdlog::warn("http refused listener={} peer={} reason=\"{}\" count={}", listener_, refusal.peer,
               refusal.reason, refusal.count);
  if (told_) told_(listener_, refusal);
}

void Refusals::arm() {
  const auto due = folded_.due();
  if (!due || is_armed_) return;
  is_armed_ = true;
  timer_.expires_at(*due);
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code cancelled) {
    const auto self = weak.lock();
    if (cancelled || !self) return;
    self->is_armed_ = false;
    for (const auto& refusal : self->folded_.takeDue(FoldedRefusals::Clock::now())) {
      self->tell(refusal);
    }
    self->arm();
  });
}

}  // namespace netctl::http
