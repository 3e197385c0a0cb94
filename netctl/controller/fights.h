#pragma once

#include "modes/host/plan.h"
#include "netctl/controller/problem.h"

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace netctl::controller {

/// Objects that another program changes as often as they are repaired. To go on as fast as it does
/// would cost both a processor, and helps nobody: such an object is repaired once in kSlowed.
///
/// A firewall that is reloaded flushes the same table several times within a moment, and that is no
/// fight, though somebody reloads it again: so what counts are bursts.
class Fights {
 public:
  using Clock = std::chrono::steady_clock;
  /// Repairs of one object within this time are one burst.
  static constexpr std::chrono::seconds kBurst{1};
  /// After so many repairs in a burst the next is not before another kBurst.
  static constexpr std::size_t kRepairs = 8;
  /// So many bursts in this time are a fight.
  static constexpr std::size_t kBursts = 8;
  static constexpr std::chrono::seconds kWithin{20};
  static constexpr std::chrono::seconds kSlowed{30};

  /// This step repairs what nobody of us has changed. Gives the objects for which a fight begins.
  std::vector<std::string> repaired(const host::Step& step, Clock::time_point now);
  /// True where all that the step is about is to be left for now.
  [[nodiscard]] bool isHeld(const host::Step& step, Clock::time_point now) const;
  /// True where the time of a held object is over, once: it is to be looked at again.
  bool takeDue(Clock::time_point now);
  /// One for each fight that goes on.
  [[nodiscard]] std::vector<Problem> problems() const;

 private:
  struct Object {
    std::deque<Clock::time_point> bursts;  ///< when each began, within kWithin
    std::size_t repairs = 0;               ///< in the last of them
    bool is_fight = false;
    /// The next repair is not before.
    std::optional<Clock::time_point> held_until = {};
    bool is_due = false;  ///< and nobody was told yet
  };
  void forgetOld(Clock::time_point now);

  std::map<std::string, Object> objects_;
};

}  // namespace netctl::controller
