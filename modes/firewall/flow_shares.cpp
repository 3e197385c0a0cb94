#include "modes/firewall/flow_shares.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>

namespace netctl::firewall {

std::optional<net::Ipv4Address> weighsOn(const cloud::Cloud& cloud, const host::FlowEntry& entry) {
  const auto& flow = entry.flow;
  const auto& first = flow.turned ? flow.reply : flow.original;
  const auto& answer = flow.turned ? flow.original : flow.reply;
  if (cloud.instanceByPrivateAddress(first.source)) return first.source;
  if (entry.assured && cloud.instanceByPrivateAddress(answer.source)) return answer.source;
  return {};
}

std::optional<std::uint64_t> fairShare(const FlowCounts& counts, std::uint64_t room) {
  std::vector<std::uint64_t> least_first;
  for (const auto& [address, count] : counts) least_first.push_back(count);
  std::ranges::sort(least_first);
  auto left = least_first.size();
  for (const auto count : least_first) {
    const auto share = room / left;
    if (count > share) return share;
    room -= count;
    --left;
  }
  return {};
}

std::vector<host::Flow> surplus(std::vector<host::FlowEntry> entries, std::uint64_t share) {
  if (entries.size() <= share) return {};
  const auto many = entries.size() - share;
  std::erase_if(entries, [](const auto& entry) { return entry.flow.cut || entry.flow.kept; });
  const auto end = entries.begin() + static_cast<std::ptrdiff_t>(std::min(many, entries.size()));
  std::ranges::nth_element(entries, end, std::less<>(), &host::FlowEntry::seconds);
  std::vector<host::Flow> flows;
  std::transform(entries.begin(), end, std::back_inserter(flows),
                 [](const auto& entry) { return entry.flow; });
  return flows;
}

}  // namespace netctl::firewall
