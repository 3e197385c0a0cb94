#pragma once

#include "netctl/controller/controller.h"

#include <boost/asio/io_context.hpp>

#include <memory>

namespace netctl::metadata {

/// Listens at 169.254.169.254, port 80, and answers instances about themselves (`answer`).
///
/// Runs on the one thread that runs `io`; nothing of it blocks. One instance's connections are
/// limited, so that it cannot take them from others.
class MetadataServer {
 public:
  /// `controller` and `io` outlive it.
  MetadataServer(boost::asio::io_context& io, controller::Controller& controller);
  /// As `stop`.
  ~MetadataServer();
  MetadataServer(const MetadataServer&) = delete;
  MetadataServer& operator=(const MetadataServer&) = delete;

  /// Listens, whether the address stands already or not. Where another program has the port, that
  /// becomes an event, and it is tried again every two seconds: the network does not wait for it.
  void start();
  /// Closes everything. On the thread of `io`, or when that has ended.
  void stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace netctl::metadata
