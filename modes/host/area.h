#pragma once

#include "base/result.h"
#include "modes/host/host_state.h"

#include <set>
#include <string_view>

/// The parts of a host that are read and compared as a whole: by the audit, piece by piece, and
/// where something says that there may be a difference, but not in which object.
namespace netctl::host {

enum class Area {
  Sysctls,
  Links,  ///< ports, segments, redirects
  Guards,
  Addresses,  ///< and the router of public addresses
  Sets,
  FilterTable,
  NatTable,
  MangleTable,
  Nat,
  DhcpChecksums,
  Dhcp,
  Metadata,
};
using Areas = std::set<Area>;

Areas allAreas();
Area areaOf(Table table);
std::string_view format(Area area);

/// What a state has in these areas.
HostState only(HostState state, const Areas& areas);
/// The areas that a scope, which does not mean everything, has a part of.
Areas areasOf(const Scope& scope);
/// The names of all that a state has.
Scope namesOf(const HostState& state);

/// Reads whole areas of a host. One thread.
class AreaReader {
 public:
  virtual ~AreaReader() = default;
  /// A failed read is an error, never "empty".
  virtual Result<HostState> look(const Areas& areas) = 0;
};

}  // namespace netctl::host
