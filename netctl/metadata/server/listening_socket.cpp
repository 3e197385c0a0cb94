#include "netctl/metadata/server/listening_socket.h"

#include "base/number.h"
#include "modes/firewall/metadata.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace netctl::metadata {
namespace {

constexpr int kFirstInherited = 3;  ///< SD_LISTEN_FDS_START

Error cannotListen(std::string_view why) {
  return {ErrorCode::Kernel, "",
          fmt::format(
              "cannot listen at {} port {}: {}; where another server of this host has that port at "
              "all addresses, name those it needs, or let NETCTL_METADATA_ENDPOINT serve the "
              "instances",
              net::format(firewall::kMetadataAddress), firewall::kMetadataPort, why)};
}

std::optional<int> numberOf(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return {};
  return parseWhole<int>(text);
}

bool isListeningTcp(int descriptor) {
  int is_listening = 0;
  int protocol = 0;
  socklen_t size = sizeof is_listening;
  return ::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) == 0 &&
         ::getsockopt(descriptor, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 &&
         is_listening == 1 && protocol == IPPROTO_TCP;
}

}  // namespace

Result<Descriptor> listeningSocket() {
  if (const auto inherited = numberOf("LISTEN_FDS");
      inherited && numberOf("LISTEN_PID") == static_cast<int>(::getpid())) {
    if (*inherited != 1 || !isListeningTcp(kFirstInherited)) {
      return Error{ErrorCode::InvalidArgument, "",
                   "the inherited socket must be one, of TCP, that listens"};
    }
    return Descriptor(kFirstInherited);
  }
  Descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const int on = 1;
  for (const auto& [level, option] : {std::pair<int, int>{SOL_SOCKET, SO_REUSEADDR},
                                      std::pair<int, int>{SOL_SOCKET, SO_REUSEPORT},
                                      std::pair<int, int>{IPPROTO_IP, IP_FREEBIND}}) {
    if (::setsockopt(socket.get(), level, option, &on, sizeof on) != 0) {
      return cannotListen(std::strerror(errno));
    }
  }
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(firewall::kMetadataPort);
  at.sin_addr.s_addr = htonl(firewall::kMetadataAddress.value);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the system call's own way.
  const auto* address = reinterpret_cast<const sockaddr*>(&at);
  if (::bind(socket.get(), address, sizeof at) != 0 || ::listen(socket.get(), SOMAXCONN) != 0) {
    return cannotListen(std::strerror(errno));
  }
  return socket;
}

}  // namespace netctl::metadata
