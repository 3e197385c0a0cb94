#include "netctl/controller/controller_impl.h"

#include "modes/firewall/flows.h"
#include "netctl/store/store.h"

#include <utility>

namespace netctl::controller {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

void Controller::Impl::serveQueue() {
  while (!queue_.empty() && !is_lost_) {
    if (queue_.front().options.dry_run) {
      const auto request = std::move(queue_.front());
      queue_.pop_front();
      dryRun(request);
      continue;
    }
    serve(takeBatch());
  }
}

void Controller::Impl::dryRun(const Request& request) {
  auto outcome = request.run(cloud_);
  if (!outcome) return request.reply(view(), outcome.error());
  const auto changes = cloud_.takeChanges();
  if (const auto weight = store_.weigh(changes); !weight) {
    request.reply(view(), weight.error());
  } else if (const auto plan = enforcer_.plan(changes); plan) {
    Applied applied{std::move(*outcome), {}, host::describe(*plan)};
    if (!applied.outcome.keep_flows) {
      for (const auto address : firewall::addressesAtStake(cloud_, changes)) {
        applied.plan.push_back({"flows", "change", "flows of " + net::format(address),
                                "those that are no longer allowed are cut"});
      }
    }
    request.reply(view(), std::move(applied));
  } else {
    request.reply(view(), plan.error());
  }
  // A dry run leaves no trace: the cloud is as before, and nothing was committed.
  cloud_.undo(changes);
}

Batch Controller::Impl::takeBatch() {
  // What an instance has left is to be nobody's before another may get it.
  if (enforcer_.mustReviewFlowsFirst()) reviewFlows();
  ++metrics_.batches;
  Batch batch;
  store::Weight weight;
  const bool is_alone = queue_.size() == 1 || queue_[1].options.dry_run;
  while (!queue_.empty() && !queue_.front().options.dry_run) {
    auto outcome = queue_.front().run(cloud_);
    auto own = outcome ? cloud_.takeChanges() : cloud::Changes();
    const auto weighs = store_.weigh(own);
    if (weighs) {
      auto both = weight;
      both += *weighs;
      if (!batch.changes.empty() && !own.empty() && !store_.holds(both)) {
        // It is run anew, as the first of the next batch.
        cloud_.undo(own);
        break;
      }
      weight = both;
    } else {
      cloud_.undo(own);
      outcome = weighs.error();
    }
    ++metrics_.commands;
    auto request = std::move(queue_.front());
    queue_.pop_front();
    if (outcome) {
      add(batch, std::move(request), *std::move(outcome), std::move(own), is_alone);
      continue;
    }
    ++metrics_.commands_refused;
    if (batch.changes.empty()) {
      request.reply(view(), outcome.error());
    } else {
      batch.refused.emplace_back(std::move(request.reply), outcome.error());
    }
  }
  return batch;
}

void Controller::Impl::add(Batch& batch, Request request, cloud::Outcome outcome,
                           cloud::Changes own, bool is_alone) {
  batch.changes.merge(own);
  auto at_stake = firewall::addressesAtStake(cloud_, own);
  // Who repeats a change is told that it is in force, so the review of the first one too.
  const bool awaits_review = !at_stake.empty() || (own.empty() && enforcer_.hasFlowsToReview());
  if (outcome.keep_flows) {
    batch.kept.insert(at_stake.begin(), at_stake.end());
  } else {
    if (!at_stake.empty()) batch.left.merge(firewall::addressesLeft(own));
    batch.reviews.insert(at_stake.begin(), at_stake.end());
  }
  auto nodes = changeElsewhere(cloud_, own, revision_ + 1);
  // What a command alone touches is what its batch touches, and is rendered there.
  auto concern = is_alone ? Concern() : enforcer_.concernOf(own);
  batch.subjects.push_back(
      own.empty() && request.command ? subjectOf(cloud_, *request.command, outcome) : Subject());
  batch.owns.push_back(std::move(own));
  batch.done.push_back({std::move(request.reply),
                        {std::move(outcome), {}, {}},
                        std::move(concern),
                        std::move(nodes),
                        std::move(at_stake),
                        awaits_review,
                        Clock::now() + options_.wait});
}

void Controller::Impl::serve(Batch batch) {
  if (batch.changes.empty()) return finish(std::move(batch));
  if (const auto committed = commit(batch.changes, batch.reviews, batch.kept); !committed) {
    cloud_.undo(batch.changes);
    switch (store_.doubt()) {
      case store::Doubt::None:
        return refuse(batch, committed.error());
      case store::Doubt::Passing:
        // Only one can be: until it is known, everything else is refused.
        if (doubtful_) return refuse(batch, committed.error());
        doubtful_ = std::move(batch);
        return;
      case store::Doubt::Lasting:
        return lose(committed.error());
    }
  }
  finish(std::move(batch));
}

void Controller::Impl::refuse(const Batch& batch, const Error& error) {
  for (const auto& command : batch.done) command.reply(view(), error);
  for (const auto& [reply, refusal] : batch.refused) reply(view(), error);
}

void Controller::Impl::finish(Batch batch) {
  auto& done = batch.done;
  if (!batch.changes.empty()) {
    ++revision_;
    usage_.changed(cloud_, batch.changes);
    if (listener_) listener_(cloud_, batch.changes, revision_);
    tellKeys(batch.changes);
    events_.add(batch.changes);
    for (const auto& command : done) {
      if (const auto& notice = command.applied.outcome.notice; !notice.empty()) {
        events_.add(EventKind::Notice, "networks", notice);
      }
    }
    // Before the ports open, so that nothing is missed.
    if (on_learning_ports_) on_learning_ports_(learningPorts(cloud_, batch.changes));
    enforcer_.addressesLeft(batch.left);
    enforcer_.keepFlows(batch.kept);
    for (const auto& command : done) nodes_.committed(command.nodes);
    auto concern = enforcer_.changed(batch.changes, batch.reviews);
    if (done.size() == 1) done.front().concern = std::move(concern);
    record(seen_devices_.update(cloud_.settings(), batch.changes));
    takeFreed(batch.changes);
  }
  for (const auto& [reply, error] : batch.refused) reply(view(), error);
  for (std::size_t i = 0; i < done.size(); ++i) {
    if (batch.owns[i].empty()) {
      done[i].concern = enforcer_.concernOf(batch.subjects[i]);
      done[i].nodes = nodes_.concernOf(cloud_, batch.subjects[i].instances);
    } else {
      enforcer_.noteAtStake(done[i].concern, done[i].at_stake);
      enforcer_.noteLeft(batch.owns[i], done[i].concern);
    }
  }
  unanswered_.add(std::move(done));
  reviewFlowsSoon();
  settle();
}

}  // namespace netctl::controller
