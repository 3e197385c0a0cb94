#include "netctl/controller/usage.h"
#include "netctl/crypto/ssh_key.h"
#include "netctl/store/inventory.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

/// What the state directory has beside SQLite's rows, and a public key that somebody imports: what
/// can be read is written again and read as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace netctl;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes.
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto usage = controller::Usage::parse(text)) {
    const auto again = controller::Usage::parse(usage->text());
    if (!again || again->entries() != usage->entries()) std::abort();
  }
  if (const auto inventory = store::parseInventory(text)) {
    const auto again = store::parseInventory(store::format(*inventory));
    if (!again || *again != *inventory) std::abort();
  }
  if (const auto key = crypto::readSshPublicKey(text)) {
    const auto again = crypto::readSshPublicKey(key->line);
    if (!again || again->fingerprint != key->fingerprint) std::abort();
  }
  return 0;
}
