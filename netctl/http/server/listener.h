#pragma once

#include "base/descriptor.h"
#include "base/result.h"
#include "netctl/http/server/socket.h"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace netctl::http {

/// A listening socket, TCP or Unix, that accepts connections until it is stopped.
/// On the thread of `io`; it keeps itself alive while it accepts.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  using Accept = std::function<void(Socket)>;

  explicit Listener(boost::asio::io_context& io) : acceptor_(io), pause_(io) {}

  /// At the first address that the host's name gives, whether this host has it yet or not
  /// (IP_FREEBIND, ip(7)). The error names the key of the configuration that the address is from.
  Result<void> open(const std::string& host, std::uint16_t port, std::string_view key);
  /// Hands over the socket that `open` has made: nobody is accepted here.
  Descriptor release();
  /// Takes over a socket that listens already.
  void assign(int descriptor);

  /// To be open.
  void start(Accept accept);
  void stop();
  /// The TCP port; 0 where it is not open.
  [[nodiscard]] std::uint16_t port() const;

 private:
  using Protocol = boost::asio::generic::stream_protocol;

  boost::system::error_code open(const boost::asio::ip::tcp::endpoint& endpoint);
  void next();

  boost::asio::basic_socket_acceptor<Protocol> acceptor_;
  boost::asio::steady_timer pause_;
  Accept accept_;
};

}  // namespace netctl::http
