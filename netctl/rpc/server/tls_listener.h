#pragma once

#include "netctl/http/server/sessions.h"
#include "netctl/rpc/server/rpc_server.h"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <memory>

namespace netctl::rpc {

/// The TLS side of a Server, in a source of its own since TLS is slow to compile.
/// On the thread of `io`.
class TlsListener {
 public:
  TlsListener(boost::asio::io_context& io, std::shared_ptr<http::Sessions> sessions,
              TlsOptions options);
  ~TlsListener();

  /// Reads the certificates and binds the address; nobody is accepted yet.
  Result<void> open();
  void start();
  void stop();
  /// Once open.
  [[nodiscard]] std::uint16_t port() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netctl::rpc
