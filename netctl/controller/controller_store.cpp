#include "netctl/controller/controller_impl.h"

#include "modes/firewall/flows.h"
#include "netctl/controller/stopwatch.h"
#include "netctl/store/store.h"

#include <spdlog/spdlog.h>

#include <utility>

namespace netctl::controller {
namespace {

const Error kNotStored{ErrorCode::Busy, "Unavailable",
                       "the store went away before it had taken the change; nothing has changed, "
                       "ask for it again"};
const Error kNotKnown{ErrorCode::Timeout, "Unavailable",
                      "the store has not answered yet, so it is not known whether the change is "
                      "stored; ask for it again, which does no harm"};

}  // namespace

Result<void> Controller::Impl::commit(const cloud::Changes& changes,
                                      const std::set<net::Ipv4Address>& reviews,
                                      const std::set<net::Ipv4Address>& kept) {
  const Stopwatch stopwatch(metrics_.commit);
  auto committed = store_.commit(changes, reviews, kept);
  nameStoreTroubles();
  return committed;
}

void Controller::Impl::nameStoreTroubles() {
  std::vector<Problem> problems;
  for (auto& trouble : store_.troubles()) {
    problems.push_back({std::move(trouble.object), std::move(trouble.what),
                        std::move(trouble.consequence), std::move(trouble.remedy),
                        trouble.refuses ? Severity::error : Severity::warning});
  }
  setProblems("store", std::move(problems));
}

void Controller::Impl::lookAtStore() {
  auto seen = store_.look(cloud_);
  nameStoreTroubles();
  if (!seen || !*seen) return answerDoubtful();
  auto& back = **seen;
  if (doubtful_) {
    auto batch = *std::exchange(doubtful_, std::nullopt);
    if (back.was_committed) {
      cloud_.undo(batch.changes.reversed());
      return finish(std::move(batch));
    }
    refuse(batch, kNotStored);
  }
  if (back.changes.empty()) return;
  spdlog::info("controller takes what was stored before its start");
  cloud_.undo(back.changes.reversed());
  Batch batch;
  batch.reviews = firewall::addressesAtStake(cloud_, back.changes);
  batch.left = firewall::addressesLeft(back.changes);
  batch.changes = std::move(back.changes);
  finish(std::move(batch));
}

void Controller::Impl::answerDoubtful() {
  if (!doubtful_) return;
  for (auto& command : doubtful_->done) {
    if (command.deadline > std::chrono::steady_clock::now()) continue;
    std::exchange(command.reply, [](const View&, const auto&) {})(view(), kNotKnown);
    command.deadline = std::chrono::steady_clock::time_point::max();
  }
}

void Controller::Impl::lose(const Error& error) {
  is_lost_ = true;
  spdlog::critical("controller cannot say what is stored, and ends without an answer error=\"{}\"",
                   error.message);
  if (on_lost_) on_lost_(error);
}

}  // namespace netctl::controller
