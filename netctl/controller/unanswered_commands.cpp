#include "netctl/controller/unanswered_commands.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace netctl::controller {

void UnansweredCommands::add(std::vector<UnansweredCommand> commands) {
  std::ranges::move(commands, std::back_inserter(commands_));
}

std::vector<UnansweredCommand> UnansweredCommands::takeAnswered(
    const Enforcer& enforcer, const Nodes& nodes, std::chrono::steady_clock::time_point now,
    bool review_is_due) {
  std::vector<UnansweredCommand> answered;
  std::vector<UnansweredCommand> still;
  for (auto& command : std::exchange(commands_, {})) {
    const bool awaits_review =
        command.awaits_review &&
        (command.at_stake.empty() ? enforcer.hasFlowsToReview()
                                  : enforcer.hasFlowsToReview(command.at_stake));
    const bool must_wait =
        enforcer.mustRetry(command.concern) || nodes.mustWait(command.nodes) || awaits_review;
    if ((must_wait && now < command.deadline) || (awaits_review && review_is_due)) {
      still.push_back(std::move(command));
      continue;
    }
    command.applied.not_in_force = enforcer.left(command.concern);
    if (awaits_review && command.applied.not_in_force.empty()) {
      command.applied.not_in_force.push_back({"flows", "are not reviewed yet", true});
    }
    std::ranges::move(nodes.left(command.nodes), std::back_inserter(command.applied.not_in_force));
    answered.push_back(std::move(command));
  }
  commands_ = std::move(still);
  return answered;
}

std::optional<std::chrono::steady_clock::time_point> UnansweredCommands::firstDeadline() const {
  if (commands_.empty()) return std::nullopt;
  return std::ranges::min_element(commands_, {}, &UnansweredCommand::deadline)->deadline;
}

}  // namespace netctl::controller
