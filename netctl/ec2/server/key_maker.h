#pragma once

#include "netctl/crypto/ssh_key.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <functional>
#include <optional>

namespace netctl::ec2 {

/// Makes SSH keys on a thread of its own, one at a time: an RSA key takes some tenths of a second,
/// in which neither the controller nor other requests shall wait.
class KeyMaker {
 public:
  explicit KeyMaker(boost::asio::io_context& io) : io_(io) {}

  /// On the thread that runs `io`, where the key comes too.
  void make(crypto::SshKeyType type, std::function<void(crypto::NewSshKey)> take);

 private:
  boost::asio::io_context& io_;
  /// There from the first key on; it has the priority of the thread that asked.
  std::optional<boost::asio::thread_pool> thread_;
};

}  // namespace netctl::ec2
