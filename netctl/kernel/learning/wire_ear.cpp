#include "netctl/kernel/learning/wire_ear.h"

#include "netctl/kernel/learning/address_frames.h"

#include <fmt/format.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

namespace netctl::kernel {
namespace {

/// As at instances' ports: a flood must not keep us from our work.
constexpr int kArpFramesAtOnce = 64;
constexpr std::chrono::milliseconds kArpPause{50};
constexpr std::size_t kLargestArpFrame = 128;

}  // namespace

Result<void> WireEar::open(const std::string& device) {
  const auto failed = [&](std::string_view what) {
    return Error{ErrorCode::Kernel, "",
                 fmt::format("cannot {} at the device {}: {}", what, device, std::strerror(errno))};
  };
  // Without a protocol it hears nothing before it is bound.
  const int socket = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return failed("open a packet socket");
  socket_.assign(socket);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ARP);
  address.sll_ifindex = static_cast<int>(index_);
  if (bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return failed("listen");
  }
  wait();
  return {};
}

void WireEar::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  pause_.cancel();
}

void WireEar::wait() {
  socket_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                     [self = shared_from_this()](boost::system::error_code error) {
                       if (!error && self->socket_.is_open()) self->drain();
                     });
}

void WireEar::drain() {
  std::array<std::uint8_t, kLargestArpFrame> buffer{};
  for (int frames = 0; frames < kArpFramesAtOnce; ++frames) {
    const auto size = recv(socket_.native_handle(), buffer.data(), buffer.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return wait();
    // ENETDOWN tells once that the device is down; it may come up again.
    if (size < 0) continue;
    const auto sender = parseArpSender({buffer.data(), static_cast<std::size_t>(size)});
    if (sender) seen_(sender->address, sender->mac);
  }
  pause_.expires_after(kArpPause);
  pause_.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (!error && self->socket_.is_open()) self->wait();
  });
}

}  // namespace netctl::kernel
