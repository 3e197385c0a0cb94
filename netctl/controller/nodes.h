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

/// A change of the cloud for the node hosts that it concerns.
struct NodeChange {
  std::uint64_t revision = 0;
  std::map<std::string, std::set<cloud::InstanceId>> instances;  ///< that changed, by node
};

/// What of a change is the concern of other hosts: their instances that came, left, or changed in
/// what the node sees of them. `cloud` is as after the change.
NodeChange changeElsewhere(const cloud::Cloud& cloud, const cloud::Changes& changes,
                           std::uint64_t revision);

/// The other hosts of the cloud, as far as they have ever been heard of.
class Nodes {
 public:
  void update(const NodeNews& news);
  [[nodiscard]] const std::map<std::string, NodeStatus>& all() const { return nodes_; }

  /// True where a node that is connected has not said yet what became of the change.
  [[nodiscard]] bool mustWait(const NodeChange& change) const;
  /// What of the change is not in force.
  [[nodiscard]] std::vector<NotInForce> left(const NodeChange& change) const;

 private:
  std::map<std::string, NodeStatus> nodes_;
};

}  // namespace netctl::controller
