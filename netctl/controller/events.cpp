#include "netctl/controller/events.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace netctl::controller {

std::string_view format(EventKind kind) {
  switch (kind) {
    case EventKind::Change:
      return "change";
    case EventKind::Drift:
      return "drift";
    case EventKind::Error:
      return "error";
    case EventKind::Notice:
      return "notice";
  }
  return "?";
}

void EventLog::add(EventKind kind, std::string object, std::string message) {
  if (events_.size() == kCapacity) events_.pop_front();
  events_.push_back(
      {next_++, std::chrono::system_clock::now(), kind, std::move(object), std::move(message)});
}

std::vector<Event> EventLog::since(std::uint64_t sequence, std::size_t limit) const {
  const auto begin =
      std::partition_point(events_.begin(), events_.end(),
                           [sequence](const Event& event) { return event.sequence <= sequence; });
  const auto count = std::min<std::size_t>(limit, std::distance(begin, events_.end()));
  return {begin, std::next(begin, static_cast<std::ptrdiff_t>(count))};
}

}  // namespace netctl::controller
