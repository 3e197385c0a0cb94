#include "netctl/controller/flow_review.h"

#include "modes/net/protocol.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace netctl::controller {
namespace {

using host::Flow;

constexpr std::size_t kMostRemembered = 16384;

template <class Predicate>
bool anyAddress(const Flow& flow, const Predicate& is) {
  return is(flow.original.source) || is(flow.original.destination) || is(flow.reply.source) ||
         is(flow.reply.destination);
}

bool touches(const Flow& flow, const std::set<net::Ipv4Address>& addresses) {
  return anyAddress(flow, [&](net::Ipv4Address one) { return addresses.contains(one); });
}

/// Takes out what is in the other; gives that.
std::set<net::Ipv4Address> takeOut(std::set<net::Ipv4Address>& addresses,
                                   const std::set<net::Ipv4Address>& others) {
  std::set<net::Ipv4Address> taken;
  std::ranges::set_intersection(addresses, others, std::inserter(taken, taken.end()));
  for (const auto& address : taken) addresses.erase(address);
  return taken;
}

std::vector<Flow> legalOf(const std::set<Flow>& flows, const cloud::Cloud& cloud) {
  std::vector<Flow> legal;
  std::copy_if(flows.begin(), flows.end(), std::back_inserter(legal),
               [&](const Flow& flow) { return firewall::isLegal(cloud, flow); });
  return legal;
}

}  // namespace

void FlowReview::add(const std::set<net::Ipv4Address>& addresses) {
  pending_.insert(addresses.begin(), addresses.end());
}

void FlowReview::addLeft(const std::set<net::Ipv4Address>& addresses) {
  left_.insert(addresses.begin(), addresses.end());
}

void FlowReview::addKept(const std::set<net::Ipv4Address>& addresses) {
  kept_.insert(addresses.begin(), addresses.end());
}

void FlowReview::addAll(Reach reach) {
  all_ = std::max(all_.value_or(reach), reach);
}

Result<void> FlowReview::learn(const cloud::Cloud& cloud) {
  const auto& subnet = cloud.settings().plan.subnet;
  const auto is_private = [&](net::Ipv4Address one) { return subnet.contains(one); };
  std::set<host::FlowTuple> cut_before;
  for (const auto& flow : cut_flows_) cut_before.insert(flow.original);
  bool found_none = true;
  auto known = host_.flows([&](const Flow& flow) {
    found_none = found_none && !anyAddress(flow, is_private);
    return flow.cut || flow.kept || cut_before.contains(flow.original);
  });
  if (!known) return known.error();
  found_none_ = found_none;
  const auto formerly_cut = std::exchange(cut_flows_, {});
  kept_flows_.clear();
  // Of an entry without room for labels the mark is all, and others write marks.
  std::vector<Flow> revived;
  for (const auto& flow : *known) {
    if (flow.cut || flow.kept) {
      (flow.cut ? cut_flows_ : kept_flows_).insert(flow);
    } else if (!firewall::isLegal(cloud, flow)) {
      revived.push_back(flow);
    }
  }
  auto done = revived.empty() ? Result<void>() : cut(revived);
  rememberEnded(formerly_cut);
  return done;
}

void FlowReview::rememberEnded(const std::set<Flow>& formerly_cut) {
  if (formerly_cut.empty()) return;
  // By their tuples: what else an entry shows may have changed.
  std::set<host::FlowTuple> there;
  for (const auto& flow : cut_flows_) there.insert(flow.original);
  for (const auto& flow : formerly_cut) {
    const bool is_tcp = flow.original.protocol == net::kTcp.number;
    if (is_tcp && !there.contains(flow.original)) ended_cuts_.push_back(flow);
  }
  while (ended_cuts_.size() > kMostRemembered) ended_cuts_.pop_front();
}

std::vector<Flow> FlowReview::cutFlows(const cloud::Cloud& cloud) const {
  std::vector<Flow> flows(cut_flows_.begin(), cut_flows_.end());
  std::copy_if(ended_cuts_.begin(), ended_cuts_.end(), std::back_inserter(flows),
               [&](const Flow& flow) { return !firewall::isLegal(cloud, flow); });
  return flows;
}

