#include "netctl/kernel/host/dhcp_question.h"

#include "dhcp/message.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

namespace netctl::kernel {
namespace {

constexpr std::chrono::seconds kPeriod{1};
constexpr std::uint16_t kServerPort = 67;
constexpr std::uint32_t kTransaction = 0x6e637133;

}  // namespace

void DhcpQuestion::start(net::Ipv4Address about) {
  stop();
  about_ = about;
  (void)ask();
  wait();
}

void DhcpQuestion::stop() {
  timer_.cancel();
  socket_ = Descriptor();
  unanswered_ = 0;
}

void DhcpQuestion::wait() {
  timer_.expires_after(kPeriod);
  timer_.async_wait([this](boost::system::error_code canceled) {
    if (canceled || socket_.get() < 0) return;
    // An answer lies in the socket however late we come.
    unanswered_ = isAnswered() ? 0 : unanswered_ + 1;
    if (unanswered_ >= kPatience) {
      stop();
      return silent_();
    }
    if (!ask()) unanswered_ = 0;
    wait();
  });
}

bool DhcpQuestion::isAnswered() const {
  std::array<std::uint8_t, 2048> buffer{};
  for (;;) {
    const auto size = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    // A port unreachable is read as an error, and the next try goes on.
    if (size < 0 && (errno == ECONNREFUSED || errno == EINTR)) continue;
    if (size < 0) return false;
    const auto answer = dhcp::parseAnswer({buffer.data(), static_cast<std::size_t>(size)});
    if (answer && answer->transaction == kTransaction) return true;
  }
}

bool DhcpQuestion::ask() {
  // Another socket each time, so that its port gets around whatever hangs in between.
  Descriptor socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(kServerPort);
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto question = dhcp::renderQuestion(kTransaction, about_);
  const bool sent =
      socket.get() >= 0 &&
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&server), sizeof server) == 0 &&
      ::send(socket.get(), question.data(), question.size(), 0) >= 0;
  socket_ = std::move(socket);
  return sent;
}

}  // namespace netctl::kernel
