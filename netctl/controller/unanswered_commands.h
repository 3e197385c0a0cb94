#pragma once

#include "netctl/controller/enforcer.h"
#include "netctl/controller/nodes.h"
#include "netctl/controller/view.h"

#include <chrono>
#include <optional>
#include <set>
#include <vector>

namespace netctl::controller {

/// A command that has been run, and waits for its batch or for being in force.
struct UnansweredCommand {
  Reply reply;
  Applied applied;
  Concern concern;     ///< what of this host the answer speaks of
  NodeConcerns nodes;  ///< and what of others
  /// At which private addresses it waits for a review of flows; what changed nothing waits for all.
  std::set<net::Ipv4Address> at_stake;
  bool awaits_review = false;
  std::chrono::steady_clock::time_point deadline;
};

/// The commands that are committed and not answered yet. Not thread-safe.
class UnansweredCommands {
 public:
  void add(std::vector<UnansweredCommand> commands);

  /// Those that are in force, that a retry would not help, or that have waited long enough, each
  /// with what of it is not in force. They wait no longer. A review of flows that is due is waited
  /// for in any case.
  std::vector<UnansweredCommand> takeAnswered(const Enforcer& enforcer, const Nodes& nodes,
                                              std::chrono::steady_clock::time_point now,
                                              bool review_is_due);

  /// When the first of them has waited long enough.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> firstDeadline() const;

 private:
  std::vector<UnansweredCommand> commands_;
};

}  // namespace netctl::controller
