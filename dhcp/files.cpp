#include "dhcp/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

namespace netctl::dhcp {
namespace {

constexpr mode_t kReadableByAll = 0644;
constexpr mode_t kEnteredByAll = 0755;

Error systemError(const char* what, const std::string& path) {
  return {ErrorCode::Kernel, "", fmt::format("cannot {} {}: {}", what, path, std::strerror(errno))};
}

}  // namespace

Descriptor::Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Result<std::optional<std::string>> readFile(const std::string& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.get() < 0) {
    if (errno == ENOENT) return std::nullopt;
    return systemError("open", path);
  }
  std::string text;
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto size = ::read(file.get(), buffer.data(), buffer.size());
    if (size == 0) return text;
    if (size > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(size));
    } else if (errno != EINTR) {
      return systemError("read", path);
    }
  }
}

Result<void> writeFile(const std::string& path, std::string_view text,
                       const std::string& temporary) {
  {
    const Descriptor file{
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kReadableByAll)};
    // The mode of open is cut by the umask.
    if (file.get() < 0 || ::fchmod(file.get(), kReadableByAll) != 0) {
      return systemError("make", temporary);
    }
    while (!text.empty()) {
      const auto size = ::write(file.get(), text.data(), text.size());
      if (size < 0 && errno != EINTR) return systemError("write", temporary);
      if (size > 0) text.remove_prefix(static_cast<std::size_t>(size));
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return systemError("put in place", path);
  return {};
}

Result<bool> removeFile(const std::string& path) {
  if (::unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  return systemError("remove", path);
}

Result<std::vector<std::string>> namesIn(const std::string& directory) {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream{::opendir(directory.c_str()), &::closedir};
  if (!stream) {
    if (errno == ENOENT) return names;
    return systemError("open", directory);
  }
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) break;
    names.emplace_back(entry->d_name);
  }
  if (errno != 0) return systemError("read", directory);
  return names;
}

Result<void> makeDirectory(const std::string& path) {
  if ((::mkdir(path.c_str(), kEnteredByAll) != 0 && errno != EEXIST) ||
      ::chmod(path.c_str(), kEnteredByAll) != 0) {
    return systemError("make", path);
  }
  return {};
}

}  // namespace netctl::dhcp
