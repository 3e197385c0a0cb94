#pragma once

#include "modes/cloud/cloud.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace netctl::controller {

enum class EventKind { Change, Drift, Error, Notice };
std::string_view format(EventKind kind);

/// Something that an administrator may want to know afterwards.
struct Event {
  std::uint64_t sequence = 0;  ///< 1, 2, ...
  std::chrono::system_clock::time_point time;
  EventKind kind = EventKind::Change;
  std::string object;
  std::string message;
};

/// The newest events, in memory; the oldest go when there are more than `kCapacity`.
class EventLog {
 public:
  static constexpr std::size_t kCapacity = 10000;

  void add(EventKind kind, std::string object, std::string message);
  /// One for each thing that was added, removed or changed.
  void add(const cloud::Changes& changes);
  /// The events after that sequence number, oldest first, at most `limit`.
  [[nodiscard]] std::vector<Event> since(std::uint64_t sequence, std::size_t limit) const;
  [[nodiscard]] std::uint64_t last() const { return next_ - 1; }

 private:
  std::deque<Event> events_;
  std::uint64_t next_ = 1;
};

}  // namespace netctl::controller
