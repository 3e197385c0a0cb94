#pragma once

#include "base/result.h"

#include <dirent.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Small files that others read while they change, and descriptors. Errors name the path.
namespace netctl::dhcp {

/// Owns a file descriptor; negative: none.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

/// Absent where there is no such file.
Result<std::optional<std::string>> readFile(const std::string& path);

/// Puts a whole file in place at once, readable by all, by way of `temporary`, a path on the same
/// file system. It survives our end at any moment, but no power failure.
Result<void> writeFile(const std::string& path, std::string_view text,
                       const std::string& temporary);

/// Whether it was there.
Result<bool> removeFile(const std::string& path);

/// A directory of which many files are read: they are found from it, and not each from the root.
class Directory {
 public:
  /// Absent where there is no such directory.
  static Result<std::optional<Directory>> open(const std::string& path);

  /// In no order. To be called once.
  Result<std::vector<std::string>> names();
  /// As readFile.
  [[nodiscard]] Result<std::optional<std::string>> read(const std::string& name) const;

 private:
  struct Close {
    void operator()(DIR* stream) const { closedir(stream); }
  };

  Directory(DIR* stream, std::string path) : stream_(stream), path_(std::move(path)) {}

  std::unique_ptr<DIR, Close> stream_;
  std::string path_;
};

/// A directory that all may enter and we alone write; its parent must exist.
Result<void> makeDirectory(const std::string& path);

}  // namespace netctl::dhcp