FlowReview::Action FlowReview::actionFor(const cloud::Cloud& cloud, const Flow& flow) const {
  if (left_.contains(flow.original.source) || left_.contains(flow.reply.source)) {
    return Action::Forget;
  }
  if (flow.cut || flow.kept) return Action::None;
  const bool is_pending = touches(flow, pending_);
  const bool is_kept = !is_pending && touches(flow, kept_);
  const auto& subnet = cloud.settings().plan.subnet;
  const bool is_of_all =
      all_ && anyAddress(flow, [&](net::Ipv4Address one) { return subnet.contains(one); });
  if (!is_pending && !is_kept && !is_of_all) return Action::None;
  if (firewall::isLegal(cloud, flow)) {
    return is_of_all && !flow.admitted ? Action::Admit : Action::None;
  }
  if (is_kept) return Action::Keep;
  if (is_pending || all_ == Reach::Everything) return Action::Cut;
  // What a former version was asked to keep cannot be told from what is merely older.
  return flow.admitted || flow.labelled ? Action::Cut : Action::None;
}

bool FlowReview::isDueAt(const std::set<net::Ipv4Address>& addresses) const {
  return all_ || std::ranges::any_of(addresses, [&](net::Ipv4Address one) {
           return pending_.contains(one) || kept_.contains(one);
         });
}

bool FlowReview::isDueBeside(const std::set<net::Ipv4Address>& held) const {
  if (all_) return held.empty();
  return !std::ranges::includes(held, pending_) || !std::ranges::includes(held, kept_);
}

Result<std::set<net::Ipv4Address>> FlowReview::review(const cloud::Cloud& cloud,
                                                      const std::set<net::Ipv4Address>& held) {
  if (!isDueBeside(held)) return std::set<net::Ipv4Address>();
  const auto held_pending = takeOut(pending_, held);
  const auto held_left = takeOut(left_, held);
  const auto held_kept = takeOut(kept_, held);
  auto through = pending_;
  through.insert(kept_.begin(), kept_.end());
  const auto walked = walk(cloud);
  pending_.insert(held_pending.begin(), held_pending.end());
  left_.insert(held_left.begin(), held_left.end());
  kept_.insert(held_kept.begin(), held_kept.end());
  if (!walked) return walked.error();
  return through;
}

Result<void> FlowReview::walk(const cloud::Cloud& cloud) {
  // A walk may be begun anew, so what it finds is sorted afterwards.
  auto found =
      host_.flows([&](const Flow& flow) { return actionFor(cloud, flow) != Action::None; });
  if (!found) return found.error();
  std::map<Action, std::vector<Flow>> flows;
  for (const auto& flow : *found) flows[actionFor(cloud, flow)].push_back(flow);
  for (const auto& [action, each] : flows) {
    if (auto done = carryOut(action, each); !done) return done;
  }
  std::erase_if(ended_cuts_, [&](const Flow& flow) { return touches(flow, left_); });
  pending_.clear();
  left_.clear();
  kept_.clear();
  all_.reset();
  return {};
}

Result<void> FlowReview::carryOut(Action action, const std::vector<Flow>& flows) {
  switch (action) {
    case Action::None:
      return {};
    case Action::Admit:
      return host_.admit(flows);
    case Action::Forget:
      if (auto done = host_.forget(flows); !done) return done;
      for (const auto& flow : flows) {
        cut_flows_.erase(flow);
        kept_flows_.erase(flow);
      }
      return {};
    case Action::Keep:
      if (auto done = host_.keep(flows); !done) return done;
      for (auto flow : flows) {
        flow.kept = true;
        kept_flows_.insert(flow);
      }
      return {};
    case Action::Cut:
      metrics_.flows_cut += flows.size();
      return cut(flows);
  }
  return {};
}

Result<void> FlowReview::cut(const std::vector<Flow>& flows) {
  if (auto done = host_.cut(flows); !done) return done;
  for (auto flow : flows) {
    cut_flows_.erase(flow);
    flow.cut = flow.marked = true;
    flow.admitted = false;
    cut_flows_.insert(flow);
  }
  return {};
}

Result<void> FlowReview::settleKnown(const cloud::Cloud& cloud) {
  if (const auto legal = legalOf(cut_flows_, cloud); !legal.empty()) {
    if (auto done = host_.forget(legal); !done) return done;
    for (const auto& flow : legal) cut_flows_.erase(flow);
  }
  if (const auto legal = legalOf(kept_flows_, cloud); !legal.empty()) {
    if (auto done = host_.admit(legal); !done) return done;
    for (const auto& flow : legal) kept_flows_.erase(flow);
  }
  std::vector<Flow> unmarked;
  std::copy_if(cut_flows_.begin(), cut_flows_.end(), std::back_inserter(unmarked),
               [](const Flow& flow) { return !flow.marked; });
  return unmarked.empty() ? Result<void>() : cut(unmarked);
}

}  // namespace netctl::controller
