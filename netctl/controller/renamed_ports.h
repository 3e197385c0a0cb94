#pragma once

#include "modes/cloud/cloud.h"
#include "modes/host/host_state.h"
#include "netctl/controller/seen_devices.h"

#include <map>
#include <set>
#include <string>

namespace netctl::controller {

/// Ports whose device somebody has renamed. An open port is known by its alternative name, which
/// the kernel keeps with the device: it and its guard go on under the new name, until a device
/// comes that bears the name which the cloud knows.
class RenamedPorts {
 public:
  /// By the name that the cloud knows: the one that the device bears.
  using Names = std::map<std::string, std::string>;

  /// Gives the devices, by their former names and their new ones, whose port is another's now.
  std::set<std::string> update(const DeviceNews& news, const cloud::Cloud& cloud);
  [[nodiscard]] const Names& names() const { return names_; }

 private:
  std::set<std::string> here_;  ///< all devices
  Names names_;
};

/// Puts the names that devices bear in place of those that the cloud knows.
void rename(const RenamedPorts::Names& names, host::Rendering& rendering);

}  // namespace netctl::controller
