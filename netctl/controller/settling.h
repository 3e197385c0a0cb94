#pragma once

#include "modes/host/area.h"

#include <chrono>

namespace netctl::controller {

/// Waits until iptables' tables stand still. A firewall that starts or reloads writes them in
/// several steps, and some of these fail where what is ours comes back in between: `iptables -X`
/// deletes no chain that our jump leads to. Nothing gets in meanwhile: the second wall stands.
class Settling {
 public:
  /// The next look, while tables move.
  static constexpr std::chrono::milliseconds kStill{200};
  /// So many looks at most, for who goes on writing.
  static constexpr int kLooks = 3;

  /// Takes the areas that have changed since the last look. Gives those to be read and compared
  /// now: the tables when none has changed any more, all else at once.
  host::Areas seen(host::Areas changed);
  [[nodiscard]] bool isMoving() const { return !moving_.empty(); }

 private:
  host::Areas moving_;
  int looks_ = 0;  ///< that found a table changed, in a row
};

}  // namespace netctl::controller
