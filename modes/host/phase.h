#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

namespace netctl::host {

/// The order of a plan. What shrinks comes before what grows where it opens something, after it
/// where others need it: a port closes first and opens last; addresses leave before their NAT
/// rules; sets come before the rules that name them and go after.
enum class Phase {
  ClosePorts,
  RemoveAddresses,
  Sysctls,
  Guards,
  AddSegments,
  AddSets,  ///< new sets, and members that are added
  RemoveMembers,
  Tables,
  RemoveSets,
  RemoveSegments,
  AddAddresses,
  Dhcp,
  Metadata,
  Announce,
  OpenPorts,
};
std::string_view format(Phase phase);

/// Where a step stands in its plan. The steps of one phase go by `order`.
struct Place {
  Phase phase;
  std::uint8_t order = 0;

  auto operator<=>(const Place&) const = default;
};

}  // namespace netctl::host
