#include "netctl/hook/domain.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

/// What libvirt writes to its hook: a machine of ours has an owner, an id and no fault.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace netctl;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes.
  const auto machine = hook::parseDomain({reinterpret_cast<const char*>(data), size});
  if (!machine) {
    if (hook::text(machine.error()).empty()) std::abort();
  } else if (*machine) {
    if ((*machine)->owner.empty() || (*machine)->instance_id.empty()) std::abort();
    if ((*machine)->mac.isMulticast()) std::abort();
  }
  return 0;
}
