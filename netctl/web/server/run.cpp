#include "netctl/web/server/run.h"

#include "netctl/program/file_limit.h"
#include "netctl/program/log_lines.h"
#include "netctl/web/link/link.h"
#include "netctl/web/server/confine.h"
#include "netctl/web/server/web_session.h"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <boost/asio/io_context.hpp>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <optional>
#include <utility>

namespace netctl::web {
namespace {

/// For all connections and those that are refused.
constexpr rlim_t kDescriptors = 3072;
constexpr int kGiven = 3;

/// The link that we are given, or the first of those who connect to the socket that systemd gives
/// us.
Result<Descriptor> linkToNetctld() {
  int listens = 0;
  socklen_t size = sizeof listens;
  if (::getsockopt(kGiven, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0) {
    return Error{ErrorCode::InvalidArgument, "",
                 "descriptor 3 must be a socket: netctld or systemd starts netctl-web"};
  }
  Descriptor given(kGiven);
  if (listens == 0) return given;
  int link = -1;
  do {
    link = ::accept4(given.get(), nullptr, nullptr, SOCK_CLOEXEC);
  } while (link < 0 && errno == EINTR);
  if (link >= 0) return Descriptor(link);
  return Error{ErrorCode::Kernel, "",
               fmt::format("netctld does not connect: {}", std::strerror(errno))};
}

/// What would be read from files when it is needed first.
void readAhead() {
  ::tzset();
  (void)OPENSSL_init_ssl(0, nullptr);
}

Result<void> serve(const std::string& user) {
  auto link = linkToNetctld();
  if (!link) return link.error();
  auto listening = receiveDescriptor(link->get());
  if (!listening) return listening.error();
  raiseFileLimit(kDescriptors);
  readAhead();
  if (auto nobody = becomeNobody(user); !nobody) return nobody;
  boost::asio::io_context io{1};
  std::optional<std::string> why;
  WebSession session(io, *std::move(link), *std::move(listening));
  if (auto kept = keepTalkingOnly(); !kept) return kept;
  spdlog::info("web serves user={} pid={}", ::geteuid(), ::getpid());
  session.start([&](const std::string& reason) {
    why = reason;
    io.stop();
  });
  io.run();
  spdlog::info("web ends: {}", why.value_or("netctld has gone"));
  return {};
}

}  // namespace

int run(const std::string& user) {
  ::umask(077);
  if (::chdir("/") != 0) return EXIT_FAILURE;
  // It ends with netctld, whoever is signalled with it.
  for (const int number : {SIGINT, SIGHUP, SIGPIPE}) std::signal(number, SIG_IGN);
  logToStderr("netctl-web");
  const auto served = serve(user);
  if (served) return EXIT_SUCCESS;
  spdlog::error("web cannot serve: {}", served.error().message);
  return EXIT_FAILURE;
}

}  // namespace netctl::web
