#include "netctl/daemon/setup/held_objects.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace netctl::daemon {

std::string heldObjects(const host::HostState& state) {
  const std::pair<std::size_t, std::string_view> counts[] = {
      {state.ports.size(), "ports"},
      {state.segments.size(), "networks' bridges"},
      {state.guards.ports.size() + state.guards.unseen.size(), "guards"},
      {state.addresses.size(), "addresses"},
      {state.sets.size(), "sets"},
      {state.chains.size(), "chains"},
      {state.nat.elastic.size(), "public addresses"},
      {state.nat.forwards.size(), "forwarded ports"},
      {state.dhcp.hosts.size(), "DHCP hosts"},
  };
  std::string words;
  for (const auto& [count, name] : counts) {
    if (count == 0) continue;
    words += fmt::format("{}{} {}", words.empty() ? "" : ", ", count, name);
  }
  return words;
}

}  // namespace netctl::daemon
