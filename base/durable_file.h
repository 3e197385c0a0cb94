#pragma once

#include "base/result.h"

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// Files that survive kill -9 and power loss at any moment, and are never seen half written.
/// Errors name the path.
namespace netctl::files {

/// Puts a whole file in place at once. It has its mode before it has a byte.
Result<void> write(const std::filesystem::path& path, std::string_view text, mode_t mode);

/// Makes the names of a directory survive a power loss: those of new files do so only then.
Result<void> syncDirectory(const std::filesystem::path& path);

/// Makes a directory and what is missing above it; one that is there already keeps its mode.
Result<void> makeDirectory(const std::filesystem::path& path, mode_t mode = 0700);

struct NamedFile {
  std::string name;
  std::string text;
  mode_t mode = 0600;
};
/// Puts a directory (0700) with these files in place, all of it or nothing. Conflict where there is
/// something already, other than an empty directory. Its parent must exist.
Result<void> writeDirectory(const std::filesystem::path& path, const std::vector<NamedFile>& files);

}  // namespace netctl::files
