#include "netctl/hook/machine.h"

#include "base/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace netctl::hook {

Error wrongMachine(std::string_view name, std::vector<Fault> faults) {
  return {ErrorCode::InvalidArgument, std::string(kWrongMachine),
          fmt::format("machine {} gets no network", quote(name)), std::move(faults)};
}

Result<void> checkPlace(const Machine& machine, const config::Configuration& configuration) {
  std::vector<Fault> faults;
  const auto& accounts = configuration.services.hook_accounts;
  if (std::ranges::find(accounts, machine.owner) == accounts.end()) {
    faults.push_back(
        {"owner", accounts.empty()
                      ? fmt::format("account {} may not be named here; set NETCTL_HOOK_ACCOUNTS",
                                    quote(machine.owner))
                      : fmt::format("account {} is not one of NETCTL_HOOK_ACCOUNTS, {}",
                                    quote(machine.owner), fmt::join(accounts, " "))});
  }
  const auto& settings = configuration.settings;
  if (settings.host.role == cloud::Role::Cluster) {
    faults.push_back({"NETCTL_ROLE", "this host runs no instances; it must be \"all\""});
  }
  const bool netctl_plugs = settings.mode == cloud::NetworkMode::Managed;
  if (netctl_plugs && !machine.bridge.empty()) {
    faults.push_back({"bridge", fmt::format("bridge {} is named, and in MANAGED netctl plugs the "
                                            "device into the bridge of its network; name none",
                                            quote(machine.bridge))});
  } else if (!netctl_plugs && machine.bridge != settings.host.bridge) {
    faults.push_back(
        {"bridge",
         fmt::format(
             "its bridge must be VNET_BRIDGE, {}, {}", quote(settings.host.bridge),
             machine.bridge.empty() ? "and it names none" : "not " + quote(machine.bridge))});
  }
  if (faults.empty()) return {};
  return wrongMachine(machine.name, std::move(faults));
}

std::string text(const Error& error) {
  auto text = error.message;
  for (std::size_t i = 0; i < error.faults.size(); ++i) {
    text += (i == 0 ? ": " : "; ") + error.faults[i].message;
  }
  return text;
}

}  // namespace netctl::hook
