#pragma once

#include "netctl/etcd/messages.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netctl::etcd {

/// Where a member listens for clients.
struct Member {
  bool tls = false;
  std::string host;
  std::uint16_t port = 0;
};

/// `https://192.0.2.1:2379`.
std::string format(const Member& member);

/// How etcd is reached.
struct Access {
  std::vector<Member> members;          ///< at least one
  std::filesystem::path ca = {};        ///< by which members with TLS are known
  std::string user = {};                ///< empty: none
  std::filesystem::path password = {};  ///< a file with it in its first line, read at each login
};

/// A client of etcd's JSON gateway on one connection, which is kept. Each call waits for its
/// answer, for `limit` at most. Where a member is away the next one is asked. Not thread-safe.
class Client {
 public:
  explicit Client(Access access, std::chrono::milliseconds limit = std::chrono::seconds(3));
  ~Client();
  Client(Client&& other) noexcept;
  Client& operator=(Client&& other) noexcept;

  /// Errors of each call: Busy where no member is there or could do it, and Timeout where one was
  /// asked and has not answered; PermissionDenied where the user or its password is wrong, or it
  /// may not do this; Internal where the answer is not etcd's.
  Result<Page> range(const Range& range);
  /// All of them, in pieces; as of one revision.
  Result<Page> all(const std::string& prefix);
  /// Busy: nothing was done. Timeout, and nothing else: it may have been done, or may still be.
  Result<Committed> commit(const Transaction& transaction);
  /// As messages.h's readAlarms.
  Result<std::vector<std::string>> alarms();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netctl::etcd
