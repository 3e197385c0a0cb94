#include "base/durable_file.h"

#include "base/descriptor.h"
#include "base/file_internal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace netctl::files {
namespace {

namespace fs = std::filesystem;

/// What a relative path without a directory stands in.
fs::path parentOf(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

/// Writes to a file that was just made, until it is on the disk.
Result<void> fillAndSync(const Descriptor& file, const fs::path& path, std::string_view text,
                         mode_t mode) {
  if (auto filled = fill(file, path, text, mode); !filled) return filled;
  if (::fsync(file.get()) != 0) return failed("sync", path);
  return {};
}

}  // namespace

Result<void> syncDirectory(const fs::path& path) {
  const Descriptor directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (directory.get() < 0) return failed("open", path);
  if (::fsync(directory.get()) != 0) return failed("sync", path);
  return {};
}

Result<void> write(const fs::path& path, std::string_view text, mode_t mode) {
  auto temporary = path.string() + ".XXXXXX";
  {
    const Descriptor file{::mkostemp(temporary.data(), O_CLOEXEC)};  // 0600
    if (file.get() < 0) return failed("make", temporary);
    if (auto filled = fillAndSync(file, temporary, text, mode); !filled) {
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

Result<void> makeDirectory(const fs::path& path, mode_t mode) {
  const auto parent = parentOf(path);
  if (std::error_code ignored; !fs::is_directory(parent, ignored)) {
    if (auto made = makeDirectory(parent, mode); !made) return made;
  }
  const bool made = ::mkdir(path.c_str(), mode) == 0;
  if (!made && errno != EEXIST) return failed("make", path);
  // The mode of mkdir is cut by the umask.
  if (made && ::chmod(path.c_str(), mode) != 0) return failed("set the mode of", path);
  return made ? syncDirectory(parent) : Result<void>{};
}

Result<void> writeDirectory(const fs::path& path, const std::vector<NamedFile>& files) {
  auto temporary = path.string() + ".XXXXXX";
  if (::mkdtemp(temporary.data()) == nullptr) return failed("make", temporary);  // 0700
  const auto filled = [&]() -> Result<void> {
    for (const auto& [name, text, mode] : files) {
      const auto where = fs::path(temporary) / name;
      const Descriptor file{::open(where.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
      if (file.get() < 0) return failed("make", where);
      if (auto done = fillAndSync(file, where, text, mode); !done) return done;
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
