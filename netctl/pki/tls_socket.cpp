#include "netctl/pki/tls_socket.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <new>

namespace netctl::pki {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// One call takes an int.
int lengthOf(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, INT_MAX));
}

TlsSocket::Socket& socketOf(BIO* bio) {
  return *static_cast<TlsSocket::Socket*>(BIO_get_data(bio));
}

int transferred(BIO* bio, ssize_t size, int retry_flag) {
  BIO_clear_retry_flags(bio);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_flags(bio, retry_flag);
  return static_cast<int>(size);
}

/// As OpenSSL's own for sockets, but that a write to a closed connection raises no SIGPIPE, and
/// that a closed socket's number, which may be another's by then, is not used.
BIO_METHOD* socketMethod() {
  static BIO_METHOD* const method = [] {
    auto* made = BIO_meth_new(BIO_TYPE_SOURCE_SINK | BIO_get_new_index(), "socket");
    if (made == nullptr) throw std::bad_alloc();
    BIO_meth_set_read(made, [](BIO* bio, char* room, int size) {
      return transferred(
          bio, recv(socketOf(bio).native_handle(), room, static_cast<std::size_t>(size), 0),
          BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY);
    });
    BIO_meth_set_write(made, [](BIO* bio, const char* bytes, int size) {
      return transferred(
          bio,
          send(socketOf(bio).native_handle(), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL),
          BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY);
    });
    BIO_meth_set_ctrl(made, [](BIO*, int command, long, void*) -> long {
      return command == BIO_CTRL_FLUSH ? 1 : 0;
    });
    return made;
  }();
  return method;
}

}  // namespace

TlsSocket::TlsSocket(asio::io_context& io, asio::ssl::context& context, const std::string& host)
    : socket_(io), ssl_(SSL_new(context.native_handle())) {
  if (!ssl_) throw std::bad_alloc();
  SSL_set_connect_state(ssl_.get());
  if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), host.c_str()) != 1) {
    SSL_set1_host(ssl_.get(), host.c_str());
    SSL_set_tlsext_host_name(ssl_.get(), host.c_str());
  }
}

TlsSocket::TlsSocket(Socket socket, SSL_CTX* context)
    : socket_(std::move(socket)), ssl_(SSL_new(context)) {
  if (!ssl_) throw std::bad_alloc();
  SSL_set_accept_state(ssl_.get());
  // One call to the kernel takes all that has come, and not each record's head and body apart.
  SSL_set_read_ahead(ssl_.get(), 1);
}

void TlsSocket::useSocket() {
  error_code ignored;
  socket_.native_non_blocking(true, ignored);
  auto* const bio = BIO_new(socketMethod());
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, &socket_);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_mode(ssl_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

void TlsSocket::shakeHands(std::function<void(error_code)> done) {
  useSocket();
  run([this] { return SSL_do_handshake(ssl_.get()); },
      [done = std::move(done)](error_code fault, std::size_t) { done(fault); });
}

void TlsSocket::endWriting(std::function<void(error_code)> done) {
  run(
      [this] {
        // 0 means that the other end has not said the same yet, which nobody waits for.
        const int result = SSL_shutdown(ssl_.get());
        return result == 0 ? 1 : result;
      },
      [this, done = std::move(done)](error_code, std::size_t) {
        error_code fault;
        socket_.shutdown(Socket::shutdown_send, fault);
        done(fault);
      });
}

void TlsSocket::read(asio::mutable_buffer room, const Done& done) {
  run([this, room] { return SSL_read(ssl_.get(), room.data(), lengthOf(room.size())); }, done);
}

void TlsSocket::write(asio::const_buffer bytes, const Done& done) {
  run([this, bytes] { return SSL_write(ssl_.get(), bytes.data(), lengthOf(bytes.size())); }, done);
}

void TlsSocket::run(const std::function<int()>& operation, const Done& done) {
  ERR_clear_error();
  const int result = operation();
  if (result > 0) {
    return asio::post(get_executor(),
                      [done, result] { done({}, static_cast<std::size_t>(result)); });
  }
  const int error = SSL_get_error(ssl_.get(), result);
  const bool must_wait = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
  if (!must_wait) {
    return asio::post(get_executor(), [done, fault = faultOf(error)] { done(fault, 0); });
  }
  socket_.async_wait(error == SSL_ERROR_WANT_READ ? Socket::wait_read : Socket::wait_write,
                     [this, operation, done](error_code fault) {
                       if (fault) return done(fault, 0);
                       run(operation, done);
                     });
}

error_code TlsSocket::faultOf(int error) const {
  if (error == SSL_ERROR_ZERO_RETURN) return asio::error::eof;
  const auto first = ERR_peek_error();
  if (first != 0 && ERR_GET_REASON(first) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
    return asio::ssl::error::stream_truncated;
  if (first != 0) return {static_cast<int>(first), asio::error::get_ssl_category()};
  if (error == SSL_ERROR_SYSCALL && errno != 0) return {errno, boost::system::system_category()};
  return asio::error::eof;
}

}  // namespace netctl::pki
