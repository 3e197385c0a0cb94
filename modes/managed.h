#pragma once

#include "modes/cluster_host.h"
#include "modes/mode.h"

#include <optional>
#include <string>

namespace netctl {

/// MANAGED: every group has a network of its own on a wire of its own: a VLAN on the trunk that
/// joins the hosts, and on each host a bridge for it. The gateway address stands on the cluster
/// host's bridge; a node host has the bridges of its instances' networks, without addresses.
class Managed : public Mode {
 public:
  Managed(const cloud::Settings& settings, const HostFacts& facts);

  [[nodiscard]] host::Rendering render(const cloud::Cloud& cloud) const override;
  [[nodiscard]] host::Rendering render(const cloud::Cloud& cloud,
                                       const cloud::Changes& changes) const override;

 private:
  /// Whether this host has a part in the network.
  [[nodiscard]] bool isNeeded(const cloud::Cloud& cloud, net::Tag tag) const;
  [[nodiscard]] host::Segment segment(net::Tag tag) const;
  /// Of a network in which this host has a part.
  void addWire(const cloud::Cloud& cloud, net::Tag tag, host::HostState& state) const;

  std::string trunk_;
  std::uint32_t mtu_;
  bool has_other_hosts_;
  std::optional<ClusterHost> cluster_host_;  ///< absent on a host that is a node only
};

}  // namespace netctl
