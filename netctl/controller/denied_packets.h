#pragma once

#include "modes/cloud/cloud.h"

#include <cstdint>
#include <map>

namespace netctl::controller {

/// How many packets the permissions of each group did not let pass, since netctld started. A packet
/// to or from an instance of several groups was denied by all of them, and counts for each. A
/// value.
class DeniedPackets {
 public:
  /// What the kernel has counted by now, by private address. Packets of an address are those of the
  /// instance that has it now; a count that is less than before has begun anew.
  void take(const std::map<net::Ipv4Address, std::uint64_t>& counted, const cloud::Cloud& cloud);

  /// Groups that are gone are not among them.
  [[nodiscard]] const std::map<cloud::GroupId, std::uint64_t>& byGroup() const { return by_group_; }

 private:
  std::map<net::Ipv4Address, std::uint64_t> before_;
  std::map<cloud::GroupId, std::uint64_t> by_group_;
};

}  // namespace netctl::controller
