#include "netctl/web/keeper/web_process.h"

#include "base/process.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace netctl::web {
namespace {

Error linkFailed(const std::string& with) {
  return {ErrorCode::Kernel, "",
          fmt::format("cannot link with {}: {}", with, std::strerror(errno))};
}

Result<Descriptor> connectTo(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return linkFailed(path);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  Descriptor link(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (link.get() < 0 ||
      ::connect(link.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return linkFailed(path);
  }
  return link;
}

/// Who connects has systemd start the program. The socket may have been stopped by somebody.
Result<Descriptor> linkBySystemd(const WebProcess::Options& options) {
  if (auto link = connectTo(options.socket)) return link;
  auto asked = askSystemd(options.systemctl, "start", {options.unit + ".socket"});
  if (!asked) return asked.error();
  return connectTo(options.socket);
}

}  // namespace

Result<WebProcess> WebProcess::start(const Options& options, Descriptor& link) {
  if (!options.unit.empty()) {
    auto linked = linkBySystemd(options);
    if (!linked) return linked.error();
    link = *std::move(linked);
    return WebProcess(0);
  }
  if (::access(options.program.c_str(), X_OK) != 0) {
    return Error{ErrorCode::Kernel, "",
                 fmt::format("{} is missing: install it beside netctld", options.program)};
  }
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return linkFailed(options.program);
  }
  link = Descriptor(ends[0]);
  const Descriptor childs(ends[1]);
  auto child = startProgram({options.program}, childs.get());
  if (!child) return child.error();
  return WebProcess(*child);
}

WebProcess::WebProcess(WebProcess&& other) noexcept : child_(std::exchange(other.child_, 0)) {}

WebProcess::~WebProcess() {
  if (child_ == 0) return;
  ::kill(child_, SIGKILL);
  while (::waitpid(child_, nullptr, 0) < 0 && errno == EINTR) continue;
}

}  // namespace netctl::web
