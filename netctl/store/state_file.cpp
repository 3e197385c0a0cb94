#include "netctl/store/state_file.h"

#include "base/durable_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace netctl::store {
namespace {

Error failed(const std::filesystem::path& path, std::string_view doing) {
  return {ErrorCode::Kernel, "Unavailable",
          fmt::format("{} {} failed: {}", doing, path.string(), std::strerror(errno))};
}

}  // namespace

Result<void> prepareStateFile(const std::filesystem::path& file) {
  const auto path = std::filesystem::absolute(file);
  if (auto made = files::makeDirectory(path.parent_path()); !made) return made;
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) {
    ::close(fd);
    return files::syncDirectory(path.parent_path());
  }
  if (errno != EEXIST) return failed(path, "making");
  // By name, not by descriptor: closing any descriptor of the file would free the lock of a Store
  // that this process has on it (fcntl(2), "Advisory record locking").
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return failed(path, "reading the status of");
  if ((status.st_mode & 077U) != 0 && ::chmod(path.c_str(), 0600) != 0) {
    return failed(path, "closing to others");
  }
  return {};
}

}  // namespace netctl::store
