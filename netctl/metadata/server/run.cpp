#include "netctl/metadata/server/run.h"

#include "base/file.h"
#include "netctl/confinement/privileges.h"
#include "netctl/confinement/system_calls.h"
#include "netctl/metadata/read_files.h"
#include "netctl/metadata/server/background.h"
#include "netctl/metadata/server/listening_socket.h"
#include "netctl/metadata/server/metadata_server.h"
#include "netctl/program/file_limit.h"
#include "netctl/program/log_lines.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <utility>

namespace netctl::metadata {
namespace {

/// For all connections and those that are refused.
constexpr rlim_t kDescriptors = 3072;

/// A file of ours that is opened while we are root.
Result<Descriptor> openFile(const std::string& path, int flags) {
  Descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644)};
  if (file.get() >= 0) return file;
  return Error{ErrorCode::Kernel, "",
               fmt::format("cannot open {}: {}", path, std::strerror(errno))};
}

Result<void> writePid(const Descriptor& file) {
  const auto text = fmt::format("{}\n", ::getpid());
  if (::ftruncate(file.get(), 0) == 0 &&
      ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size())) {
    return {};
  }
  return Error{ErrorCode::Kernel, "",
               fmt::format("cannot write the pid file: {}", std::strerror(errno))};
}

/// With the rights that it will have.
Result<void> checkFiles(const Layout& layout) {
  const auto text = files::read(layout.settings());
  if (!text) return text.error();
  const auto settings = parseSettings(text->value_or(""));
  if (settings) return {};
  return Error{ErrorCode::InvalidArgument, "",
               fmt::format("{} is missing or is not netctld's", layout.settings())};
}

Result<void> serve(const Layout& layout, const std::string& user) {
  auto socket = listeningSocket();
  if (!socket) return socket.error();
  const auto log = openFile(layout.log(), O_TRUNC | O_APPEND);
  if (!log) return log.error();
  auto pid = openFile(layout.pid(), 0);
  if (!pid) return pid.error();
  auto counts = openFile(layout.counts(), O_TRUNC);
  if (!counts) return counts.error();
  raiseFileLimit(kDescriptors);
  auto background = Background::enter();
  if (!background) return background.error();
  if (auto dropped = confinement::dropPrivileges(user); !dropped) return dropped;
  static constexpr std::array kPrograms{SYS_execve, SYS_execveat};
  if (auto denied = confinement::denySystemCalls(kPrograms); !denied) return denied;
  if (auto readable = checkFiles(layout); !readable) return readable;
  if (auto written = writePid(*pid); !written) return written;
  *pid = Descriptor();

  boost::asio::io_context io{1};
  MetadataServer server(io, *std::move(socket), *std::move(counts), layout);
  boost::asio::signal_set signals(io, SIGTERM, SIGINT);
  signals.async_wait([&](boost::system::error_code, int) { io.stop(); });
  server.start();
  if (auto told = background->ready(*log); !told) return told;
  spdlog::info("metadata serves user={} pid={}", ::geteuid(), ::getpid());
  io.run();
  return {};
}

}  // namespace

int run(const Layout& layout, const std::string& user) {
  ::umask(022);
  if (::chdir("/") != 0) return EXIT_FAILURE;
  logToStderr("netctl-metadata");
  const auto served = serve(layout, user);
  if (served) return EXIT_SUCCESS;
  std::cerr << served.error().message << "\n";
  return EXIT_FAILURE;
}

}  // namespace netctl::metadata
