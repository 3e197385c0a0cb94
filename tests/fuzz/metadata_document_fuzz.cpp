#include "netctl/metadata/read_files.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

/// A file of netctl-metadata: what can be read is written again and read as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace netctl;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes.
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto document = metadata::parseDocument(text)) {
    const auto again = metadata::parseDocument(metadata::format(*document));
    if (!again || *again != *document) std::abort();
  }
  if (const auto settings = metadata::parseSettings(text)) {
    const auto again = metadata::parseSettings(metadata::format(*settings));
    if (!again || *again != *settings) std::abort();
  }
  return 0;
}
