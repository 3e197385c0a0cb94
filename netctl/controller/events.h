#pragma once

#include "modes/cloud/cloud.h"

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace netctl::controller {

enum class EventKind { Change, Drift, Error, Notice };
std::string_view format(EventKind kind);

/// Something that an administrator may want to know afterwards. One that happens again within
/// `EventLog::kFolded` is the same event, which then is the newest and counts one more.
struct Event {
  using Time = std::chrono::system_clock::time_point;

  std::uint64_t sequence = 0;  ///< 1, 2, ...: of the last time that it happened
  Time time;                   ///< the last time
  EventKind kind = EventKind::Change;
  std::string object;
  std::string message;
  std::uint64_t count = 1;  ///< how often it happened
  Time first;               ///< the first time
};

/// The newest events, in memory. The oldest go when there are more than `kCapacity`, and an
/// object's own when it has more than `kOfObject`: what flaps does not flush what is known of the
/// rest.
class EventLog {
 public:
  static constexpr std::size_t kCapacity = 10000;
  static constexpr std::size_t kOfObject = 100;
  static constexpr std::chrono::minutes kFolded{1};

  void add(EventKind kind, std::string object, std::string message,
           Event::Time now = std::chrono::system_clock::now());
  /// One for each thing that was added, removed or changed.
  void add(const cloud::Changes& changes);
  /// The events after that sequence number, oldest first, at most `limit`.
  [[nodiscard]] std::vector<Event> since(std::uint64_t sequence, std::size_t limit) const;
  /// The newest sequence number.
  [[nodiscard]] std::uint64_t last() const { return next_ - 1; }

 private:
  /// What is the same when it happens again.
  struct Happening {
    EventKind kind;
    std::string message;
    auto operator<=>(const Happening&) const = default;
  };
  struct Object {
    std::map<Happening, std::uint64_t> newest;  ///< of its events
    std::set<std::uint64_t> events;             ///< all of them
  };

  /// Takes the event out.
  Event take(std::uint64_t sequence);

  std::map<std::uint64_t, Event> events_;  ///< by sequence number
  std::map<std::string, Object> objects_;
  std::uint64_t next_ = 1;
};

}  // namespace netctl::controller
