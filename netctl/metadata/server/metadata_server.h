#pragma once

#include "base/descriptor.h"
#include "netctl/metadata/files/layout.h"

#include <boost/asio/io_context.hpp>

#include <memory>

namespace netctl::metadata {

/// Answers instances about themselves (`answer`), by the files of the address that asks.
///
/// The files are read anew for each request: a change shows in the next answer. Where they cannot
/// be read the answer is 503. Runs on the one thread that runs `io`. One instance's connections are
/// limited, so that it cannot take them from others.
class MetadataServer {
 public:
  /// `listener` is a TCP socket that listens already; `counts` is the open file of
  /// Layout::counts; `io` outlives this.
  MetadataServer(boost::asio::io_context& io, Descriptor listener, Descriptor counts,
                 Layout layout);
  ~MetadataServer();
  MetadataServer(const MetadataServer&) = delete;
  MetadataServer& operator=(const MetadataServer&) = delete;

  /// Accepts from here on.
  void start();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netctl::metadata
