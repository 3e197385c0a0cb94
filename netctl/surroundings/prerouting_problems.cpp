#include "netctl/surroundings/first_packets.h"
#include "netctl/surroundings/problems.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace netctl::surroundings {
namespace {

/// Of the chain in which public addresses are led to their instances (nft::natTable): the kernel
/// asks no further nat chain once one has translated.
constexpr int kOurPriority = -101;
constexpr std::string_view kForPublic = "what comes for public addresses";

std::vector<FirstPacket> firstPackets(const Place& place) {
  auto packets = askedOfHost(place);
  packets.push_back(
      {.what = "what they send", .source = place.subnet, .in = place.private_interface});
  for (const auto& prefix : place.pool) {
    packets.push_back({.what = kForPublic, .destination = prefix, .in = place.public_interface});
  }
  return packets;
}

using Words = std::vector<std::string_view>;

void addOnce(Words& words, std::string_view word) {
  if (std::ranges::find(words, word) == words.end()) words.push_back(word);
}

}  // namespace

Problems preroutingProblems(const std::vector<PreroutingChain>& chains, const Place& place) {
  Problems problems;
  if (!place.routes) return problems;
  const auto packets = firstPackets(place);
  for (const auto& chain : chains) {
    Words dropped;
    Words diverted;
    for (const auto& packet : packets) {
      const auto fates = fatesOf(packet, chain.rules, chain.name);
      if (fates.drops(chain.policy_drops)) addOnce(dropped, packet.what);
      const bool is_ours_by_then = packet.what == kForPublic && chain.priority > kOurPriority;
      if (fates.diverts() && !is_ours_by_then) addOnce(diverted, packet.what);
    }
    const auto add = [&](std::string_view does, const Words& what, std::string_view consequence) {
      if (what.empty()) return;
      problems.push_back({chain.object,
                          fmt::format("{} of instances: {}", does, fmt::join(what, ", ")),
                          std::string(consequence),
                          fmt::format("have its rules leave {} and the public addresses alone",
                                      net::format(place.subnet)),
                          controller::Severity::warning});
    };
    add("drops packets", dropped,
        "such packets end there, before netctl's rules, whatever the instances' groups permit");
    add("diverts packets", diverted,
        "such packets go to another destination than the one that they were sent to, and netctl's "
        "rules decide about that one");
  }
  return problems;
}

}  // namespace netctl::surroundings
