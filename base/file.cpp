#include "base/file.h"

#include "base/descriptor.h"
#include "base/file_internal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace netctl::files {
namespace {

namespace fs = std::filesystem;

/// A file by its path from `directory`; `path` is what an error names.
Result<std::optional<std::string>> readAt(int directory, const char* from_there,
                                          const fs::path& path) {
  const Descriptor file{::openat(directory, from_there, O_RDONLY | O_CLOEXEC)};
  if (file.get() < 0) {
    if (errno == ENOENT) return std::nullopt;
    return failed("open", path);
  }
  std::string text;
  std::array<char, 4096> buffer;
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

}  // namespace

Result<std::optional<std::string>> read(const fs::path& path) {
  return readAt(AT_FDCWD, path.c_str(), path);
}

Result<void> replace(const fs::path& path, std::string_view text, mode_t mode,
                     const fs::path& temporary, std::optional<gid_t> group) {
  {
    const Descriptor file{
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)};
    if (file.get() < 0) return failed("make", temporary);
    if (group && ::fchown(file.get(), static_cast<uid_t>(-1), *group) != 0) {
      return failed("set the group of", temporary);
    }
    if (auto filled = fill(file, temporary, text, mode); !filled) return filled;
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return failed("put in place", path);
  return {};
}

Result<bool> remove(const fs::path& path) {
  if (::unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT) return false;
  return failed("remove", path);
}

Result<std::optional<Directory>> Directory::open(const fs::path& path) {
  DIR* stream = ::opendir(path.c_str());
  if (stream != nullptr) return Directory(stream, path);
  if (errno == ENOENT) return std::nullopt;
  return failed("open", path);
}

Result<std::vector<std::string>> Directory::names() {
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream_.get());
    if (entry == nullptr) break;
    names.emplace_back(entry->d_name);
  }
  if (errno != 0) return failed("read", path_);
  return names;
}

Result<std::optional<std::string>> Directory::read(const std::string& name) const {
  return readAt(::dirfd(stream_.get()), name.c_str(), path_ / name);
}

}  // namespace netctl::files
