#include "dhcp/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace netctl::dhcp {
namespace {

constexpr mode_t kReadableByAll = 0644;
constexpr mode_t kEnteredByAll = 0755;

Error systemError(const char* what, const std::string& path) {
  return {ErrorCode::Kernel, "", fmt::format("cannot {} {}: {}", what, path, std::strerror(errno))};
}

/// A file by its path from `directory`; `path` is what an error names.
Result<std::optional<std::string>> readAt(int directory, const char* from_there,
                                          const std::string& path) {
  const Descriptor file{::openat(directory, from_there, O_RDONLY | O_CLOEXEC)};
  if (file.get() < 0) {
    if (errno == ENOENT) return std::nullopt;
    return systemError("open", path);
  }
  std::string text;
  std::array<char, 4096> buffer;
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
  return readAt(AT_FDCWD, path.c_str(), path);
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

Result<std::optional<Directory>> Directory::open(const std::string& path) {
  DIR* stream = ::opendir(path.c_str());
  if (stream != nullptr) return Directory(stream, path);
  if (errno == ENOENT) return std::nullopt;
  return systemError("open", path);
}

Result<std::vector<std::string>> Directory::names() {
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream_.get());
    if (entry == nullptr) break;
    names.emplace_back(entry->d_name);
  }
  if (errno != 0) return systemError("read", path_);
  return names;
}

Result<std::optional<std::string>> Directory::read(const std::string& name) const {
  return readAt(::dirfd(stream_.get()), name.c_str(), path_ + "/" + name);
}

Result<void> makeDirectory(const std::string& path) {
  if ((::mkdir(path.c_str(), kEnteredByAll) != 0 && errno != EEXIST) ||
      ::chmod(path.c_str(), kEnteredByAll) != 0) {
    return systemError("make", path);
  }
  return {};
}

}  // namespace netctl::dhcp
