#include "base/descriptor_message.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstring>

namespace netctl {
namespace {

/// One part, with room for a descriptor beside it.
struct Message {
  Message(void* bytes, std::size_t size) : part{bytes, size} {
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
  }
  iovec part;
  msghdr message{};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
};

}  // namespace

ssize_t sendBeside(int socket, const void* bytes, std::size_t size, int descriptor) {
  Message message(const_cast<void*>(bytes), size);  // sendmsg writes nothing there
  if (descriptor < 0) {
    message.message.msg_controllen = 0;
  } else {
    auto* const control = CMSG_FIRSTHDR(&message.message);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(control), &descriptor, sizeof descriptor);
  }
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(socket, &message.message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent;
}

ssize_t receiveBeside(int socket, void* bytes, std::size_t size, Descriptor& beside) {
  Message message(bytes, size);
  ssize_t received = 0;
  do {
    received = ::recvmsg(socket, &message.message, MSG_CMSG_CLOEXEC | MSG_WAITALL);
  } while (received < 0 && errno == EINTR);
  if (received <= 0) return received;
  const auto* const control = CMSG_FIRSTHDR(&message.message);
  if (control != nullptr && control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS &&
      control->cmsg_len == CMSG_LEN(sizeof(int))) {
    int descriptor = -1;
    std::memcpy(&descriptor, CMSG_DATA(control), sizeof descriptor);
    beside = Descriptor(descriptor);
  }
  return received;
}

}  // namespace netctl
