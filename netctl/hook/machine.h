#pragma once

#include "base/result.h"
#include "modes/net/mac.h"
#include "netctl/config/configuration.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netctl::hook {

/// A virtual machine as its hypervisor describes it to a hook: what makes it an instance. Pure.
struct Machine {
  std::string name;         ///< as the hypervisor's people call it
  std::string hypervisor;   ///< `libvirt` or `proxmox`
  std::string instance_id;  ///< named, or made from the hypervisor's own id
  std::string owner;
  std::vector<std::string> groups;  ///< empty: `default`
  std::string addressing = "public";
  bool ephemeral = false;  ///< detached when it ends
  net::MacAddress mac;
  std::string device = {};  ///< with a name of its own; empty: known by its MAC
  std::string bridge = {};  ///< that the hypervisor plugs it into; empty: it plugs nothing

  bool operator==(const Machine&) const = default;
};

/// The reason of errors of wrongMachine.
inline constexpr std::string_view kWrongMachine = "InvalidMachine";

/// `machine NAME gets no network` and all that is wrong with how it is described.
Error wrongMachine(std::string_view name, std::vector<Fault> faults);

/// Whether this host takes the machine: the account is one of NETCTL_HOOK_ACCOUNTS, and the bridge
/// is the one that instances are plugged into. All that is wrong in one error.
Result<void> checkPlace(const Machine& machine, const config::Configuration& configuration);

/// An error with all its faults, for people.
std::string text(const Error& error);

}  // namespace netctl::hook
