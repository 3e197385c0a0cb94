#pragma once

#include "base/result.h"
#include "netctl/hook/machine.h"

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace netctl::hook {

/// What the hypervisors of this host have: for commands of people, never for a hook.
struct MachinesHere {
  struct Each {
    Machine machine;
    bool runs = false;
  };
  std::vector<Each> machines;         ///< those that ask for an instance
  std::vector<Error> wrong;           ///< of those that do, and are described wrongly
  std::set<std::string> hypervisors;  ///< that were asked: `libvirt`, `proxmox`
};

/// Asks libvirt by virsh where its daemon serves, and reads Proxmox' files where there are any. A
/// hypervisor that cannot be asked is an error, never one without machines.
Result<MachinesHere> machinesHere(const std::filesystem::path& root = "/");

/// What is Proxmox' file of a VM, wherever in its cluster the VM is.
struct VirtualMachineFile {
  std::string text;
  bool is_here = false;
};
/// Absent: no host of the cluster has it.
Result<std::optional<VirtualMachineFile>> findVirtualMachineFile(
    std::string_view vmid, const std::filesystem::path& root = "/");

}  // namespace netctl::hook
