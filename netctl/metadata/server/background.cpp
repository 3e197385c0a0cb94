#include "netctl/metadata/server/background.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace netctl::metadata {
namespace {

Error cannotDetach(const char* what) {
  return {ErrorCode::Kernel, "", fmt::format("cannot {}: {}", what, std::strerror(errno))};
}

}  // namespace

Result<Background> Background::enter() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return cannotDetach("make a pipe");
  Descriptor from_child{ends[0]};
  Descriptor to_parent{ends[1]};
  const pid_t pid = ::fork();
  if (pid < 0) return cannotDetach("fork");
  if (pid == 0) return Background(std::move(to_parent));
  to_parent = Descriptor();
  char word = 0;
  ssize_t size = 0;
  while ((size = ::read(from_child.get(), &word, 1)) < 0 && errno == EINTR) {
  }
  ::_exit(size == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
}

Result<void> Background::ready(const Descriptor& log) {
  if (::dup2(log.get(), STDERR_FILENO) < 0) return cannotDetach("write to the log");
  const char word = 1;
  if (::write(parent_.get(), &word, 1) != 1) return cannotDetach("tell that it serves");
  parent_ = Descriptor();
  return {};
}

}  // namespace netctl::metadata
