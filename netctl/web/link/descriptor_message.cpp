#include "netctl/web/link/link.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>
#include <string_view>

// A descriptor that goes along with a byte (unix(7), SCM_RIGHTS).
namespace netctl::web {
namespace {

struct DescriptorMessage {
  DescriptorMessage() {
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
  }
  char byte = 0;
  iovec part{&byte, sizeof byte};
  msghdr message{};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
};

Error failed(std::string_view what) {
  return {ErrorCode::Kernel, "",
          fmt::format("cannot {} a listening socket: {}", what, std::strerror(errno))};
}

}  // namespace

Result<void> sendDescriptor(int socket, int descriptor) {
  DescriptorMessage message;
  auto* const control = CMSG_FIRSTHDR(&message.message);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(sizeof descriptor);
  std::memcpy(CMSG_DATA(control), &descriptor, sizeof descriptor);
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(socket, &message.message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent == 1) return {};
  return failed("hand over");
}

Result<Descriptor> receiveDescriptor(int socket) {
  DescriptorMessage message;
  ssize_t received = 0;
  do {
    received = ::recvmsg(socket, &message.message, MSG_CMSG_CLOEXEC);
  } while (received < 0 && errno == EINTR);
  const auto* const control = CMSG_FIRSTHDR(&message.message);
  if (received == 1 && control != nullptr && control->cmsg_level == SOL_SOCKET &&
      control->cmsg_type == SCM_RIGHTS && control->cmsg_len == CMSG_LEN(sizeof(int))) {
    int descriptor = -1;
    std::memcpy(&descriptor, CMSG_DATA(control), sizeof descriptor);
    return Descriptor(descriptor);
  }
  return received == 0 ? Error{ErrorCode::Kernel, "", "netctld has gone"} : failed("receive");
}

}  // namespace netctl::web
