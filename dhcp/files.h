#pragma once

#include "modes/result.h"

#include <optional>
#include <string>
#include <string_view>
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

/// The names in a directory, in no order; none where there is no such directory.
Result<std::vector<std::string>> namesIn(const std::string& directory);

/// A directory that all may enter and we alone write; its parent must exist.
Result<void> makeDirectory(const std::string& path);

}  // namespace netctl::dhcp
