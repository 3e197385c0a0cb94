#pragma once

#include "base/descriptor.h"
#include "base/result.h"

#include <sys/types.h>

#include <filesystem>
#include <string_view>

/// What base/file and base/durable_file share.
namespace netctl::files {

/// The error of a system call that has just failed with errno, by the path that it was about.
Error failed(std::string_view doing, const std::filesystem::path& path);

/// Writes to a file that was just made. It has its mode before it has a byte; the mode of open(2)
/// is cut by the umask.
Result<void> fill(const Descriptor& file, const std::filesystem::path& path, std::string_view text,
                  mode_t mode);

}  // namespace netctl::files
