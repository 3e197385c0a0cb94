#pragma once

#include "modes/cloud/node_report.h"
#include "netctl/controller/status.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace netctl::controller {

using cloud::NodeReport;

/// What the link says of a node host.
struct NodeNews {
  std::string node;
  bool connected = false;
  std::optional<NodeReport> report;
};

struct NodeStatus {
  bool connected = false;
  std::chrono::system_clock::time_point since;  ///< connected or away
  NodeReport report;                            ///< the last one
};

/// What an answer says of one node host: of these instances there, as of that revision.
struct NodeConcern {
  std::uint64_t revision = 0;
  std::set<cloud::InstanceId> instances;
};
/// What an answer says of other hosts, by node.
using NodeConcerns = std::map<std::string, NodeConcern>;

/// What of a change is the concern of other hosts: their instances that came, left, or changed in
/// what the node sees of them. `cloud` is as after the change.
NodeConcerns changeElsewhere(const cloud::Cloud& cloud, const cloud::Changes& changes,
                             std::uint64_t revision);

/// The other hosts of the cloud, as far as they have ever been heard of.
class Nodes {
 public:
  void update(const NodeNews& news);
  [[nodiscard]] const std::map<std::string, NodeStatus>& all() const { return nodes_; }

  /// These changes are committed, and the nodes are to carry them out.
  void committed(const NodeConcerns& changes);
  /// What an answer to a command that changed nothing of these instances says of their nodes.
  [[nodiscard]] NodeConcerns concernOf(const cloud::Cloud& cloud,
                                       const std::set<cloud::InstanceId>& instances) const;

  /// True where a node that is connected has not said yet what became of the changes.
  [[nodiscard]] bool mustWait(const NodeConcerns& concerns) const;
  /// What of them is not in force.
  [[nodiscard]] std::vector<NotInForce> left(const NodeConcerns& concerns) const;

 private:
  std::map<std::string, NodeStatus> nodes_;
  /// The newest change of each instance that its node, or its former one, has not carried out yet.
  std::map<std::string, std::map<cloud::InstanceId, std::uint64_t>> awaited_;
};

}  // namespace netctl::controller
