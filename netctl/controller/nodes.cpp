#include "netctl/controller/nodes.h"

#include "modes/cloud/part.h"
#include "modes/node_host.h"

#include <algorithm>

namespace netctl::controller {

NodeConcerns changeElsewhere(const cloud::Cloud& cloud, const cloud::Changes& changes,
                             std::uint64_t revision) {
  NodeConcerns elsewhere;
  const auto& settings = cloud.settings();
  const bool all_here = std::ranges::all_of(changes.instances, [&](const auto& entry) {
    const auto& [before, after] = entry.second;
    return (!before || !isElsewhere(settings, *before)) &&
           (!after || !isElsewhere(settings, *after));
  });
  // Most changes concern this host alone: the walk over the nodes' parts is saved.
  if (all_here) return elsewhere;
  for (const auto& [node, difference] : cloud::partDifferences(cloud, changes)) {
    for (const auto& [id, part] : difference.instances) {
      const auto change = changes.instances.find(id);
      if (change == changes.instances.end()) continue;
      for (const auto& instance : {change->second.before, change->second.after}) {
        if (!instance || !instance->isOn(node) || isThisHost(settings, node)) continue;
        auto& concern = elsewhere[node];
        concern.revision = revision;
        concern.instances.insert(id);
      }
    }
  }
  return elsewhere;
}

void Nodes::update(const NodeNews& news) {
  auto& node = nodes_[news.node];
  if (node.connected != news.connected || node.since == std::chrono::system_clock::time_point{}) {
    node.connected = news.connected;
    node.since = std::chrono::system_clock::now();
  }
  // A node that goes away keeps what it reported last: its instances run on.
  if (!news.report) return;
  node.report = *news.report;
  if (const auto awaited = awaited_.find(news.node); awaited != awaited_.end()) {
    std::erase_if(awaited->second,
                  [&](const auto& change) { return change.second <= node.report.revision; });
  }
}

void Nodes::committed(const NodeConcerns& changes) {
  for (const auto& [node, change] : changes) {
    for (const auto& id : change.instances) awaited_[node][id] = change.revision;
  }
}

NodeConcerns Nodes::concernOf(const cloud::Cloud& cloud,
                              const std::set<cloud::InstanceId>& instances) const {
  NodeConcerns concerns;
  for (const auto& id : instances) {
    const auto instance = cloud.instance(id);
    const auto nodes = instance ? cloud::nodesOf(*instance) : std::vector<std::string>();
    for (const auto& node : nodes) {
      if (!isThisHost(cloud.settings(), node)) concerns[node].instances.insert(id);
    }
    for (const auto& [node, changes] : awaited_) {
      const auto change = changes.find(id);
      if (change == changes.end()) continue;
      auto& concern = concerns[node];
      concern.instances.insert(id);
      concern.revision = std::max(concern.revision, change->second);
    }
  }
  return concerns;
}

bool Nodes::mustWait(const NodeConcerns& concerns) const {
  return std::ranges::any_of(concerns, [&](const auto& concerned) {
    const auto node = nodes_.find(concerned.first);
    return node != nodes_.end() && node->second.connected &&
           node->second.report.revision < concerned.second.revision;
  });
}

std::vector<NotInForce> Nodes::left(const NodeConcerns& concerns) const {
  std::vector<NotInForce> left;
  for (const auto& [name, concern] : concerns) {
    const auto object = "node " + name;
    const auto node = nodes_.find(name);
    if (node == nodes_.end()) {
      left.push_back({object, "has never connected; it gets the change when it does", true});
    } else if (!node->second.connected) {
      left.push_back({object, "is away; it gets the change when it comes back", true});
    } else if (node->second.report.revision < concern.revision) {
      left.push_back({object, "has not answered yet", true});
    } else {
      const auto& report = node->second.report;
      for (const auto& reason : report.not_in_force) left.push_back({object, reason, true});
      for (const auto& id : concern.instances) {
        const auto port = report.ports.find(id);
        if (port == report.ports.end() || port->second.state == PortState::Open) continue;
        left.push_back({"port of " + id.text(), port->second.reason, true});
      }
    }
  }
  return left;
}

}  // namespace netctl::controller
