#include "netctl/controller/denied_packets.h"

namespace netctl::controller {

void DeniedPackets::take(const std::map<net::Ipv4Address, std::uint64_t>& counted,
                         const cloud::Cloud& cloud) {
  for (const auto& [address, packets] : counted) {
    const auto at = before_.find(address);
    const auto before = at == before_.end() ? 0 : at->second;
    const auto more = packets >= before ? packets - before : packets;
    if (more == 0) continue;
    const auto instance = cloud.instanceByPrivateAddress(address);
    if (!instance) continue;
    for (const auto& group : instance->groups) by_group_[group] += more;
  }
  before_ = counted;
  std::erase_if(by_group_, [&](const auto& group) { return cloud.group(group.first) == nullptr; });
}

}  // namespace netctl::controller
