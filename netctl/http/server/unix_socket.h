#pragma once

#include "base/result.h"

#include <sys/types.h>

#include <optional>
#include <string>

namespace netctl::http {

/// A Unix stream socket that listens at a path, for root and one group. Its file goes with this
/// object.
class UnixSocket {
 public:
  /// Takes the place of a socket that nobody listens at any more. Refused (Busy) where somebody
  /// does, and where the path is anything but a socket. Without such a group only root may connect.
  static Result<UnixSocket> listen(const std::string& path, const std::string& group);

  UnixSocket(UnixSocket&& other) noexcept;
  UnixSocket& operator=(UnixSocket&&) = delete;
  ~UnixSocket();

  /// False where somebody has removed its file, or has put another in its place: nobody can connect
  /// any more.
  [[nodiscard]] bool hasFile() const;

  /// Hands over the descriptor; the file stays this object's.
  int release();
  /// Absent where there is no such group.
  [[nodiscard]] std::optional<gid_t> group() const { return group_; }

 private:
  UnixSocket(std::string path, int descriptor, std::optional<gid_t> group);

  std::string path_;
  int descriptor_ = -1;
  std::optional<gid_t> group_;
  dev_t device_ = 0;  ///< with `inode_`: tells our file from another's that took the path over
  ino_t inode_ = 0;
};

/// True where the process at the other end of a connection is root's, is of our own user, or has
/// the group. The kernel vouches for it (SO_PEERCRED, SO_PEERGROUPS), as of the time of connecting.
bool peerMayCall(int descriptor, std::optional<gid_t> group);

}  // namespace netctl::http
