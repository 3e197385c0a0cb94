#include "dhcp/render.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

/// A file of the run directory's dhcp: what is taken is byte for byte what we would write.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace netctl;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes.
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const dhcp::Layout layout{"/run/netctl/dhcp"};
  if (const auto server = dhcp::parseServer(text, layout);
      server && dhcp::renderServer(*server, layout) != text) {
    std::abort();
  }
  const net::Tag tag{2};
  if (const auto network = dhcp::parseNetwork(tag, text);
      network && dhcp::renderNetwork(tag, *network) != text) {
    std::abort();
  }
  const net::MacAddress mac = *net::parseMacAddress("d0:0d:10:00:00:00");
  if (const auto host = dhcp::parseHost(mac, text); host && dhcp::renderHost(mac, *host) != text) {
    std::abort();
  }
  (void)dhcp::parseTagName(text);
  return 0;
}
