#pragma once

#include "modes/cloud/cloud.h"
#include "modes/host/flow.h"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

/// Who fills conntrack's table, and how much of it each may have.
namespace netctl::firewall {

/// How many flows weigh on instances, by private address.
using FlowCounts = std::map<net::Ipv4Address, std::uint64_t>;

/// The private address of the instance on which the flow weighs: the one that began it, else, where
/// it comes from outside and both sides have spoken, the one to which it leads. A flood that an
/// instance does not answer to its end weighs on nobody: for such entries the kernel makes room by
/// itself.
std::optional<net::Ipv4Address> weighsOn(const cloud::Cloud& cloud, const host::FlowEntry& entry);

/// The most that each may have so that all together have no more than `room`: who has less keeps
/// what it has, and the others have the same. Absent where there is room for all.
std::optional<std::uint64_t> fairShare(const FlowCounts& counts, std::uint64_t room);

/// Of an instance's flows those that are to go so that `share` remain: first those that end first,
/// as where nobody has sent for long. Flows that are cut or kept stay, since they could not begin
/// anew, or would from the other side.
std::vector<host::Flow> surplus(std::vector<host::FlowEntry> entries, std::uint64_t share);

}  // namespace netctl::firewall
