#include "dhcp/loopback.h"

#include "base/descriptor.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace netctl::dhcp {
namespace {

constexpr std::uint16_t kServerPort = 67;
constexpr std::uint32_t kTransaction = 0x6e657463;

Error failure(ErrorCode code, const char* what) {
  return {code, "",
          fmt::format("no answer from dnsmasq on 127.0.0.1 port {}: {}", kServerPort, what)};
}

}  // namespace

Result<Answer> ask(net::Ipv4Address about, std::chrono::milliseconds patience) {
  // A socket for each question: its port decides which of two processes is asked.
  const Descriptor socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(kServerPort);
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto question = renderQuestion(kTransaction, about);
  // Connected, so that nobody else's answer comes in.
  if (socket.get() < 0 ||
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0 ||
      ::send(socket.get(), question.data(), question.size(), 0) < 0) {
    return failure(ErrorCode::Kernel, std::strerror(errno));
  }
  pollfd waiting{.fd = socket.get(), .events = POLLIN, .revents = 0};
  if (::poll(&waiting, 1, static_cast<int>(patience.count())) <= 0) {
    return failure(ErrorCode::Timeout, "none in time");
  }
  std::array<std::uint8_t, 2048> buffer{};
  const auto size = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
  if (size < 0) return failure(ErrorCode::Kernel, std::strerror(errno));
  auto answer = parseAnswer({buffer.data(), static_cast<std::size_t>(size)});
  if (answer && answer->transaction != kTransaction) {
    return failure(ErrorCode::Internal, "it answered another question");
  }
  return answer;
}

}  // namespace netctl::dhcp
