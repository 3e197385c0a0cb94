#include "base/descriptor_message.h"

#include "netctl/web/link/link.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <string_view>

// The listening socket, which goes along with a byte.
namespace netctl::web {
namespace {

Error failed(std::string_view what) {
  return {ErrorCode::Kernel, "",
          fmt::format("cannot {} a listening socket: {}", what, std::strerror(errno))};
}

}  // namespace

Result<void> sendDescriptor(int socket, int descriptor) {
  const char byte = 0;
  if (sendBeside(socket, &byte, sizeof byte, descriptor) == sizeof byte) return {};
  return failed("hand over");
}

Result<Descriptor> receiveDescriptor(int socket) {
  char byte = 0;
  Descriptor descriptor;
  const auto received = receiveBeside(socket, &byte, sizeof byte, descriptor);
  if (received == sizeof byte && descriptor.get() >= 0) return descriptor;
  return received == 0 ? Error{ErrorCode::Kernel, "", "netctld has gone"} : failed("receive");
}

}  // namespace netctl::web
