#pragma once

#include <openssl/ssl.h>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace boost::asio::ssl {
class context;
}

namespace netctl::pki {

/// A TLS connection of a server's session or of a node link. It does what an asio::ssl::stream
/// does, but OpenSSL works on the socket itself: that one keeps 70 KB of buffers for each
/// connection, and there are hundreds that are silent most of the time. It is compiled once, too.
///
/// One read and one write at a time, on the thread of its io_context; it outlives both.
class TlsSocket {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using executor_type = Socket::executor_type;
  using Done = std::function<void(boost::system::error_code, std::size_t)>;

  /// To be connected; the other side must then be a cluster host by that name or address.
  TlsSocket(boost::asio::io_context& io, boost::asio::ssl::context& context,
            const std::string& host);
  /// One that has come in, with a server's context.
  TlsSocket(Socket socket, SSL_CTX* context);
  TlsSocket(const TlsSocket&) = delete;
  TlsSocket& operator=(const TlsSocket&) = delete;

  // NOLINTBEGIN(readability-identifier-naming): Asio's names, by which its operations use a stream.
  executor_type get_executor() { return socket_.get_executor(); }
  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    return initiate(token, &TlsSocket::read, first<boost::asio::mutable_buffer>(buffers));
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    return initiate(token, &TlsSocket::write, first<boost::asio::const_buffer>(buffers));
  }
  // NOLINTEND(readability-identifier-naming)

  Socket& socket() { return socket_; }
  SSL* nativeHandle() { return ssl_.get(); }

  /// This end's side of the handshake, on a socket that is connected.
  void shakeHands(std::function<void(boost::system::error_code)> done);
  /// Tells the other end that no more comes: in TLS, and then in TCP.
  void endWriting(std::function<void(boost::system::error_code)> done);

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  template <class Buffer, class Buffers>
  static Buffer first(const Buffers& buffers) {
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto at = boost::asio::buffer_sequence_begin(buffers); at != end; ++at) {
      if (Buffer(*at).size() > 0) return Buffer(*at);
    }
    return {};
  }
  template <class Token, class Buffer>
  auto initiate(Token& token, void (TlsSocket::*operation)(Buffer, const Done&), Buffer buffer) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
        [this, operation, buffer](auto handler) {
          // A std::function is copied, and a handler need not be.
          auto shared = std::make_shared<decltype(handler)>(std::move(handler));
          (this->*operation)(buffer, [shared](boost::system::error_code fault, std::size_t size) {
            (*shared)(fault, size);
          });
        },
        token);
  }

  void read(boost::asio::mutable_buffer room, const Done& done);
  void write(boost::asio::const_buffer bytes, const Done& done);
  /// Tries an operation of OpenSSL until it has succeeded, each time the socket is ready for it.
  void run(const std::function<int()>& operation, const Done& done);
  [[nodiscard]] boost::system::error_code faultOf(int error) const;
  void useSocket();

  Socket socket_;
  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace netctl::pki
