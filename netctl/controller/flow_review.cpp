#include "netctl/controller/flow_review.h"

#include <algorithm>
#include <iterator>

namespace netctl::controller {
namespace {

bool touches(const host::Flow& flow, const std::set<net::Ipv4Address>& addresses) {
  return addresses.contains(flow.original.source) ||
         addresses.contains(flow.original.destination) || addresses.contains(flow.reply.source) ||
         addresses.contains(flow.reply.destination);
}

}  // namespace

void FlowReview::add(const std::set<net::Ipv4Address>& addresses) {
  pending_.insert(addresses.begin(), addresses.end());
}

void FlowReview::addLeft(const std::set<net::Ipv4Address>& addresses) {
  left_.insert(addresses.begin(), addresses.end());
}

Result<void> FlowReview::learn() {
  auto marked = host_.flows([](const host::Flow& flow) { return flow.cut; });
  if (!marked) return marked.error();
  cut_ = {marked->begin(), marked->end()};
  return {};
}

Result<void> FlowReview::cutIllegal(const cloud::Cloud& cloud) {
  if (pending_.empty()) return {};
  auto illegal = host_.flows([&](const host::Flow& flow) {
    if (flow.cut || !touches(flow, pending_)) return false;
    // An address that was left may be another instance's soon: each of its flows is illegal,
    // whatever the permissions of the next owner say.
    return left_.contains(flow.original.source) || left_.contains(flow.reply.source) ||
           !firewall::isLegal(cloud, flow);
  });
  if (!illegal) return illegal.error();
  if (auto done = host_.cut(*illegal); !done) return done;
  metrics_.flows_cut += illegal->size();
  for (auto& flow : *illegal) {
    flow.cut = true;
    cut_.insert(flow);
  }
  pending_.clear();
  left_.clear();
  return {};
}

Result<void> FlowReview::forgetLegal(const cloud::Cloud& cloud) {
  std::vector<host::Flow> legal;
  std::copy_if(cut_.begin(), cut_.end(), std::back_inserter(legal),
               [&](const host::Flow& flow) { return firewall::isLegal(cloud, flow); });
  if (legal.empty()) return {};
  if (auto done = host_.forget(legal); !done) return done;
  for (const auto& flow : legal) cut_.erase(flow);
  return {};
}

}  // namespace netctl::controller
