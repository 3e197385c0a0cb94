#pragma once

#include "base/result.h"

#include <dirent.h>
#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Small files, whole: read, replaced, removed. Errors name the path.
namespace netctl::files {

/// Absent where there is no such file; any other failure is an error.
Result<std::optional<std::string>> read(const std::filesystem::path& path);

/// A file's text with who may read and write it (inode(7)).
struct OwnedText {
  std::string text;
  uid_t owner = 0;
  gid_t group = 0;
  mode_t mode = 0;  ///< the type and the permissions
};
/// As `read`.
Result<std::optional<OwnedText>> readOwned(const std::filesystem::path& path);

/// Puts a whole file in place at once, by way of `temporary`, a path on the same file system. It
/// survives our end at any moment, but not a power failure: for that there is `write`
/// (base/durable_file.h). It has its mode, and its group where one is given, before it has a byte.
Result<void> replace(const std::filesystem::path& path, std::string_view text, mode_t mode,
                     const std::filesystem::path& temporary, std::optional<gid_t> group = {});

/// Whether it was there.
Result<bool> remove(const std::filesystem::path& path);

/// A directory of which many files are read: they are found from it, and not each from the root.
class Directory {
 public:
  /// Absent where there is no such directory.
  static Result<std::optional<Directory>> open(const std::filesystem::path& path);

  /// In no order, `.` and `..` too. To be called once.
  Result<std::vector<std::string>> names();
  /// As `files::read` and `files::readOwned`.
  [[nodiscard]] Result<std::optional<std::string>> read(const std::string& name) const;
  [[nodiscard]] Result<std::optional<OwnedText>> readOwned(const std::string& name) const;

 private:
  struct Close {
    void operator()(DIR* stream) const { closedir(stream); }
  };

  Directory(DIR* stream, std::filesystem::path path) : stream_(stream), path_(std::move(path)) {}

  std::unique_ptr<DIR, Close> stream_;
  std::filesystem::path path_;
};

}  // namespace netctl::files
