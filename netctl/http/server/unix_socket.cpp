#include "netctl/http/server/unix_socket.h"

#include "base/descriptor.h"

#include <fmt/format.h>

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

namespace netctl::http {
namespace {

constexpr int kBacklog = 4096;  // the kernel lowers it to net.core.somaxconn

Error systemError(std::string_view what, const std::string& path) {
  const std::error_code fault(errno, std::generic_category());
  return {ErrorCode::Kernel, "InternalError",
          fmt::format("{} {}: {}", what, path, fault.message())};
}

Result<sockaddr_un> addressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return Error{ErrorCode::InvalidArgument, "InvalidParameterValue",
                 fmt::format("'{}' cannot be a socket's path; it needs 1 to {} characters", path,
                             sizeof address.sun_path - 1)};
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

/// Removes a socket's file that nobody listens at.
Result<void> removeStale(const std::string& path, const sockaddr_un& address) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return systemError("cannot look at", path);
  }
  if (!S_ISSOCK(status.st_mode)) {
    return Error{
        ErrorCode::Conflict, "Unavailable",
        fmt::format(
            "{} is there and is not a socket; remove it, or set NETCTL_SOCKET to another path",
            path)};
  }
  const Descriptor probe(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (probe.get() < 0) return systemError("cannot make a socket for", path);
  if (connect(probe.get(), generic(address), sizeof address) == 0 || errno == EAGAIN) {
    return Error{
        ErrorCode::Busy, "Unavailable",
        fmt::format(
            "another program serves {}; stop it first, or set NETCTL_SOCKET to another path",
            path)};
  }
  if (errno != ECONNREFUSED) return systemError("cannot find out whether somebody serves", path);
  if (unlink(path.c_str()) != 0 && errno != ENOENT)
    return systemError("cannot remove the stale", path);
  return {};
}

std::optional<gid_t> groupId(const std::string& name) {
  group entry{};
  group* found = nullptr;
  std::vector<char> buffer(1024);
  int result = 0;
  while ((result = getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found)) ==
         ERANGE) {
    buffer.resize(buffer.size() * 2);
  }
  if (result != 0 || found == nullptr) return {};
  return entry.gr_gid;
}

/// The supplementary groups of the process at the other end; empty where the kernel does not tell.
std::vector<gid_t> peerGroups(int descriptor) {
  std::vector<gid_t> groups(64);
  for (;;) {
    auto length = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    if (getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &length) == 0) {
      groups.resize(length / sizeof(gid_t));
      return groups;
    }
    if (errno != ERANGE) return {};
    groups.resize(length / sizeof(gid_t));
  }
}

}  // namespace

UnixSocket::UnixSocket(std::string path, int descriptor, std::optional<gid_t> group)
    : path_(std::move(path)), descriptor_(descriptor), group_(group) {
  struct stat status {};
  if (lstat(path_.c_str(), &status) == 0) {
    device_ = status.st_dev;
    inode_ = status.st_ino;
  }
}

UnixSocket::UnixSocket(UnixSocket&& other) noexcept
    : path_(std::exchange(other.path_, "")),
      descriptor_(std::exchange(other.descriptor_, -1)),
      group_(other.group_),
      device_(other.device_),
      inode_(other.inode_) {}

UnixSocket::~UnixSocket() {
  if (descriptor_ >= 0) close(descriptor_);
  if (hasFile()) unlink(path_.c_str());
}

bool UnixSocket::hasFile() const {
  struct stat status {};
  return !path_.empty() && lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ &&
         status.st_ino == inode_;
}

int UnixSocket::release() {
  return std::exchange(descriptor_, -1);
}

Result<UnixSocket> UnixSocket::listen(const std::string& path, const std::string& group) {
  const auto address = addressOf(path);
  if (!address) return address.error();
  if (const auto removed = removeStale(path, *address); !removed) return removed.error();
  Descriptor descriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (descriptor.get() < 0) return systemError("cannot make a socket for", path);
  // Nobody may connect before the file has its owner and mode: those of the socket are the file's
  // to begin with.
  if (fchmod(descriptor.get(), 0) != 0) return systemError("cannot protect", path);
  if (bind(descriptor.get(), generic(*address), sizeof *address) != 0) {
    return systemError("cannot listen at", path);
  }
  const auto id = groupId(group);
  UnixSocket result(path, descriptor.release(), id);
  if (id && chown(path.c_str(), static_cast<uid_t>(-1), *id) != 0) {
    return systemError("cannot give a group to", path);
  }
  if (chmod(path.c_str(), id ? 0660 : 0600) != 0)
    return systemError("cannot set the mode of", path);
  if (::listen(result.descriptor_, kBacklog) != 0) return systemError("cannot listen at", path);
  return result;
}

bool peerMayCall(int descriptor, std::optional<gid_t> group) {
  ucred peer{};
  socklen_t length = sizeof peer;
  if (getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return false;
  if (peer.uid == 0 || peer.uid == geteuid()) return true;
  if (!group) return false;
  if (peer.gid == *group) return true;
  return std::ranges::count(peerGroups(descriptor), *group) > 0;
}

}  // namespace netctl::http
