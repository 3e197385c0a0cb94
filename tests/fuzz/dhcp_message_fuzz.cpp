#include "dhcp/message.h"

#include <cstddef>
#include <cstdint>
#include <span>

/// A UDP payload of the bridge, as anybody may send it: it is read or refused.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)netctl::dhcp::parseMessage(std::span(data, size));
  (void)netctl::dhcp::parseAnswer(std::span(data, size));
  return 0;
}
