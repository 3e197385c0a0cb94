// Frames as an instance's port may see them, in both directions. The first byte says which; an
// address that is told is one that a host can have.
#include "netctl/kernel/learning/address_frames.h"

#include <cstdint>
#include <cstdlib>
#include <span>

namespace {

using namespace netctl;

void require(bool promise) {
  if (!promise) std::abort();
}

void requireHost(net::Ipv4Address address) {
  const auto first = address.value >> 24U;
  require(first != 0 && first != 127 && first < 224);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr net::MacAddress kMac{{0xd0, 0x0d, 0, 0, 0, 1}};
  const bool to_instance = (data[0] & 1U) != 0;
  const auto word = kernel::parseAddressFrame(std::span(data, size).subspan(1), to_instance, kMac);
  if (!word) return 0;
  if (const auto* lease = std::get_if<kernel::DhcpLease>(&*word)) {
    require(to_instance);
    requireHost(lease->address);
  } else {
    require(!to_instance);
  }
  if (const auto* claim = std::get_if<kernel::ArpClaim>(&*word)) requireHost(claim->address);
  return 0;
}
