#include "base/file_internal.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace netctl::files {

Error failed(std::string_view doing, const std::filesystem::path& path) {
  return {ErrorCode::Kernel, "Unavailable",
          fmt::format("cannot {} {}: {}", doing, path.string(), std::strerror(errno))};
}

Result<void> fill(const Descriptor& file, const std::filesystem::path& path, std::string_view text,
                  mode_t mode) {
  if (::fchmod(file.get(), mode) != 0) return failed("set the mode of", path);
  while (!text.empty()) {
    const auto size = ::write(file.get(), text.data(), text.size());
    if (size < 0 && errno != EINTR) return failed("write", path);
    if (size > 0) text.remove_prefix(static_cast<std::size_t>(size));
  }
  return {};
}

}  // namespace netctl::files
