#include "modes/host/phase.h"

#include <array>
#include <cstddef>

namespace netctl::host {

std::string_view format(Phase phase) {
  constexpr std::array<std::string_view, 15> kNames{
      "close-ports",  "remove-addresses", "sysctls",        "guards",
      "add-segments", "add-sets",         "remove-members", "tables",
      "remove-sets",  "remove-segments",  "add-addresses",  "dhcp",
      "metadata",     "announce",         "open-ports"};
  return kNames.at(static_cast<std::size_t>(phase));
}

}  // namespace netctl::host
