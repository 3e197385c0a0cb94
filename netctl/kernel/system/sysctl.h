#pragma once

#include "modes/host/host_state.h"
#include "modes/host/plan.h"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

namespace netctl::kernel {

/// The driver of sysctls: files below /proc/sys. What a value was before we first changed it is
/// kept in a file that outlives us, so that `restore` can put it back.
///
/// Names are as sysctl(8) has them: levels are parted by dots, and a dot within a level (of a VLAN
/// device) is written as a slash.
class Sysctls {
 public:
  /// `memory`: the file of former values. It has a line per sysctl: name, former value and ours,
  /// parted by tabs, blanks within a value as one space.
  explicit Sysctls(std::filesystem::path memory) : memory_(std::move(memory)) {}

  /// Adds the sysctls of the scope to `into`, with `everything` all that a mode may want.
  /// One that this kernel does not have is not there.
  Result<void> look(const host::Scope& scope, host::HostState& into) const;

  /// Remembers the value that is there and writes the new one.
  Result<void> set(const host::SetSysctl& step) const;

  /// Puts all former values back where the value is still the one that we wrote, and forgets them.
  Result<void> restore() const;

 private:
  struct Memory {
    std::string former;
    std::string ours;
  };
  [[nodiscard]] Result<std::map<std::string, Memory>> remembered() const;
  [[nodiscard]] Result<void> remember(const std::map<std::string, Memory>& memory) const;

  std::filesystem::path memory_;
};

/// The least number of flows that the kernel is to hold.
inline constexpr unsigned kConntrackMax = 1048576;

/// Raises net.netfilter.nf_conntrack_max to kConntrackMax where it is lower. No error where it is
/// not ours to set: in a network namespace other than the first it is shown at most.
Result<void> raiseConntrackMax(const Sysctls& sysctls);

/// More instances than this have no entry each: some 100 MB of the kernel's memory.
inline constexpr std::uint64_t kMostNeighbours = 131072;

/// Raises net.ipv4.neigh.default.gc_thresh1 to 3 where they are lower than so many neighbours need:
/// below the first the kernel forgets none, above the third it takes no new one. No error as above.
Result<void> raiseNeighbourLimits(const Sysctls& sysctls, std::uint64_t neighbours);

}  // namespace netctl::kernel
