#include "netctl/node/link/dial_cluster.h"

#include "base/text.h"
#include "netctl/pki/tls_context.h"
#include "netctl/pki/tls_socket.h"

#include <fmt/format.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace netctl::node {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// A cluster host answers with a few lines; a stranger that answers for ever is cut off.
constexpr std::size_t kMaxAnswer = 16384;

class Dialling : public std::enable_shared_from_this<Dialling> {
 public:
  using Done = std::function<void(Result<std::shared_ptr<pki::TlsSocket>>)>;

  Dialling(asio::io_context& io, std::string host, std::uint16_t port, Done done)
      : io_(io),
        host_(std::move(host)),
        port_(port),
        resolver_(io),
        timer_(io),
        done_(std::move(done)) {}

  void start(const pki::TlsFiles& files, std::chrono::milliseconds limit) {
    const auto context = pki::clientContext(files);
    if (!context) {
      return asio::post(
          io_, [self = shared_from_this(), error = context.error()] { self->done_(error); });
    }
    connection_ = std::make_shared<pki::TlsSocket>(io_, **context, host_);
    resolver_.async_resolve(
        host_, std::to_string(port_),
        [self = shared_from_this(), limit](error_code fault, const auto& found) {
          if (fault) return self->absent("cannot be found", fault.message());
          self->endAfter(limit);
          self->connect(found);
        });
  }

 private:
  void endAfter(std::chrono::milliseconds limit) {
    timer_.expires_after(limit);
    timer_.async_wait([weak = weak_from_this()](error_code cancelled) {
      const auto self = weak.lock();
      if (cancelled || !self) return;
      self->out_of_time_ = true;
      error_code ignored;
      self->connection_->socket().close(ignored);
    });
  }

  void connect(const tcp::resolver::results_type& found) {
    asio::async_connect(connection_->socket(), found,
                        [self = shared_from_this()](error_code fault, const tcp::endpoint&) {
                          if (fault) return self->absent("cannot be reached", fault.message());
                          error_code ignored;
                          self->connection_->socket().set_option(tcp::no_delay(true), ignored);
                          self->secure();
                        });
  }

  void secure() {
    connection_->shakeHands([self = shared_from_this()](error_code fault) {
      if (!fault) return self->upgrade();
      self->fail("is not to be trusted",
                 pki::handshakeFault(self->connection_->nativeHandle(), fault));
    });
  }

  void upgrade() {
    text_ = fmt::format(
        "GET /node HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: netctl-node\r\n\r\n",
        host_);
    asio::async_write(*connection_, asio::buffer(text_),
                      [self = shared_from_this()](error_code fault, std::size_t) {
                        if (fault) return self->fail("ends the connection", fault.message());
                        self->readAnswer();
                      });
  }

  void readAnswer() {
    text_.clear();
    asio::async_read_until(*connection_, asio::dynamic_buffer(text_, kMaxAnswer), "\r\n\r\n",
                           [self = shared_from_this()](error_code fault, std::size_t size) {
                             // With TLS 1.3 this is where a refused certificate shows.
                             if (fault) return self->fail("turns this node away", fault.message());
                             self->judge(size);
                           });
  }

  void judge(std::size_t header_size) {
    const auto line = text_.substr(0, text_.find("\r\n"));
    // Bytes behind the header would be a message that was sent before this node introduced itself.
    if (!line.starts_with("HTTP/1.1 101 ") || text_.size() != header_size) {
      return fail("does not open the node link", printable(line));
    }
    timer_.cancel();
    done_(connection_);
  }

  void absent(std::string_view what, const std::string& why) {
    fail(what, why, ErrorCode::Timeout);
  }
  void fail(std::string_view what, const std::string& why,
            ErrorCode code = ErrorCode::PermissionDenied) {
    done_(Error{code, "Unavailable",
                fmt::format("the cluster host {} port {} {}: {}", host_, port_, what,
                            out_of_time_ ? "it does not answer in time" : why)});
  }

  asio::io_context& io_;
  std::string host_;
  std::uint16_t port_;
  tcp::resolver resolver_;
  std::shared_ptr<pki::TlsSocket> connection_;
  asio::steady_timer timer_;
  bool out_of_time_ = false;
  std::string text_;
  Done done_;
};

}  // namespace

void dialCluster(asio::io_context& io, const std::string& host, std::uint16_t port,
                 const pki::TlsFiles& files, std::chrono::milliseconds limit, Dialling::Done done) {
  std::make_shared<Dialling>(io, host, port, std::move(done))->start(files, limit);
}

}  // namespace netctl::node
