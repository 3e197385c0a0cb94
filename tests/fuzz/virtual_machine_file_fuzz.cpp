#include "netctl/hook/virtual_machine_file.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

/// Proxmox' file of a VM: a machine of ours has an owner, an id, a device and no fault.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace netctl;
  const auto machine =
      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes.
      hook::parseVirtualMachineFile("100", {reinterpret_cast<const char*>(data), size});
  if (!machine) {
    if (hook::text(machine.error()).empty()) std::abort();
  } else if (*machine) {
    if ((*machine)->owner.empty() || (*machine)->groups.empty()) std::abort();
    if ((*machine)->instance_id.empty() || (*machine)->device.empty()) std::abort();
  }
  return 0;
}
