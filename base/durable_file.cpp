#include "base/durable_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace netctl::files {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOwnerOnly = 0700;

Error failed(std::string_view doing, const fs::path& path) {
  return {ErrorCode::Kernel, "Unavailable",
          fmt::format("cannot {} {}: {}", doing, path.string(), std::strerror(errno))};
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

/// A directory's new names survive a power loss only when it is synced itself.
Result<void> syncDirectory(const fs::path& path) {
  const Descriptor directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (directory.get() < 0) return failed("open", path);
  if (::fsync(directory.get()) != 0) return failed("sync", path);
  return {};
}

/// What a relative path without a directory stands in.
fs::path parentOf(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

/// Writes to a file that was just made, and closes it when it is on the disk.
Result<void> fill(const Descriptor& file, const fs::path& path, std::string_view text,
                  mode_t mode) {
  // The mode of open is cut by the umask.
  if (::fchmod(file.get(), mode) != 0) return failed("set the mode of", path);
  while (!text.empty()) {
    const auto size = ::write(file.get(), text.data(), text.size());
    if (size < 0 && errno != EINTR) return failed("write", path);
    if (size > 0) text.remove_prefix(static_cast<std::size_t>(size));
  }
  if (::fsync(file.get()) != 0) return failed("sync", path);
  return {};
}

}  // namespace

Result<std::optional<std::string>> read(const fs::path& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.get() < 0) {
    if (errno == ENOENT) return std::nullopt;
    return failed("open", path);
  }
  std::string text;
  std::array<char, 16384> buffer{};
  for (;;) {
    const auto size = ::read(file.get(), buffer.data(), buffer.size());
    if (size == 0) return text;
    if (size > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(size));
    } else if (errno != EINTR) {
      return failed("read", path);
    }
  }
}

Result<void> write(const fs::path& path, std::string_view text, mode_t mode) {
  auto temporary = path.string() + ".XXXXXX";
  {
    const Descriptor file{::mkostemp(temporary.data(), O_CLOEXEC)};  // 0600
    if (file.get() < 0) return failed("make", temporary);
    if (auto filled = fill(file, temporary, text, mode); !filled) {
      ::unlink(temporary.c_str());
      return filled;
    }
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const auto error = failed("put in place", path);
    ::unlink(temporary.c_str());
    return error;
  }
  return syncDirectory(parentOf(path));
}

Result<void> makeDirectory(const fs::path& path) {
  if (std::error_code ignored; fs::is_directory(path, ignored)) return {};
  const auto parent = parentOf(path);
  if (parent != path) {
    if (auto made = makeDirectory(parent); !made) return made;
  }
  if (::mkdir(path.c_str(), kOwnerOnly) != 0 && errno != EEXIST) return failed("make", path);
  return syncDirectory(parent);
}

Result<void> writeDirectory(const fs::path& path, const std::vector<NamedFile>& files) {
  auto temporary = path.string() + ".XXXXXX";
  if (::mkdtemp(temporary.data()) == nullptr) return failed("make", temporary);  // 0700
  const auto filled = [&]() -> Result<void> {
    for (const auto& [name, text, mode] : files) {
      const auto where = fs::path(temporary) / name;
      const Descriptor file{::open(where.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
      if (file.get() < 0) return failed("make", where);
      if (auto done = fill(file, where, text, mode); !done) return done;
    }
    if (auto synced = syncDirectory(temporary); !synced) return synced;
    // rename(2) puts a directory in the place of an empty one, and of nothing else.
    if (::rename(temporary.c_str(), path.c_str()) == 0) return syncDirectory(parentOf(path));
    if (errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR) {
      return Error{ErrorCode::Conflict, "Unavailable",
                   fmt::format("{} is there already, and is not overwritten", path.string())};
    }
    return failed("put in place", path);
  }();
  if (!filled) {
    std::error_code ignored;
    fs::remove_all(temporary, ignored);
  }
  return filled;
}

}  // namespace netctl::files
