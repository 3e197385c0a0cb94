#include "base/file.h"

#include "base/descriptor.h"
#include "base/file_internal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

namespace netctl::files {
namespace {

namespace fs = std::filesystem;

/// All bytes from here to the end are put behind `text`.
bool readToEnd(const Descriptor& file, std::string& text) {
  std::array<char, 4096> buffer;
  for (;;) {
    const auto size = ::read(file.get(), buffer.data(), buffer.size());
    if (size == 0) return true;
    if (size > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(size));
    } else if (errno != EINTR) {
      return false;
    }
  }
}

/// Reads what a file had when it was opened; a second read would only say that this is its end.
/// One that tells no size, as in /proc, is read to its end.
bool readContent(const Descriptor& file, const struct stat& status, std::string& text) {
  if (!S_ISREG(status.st_mode) || status.st_size <= 0) return readToEnd(file, text);
  text.resize(static_cast<std::size_t>(status.st_size));
  const auto size = ::read(file.get(), text.data(), text.size());
  const auto is_whole = size == status.st_size;
  if (is_whole) return true;
  text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  if (size < 0 && errno != EINTR) return false;
  return readToEnd(file, text);
}

/// A file by its path from `directory`. `path` gives what an error names.
template <class Path>
Result<std::optional<OwnedText>> readAt(int directory, const char* from_there, const Path& path) {
  const Descriptor file{::openat(directory, from_there, O_RDONLY | O_CLOEXEC)};
  if (file.get() < 0) {
    if (errno == ENOENT) return std::nullopt;
    return failed("open", path());
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return failed("look at", path());
  OwnedText owned{{}, status.st_uid, status.st_gid, status.st_mode};
  if (!readContent(file, status, owned.text)) return failed("read", path());
  return owned;
}

Result<std::optional<std::string>> textOf(Result<std::optional<OwnedText>> owned) {
  if (!owned) return owned.error();
  if (!*owned) return std::nullopt;
  return std::move((*owned)->text);
}

}  // namespace

Result<std::optional<std::string>> read(const fs::path& path) {
  return textOf(readOwned(path));
}

Result<std::optional<OwnedText>> readOwned(const fs::path& path) {
  return readAt(AT_FDCWD, path.c_str(), [&] { return path; });
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
  return textOf(readOwned(name));
}

Result<std::optional<OwnedText>> Directory::readOwned(const std::string& name) const {
  return readAt(::dirfd(stream_.get()), name.c_str(), [&] { return path_ / name; });
}

}  // namespace netctl::files
