#include "dhcp/loopback.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace netctl::dhcp {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::uint16_t kServerPort = 67;
constexpr milliseconds kAskAgain{200};

Error systemError(const char* what) {
  return {ErrorCode::Kernel, "",
          fmt::format("{} 127.0.0.1 port {}: {}", what, kServerPort, std::strerror(errno))};
}

}  // namespace

Result<Loopback> Loopback::open() {
  Loopback loopback{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(kServerPort);
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // Connected, so that nobody else's answer comes in.
  if (loopback.fd_ < 0 ||
      ::connect(loopback.fd_, reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0) {
    return systemError("cannot speak to");
  }
  return loopback;
}

Loopback::Loopback(Loopback&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), transaction_(other.transaction_) {}

Loopback::~Loopback() {
  if (fd_ >= 0) ::close(fd_);
}

Result<void> Loopback::send(const Bytes& bytes) const {
  // ECONNREFUSED is the echo of an earlier message, from before dnsmasq listened: sending goes on.
  while (::send(fd_, bytes.data(), bytes.size(), 0) < 0) {
    if (errno != ECONNREFUSED && errno != EINTR) return systemError("cannot send to");
  }
  return {};
}

Result<void> Loopback::release(net::Ipv4Address address, const net::MacAddress& mac) {
  return send(renderRelease(address, mac));
}

Result<Answer> Loopback::ask(net::Ipv4Address about, milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  ++transaction_;
  auto again = Clock::now();
  for (auto now = again; now < deadline; now = Clock::now()) {
    if (now >= again) {
      if (auto sent = send(renderQuestion(transaction_, about)); !sent) return sent.error();
      again = now + kAskAgain;
    }
    const auto left = std::chrono::ceil<milliseconds>(std::min(again, deadline) - now);
    pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, static_cast<int>(left.count())) <= 0) continue;
    std::array<std::uint8_t, 2048> buffer{};
    const auto size = ::recv(fd_, buffer.data(), buffer.size(), 0);
    // A refusal comes while dnsmasq is not there: wait for the next turn instead of spinning.
    if (size < 0) {
      if (errno == ECONNREFUSED) ::poll(nullptr, 0, 5);
      continue;
    }
    auto answer = parseAnswer({buffer.data(), static_cast<std::size_t>(size)});
    if (!answer) return answer;
    if (answer->transaction == transaction_) return answer;
  }
  return Error{
      ErrorCode::Timeout, "",
      fmt::format("dnsmasq did not answer on 127.0.0.1 port {} within {} ms; the interface lo "
                  "must be up and the host's firewall must let it through",
                  kServerPort, patience.count())};
}

}  // namespace netctl::dhcp
