#include "netctl/rpc/server.h"

#include "netctl/rpc/service.h"
#include "netctl/rpc/unix_socket.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

namespace netctl::rpc {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

using Protocol = asio::local::stream_protocol;
using Stream = beast::basic_stream<Protocol>;
using boost::system::error_code;

constexpr std::uint32_t kMaxHeader = 16U * 1024U;
/// How long a client whose request is refused may go on sending it, so that it gets to read why.
constexpr std::chrono::seconds kLinger{2};
constexpr std::chrono::milliseconds kAcceptPause{100};

/// All connections need descriptors, and the rest of the process some too.
void raiseFileLimit(std::size_t connections) {
  rlimit limit{};
  const rlim_t wanted = 2 * connections + 512;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
    spdlog::warn("rpc file-limit {} cannot be raised", limit.rlim_cur);
}

}  // namespace

class Server::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, api::Api& api, ServerOptions options)
      : options_(std::move(options)), service_(io, api), acceptor_(io), pause_(io) {}

  Result<void> start() {
    raiseFileLimit(options_.max_connections);
    auto socket = UnixSocket::listen(options_.path, options_.group);
    if (!socket) return socket.error();
    socket_.emplace(*std::move(socket));
    if (!socket_->group()) {
      spdlog::warn("rpc no-group group={} only root may use {}", options_.group, options_.path);
    }
    acceptor_.assign(Protocol(), socket_->release());
    accept();
    return {};
  }

  void stop();

  [[nodiscard]] const ServerOptions& options() const { return options_; }
  Service& service() { return service_; }
  void ended(const void* session, bool was_refused) {
    sessions_.erase(session);
    refused_ -= was_refused ? 1 : 0;
    count();
  }

 private:
  class Session;

  void accept() {
    acceptor_.async_accept([self = shared_from_this()](error_code fault, Protocol::socket socket) {
      if (!self->acceptor_.is_open()) return;
      if (!fault) {
        self->admit(std::move(socket));
        return self->accept();
      }
      // Out of descriptors or memory: a pause, instead of asking again at once for ever.
      self->pause_.expires_after(kAcceptPause);
      self->pause_.async_wait([self](error_code cancelled) {
        if (!cancelled) self->accept();
      });
    });
  }

  void admit(Protocol::socket socket);
  void count() { service_.counters().connections = sessions_.size(); }

  ServerOptions options_;
  Service service_;
  Protocol::acceptor acceptor_;
  asio::steady_timer pause_;
  std::optional<UnixSocket> socket_;
  std::unordered_map<const void*, std::weak_ptr<Session>> sessions_;
  std::size_t refused_ = 0;  ///< of the sessions; they do not count for the limit
};

/// One connection: reads a request, has it handled, writes the answer, and again.
class Server::Impl::Session : public std::enable_shared_from_this<Session> {
 public:
  /// With a `refusal` every first request gets that answer, and then the connection ends.
  Session(std::shared_ptr<Impl> server, Protocol::socket socket,
          std::optional<HttpResponse> refusal)
      : server_(std::move(server)), stream_(std::move(socket)), refusal_(std::move(refusal)) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() { server_->ended(this, refusal_.has_value()); }

  void waitForRequest() {
    if (buffer_.size() > 0) return readHeader();  // of a client that does not wait for answers
    stream_.expires_after(server_->options().idle_timeout);
    stream_.async_read_some(buffer_.prepare(4096),
                            [self = shared_from_this()](error_code fault, std::size_t size) {
                              self->buffer_.commit(size);
                              if (!fault) self->readHeader();
                            });
  }

  void close() {
    error_code ignored;
    stream_.socket().close(ignored);
  }

 private:
  void readHeader() {
    parser_.emplace();
    parser_->header_limit(kMaxHeader);
    parser_->body_limit(server_->options().max_body);
    stream_.expires_after(server_->options().request_timeout);
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = shared_from_this()](error_code fault, std::size_t) {
                              if (fault) return self->failed(fault);
                              if (self->refusal_) return self->refuse(*self->refusal_);
                              self->continueToBody();
                            });
  }

  void continueToBody() {
    const bool asks = beast::iequals(parser_->get()[http::field::expect], "100-continue");
    if (!asks || parser_->is_done()) return readBody();
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    asio::async_write(stream_, asio::buffer(kContinue),
                      [self = shared_from_this()](error_code fault, std::size_t) {
                        if (!fault) self->readBody();
                      });
  }

  void readBody() {
    stream_.expires_after(server_->options().request_timeout);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](error_code fault, std::size_t) {
                       if (fault) return self->failed(fault);
                       self->handle();
                     });
  }

  void handle() {
    stream_.expires_never();  // the answer comes when the change is in force
    auto request = parser_->release();
    keep_alive_ = request.keep_alive();
    version_ = request.version();
    server_->service().handle(
        {std::string(request.method_string()), std::string(request.target()),
         std::move(request.body())},
        [self = shared_from_this()](const HttpResponse& response) { self->write(response); });
  }

  /// The request could not be read: says why where somebody may still listen.
  void failed(error_code fault) {
    if (fault == http::error::body_limit) {
      return refuse(plainResponse(
          413, fmt::format("the body has more than {} bytes\n", server_->options().max_body)));
    }
    if (fault == http::error::header_limit) {
      return refuse(
          plainResponse(431, fmt::format("the header has more than {} bytes\n", kMaxHeader)));
    }
    const bool is_http_fault =
        fault.category() == http::make_error_code(http::error::bad_method).category();
    if (is_http_fault && fault != http::error::end_of_stream &&
        fault != http::error::partial_message) {
      refuse(plainResponse(400, fmt::format("this is not HTTP/1.1: {}\n", fault.message())));
    }
  }

  void refuse(const HttpResponse& response) {
    keep_alive_ = false;
    write(response);
  }

  void write(const HttpResponse& response) {
    response_ = {};
    response_.result(static_cast<unsigned>(response.status));
    response_.version(version_);
    response_.set(http::field::server, "netctl");
    if (!response.content_type.empty())
      response_.set(http::field::content_type, response.content_type);
    if (!response.allow.empty()) response_.set(http::field::allow, response.allow);
    response_.keep_alive(keep_alive_);
    response_.body() = response.body;
    if (response.status != 204)
      response_.prepare_payload();  // a 204 has no length (RFC 9110, section 8.6)
    stream_.expires_after(server_->options().request_timeout);
    http::async_write(stream_, response_,
                      [self = shared_from_this()](error_code fault, std::size_t) {
                        if (fault) return;
                        if (self->keep_alive_) return self->waitForRequest();
                        self->linger();
                      });
  }

  /// Ends the connection. Closing it with bytes unread would cut the client's own writing short
  /// before it had read the answer, so for a while they are read and thrown away.
  void linger() {
    error_code ignored;
    stream_.socket().shutdown(Protocol::socket::shutdown_send, ignored);
    stream_.expires_after(kLinger);
    drain();
  }
  void drain() {
    stream_.async_read_some(asio::buffer(waste_),
                            [self = shared_from_this()](error_code fault, std::size_t) {
                              if (!fault) self->drain();
                            });
  }

  std::shared_ptr<Impl> server_;
  Stream stream_;
  std::optional<HttpResponse> refusal_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  std::array<char, 4096> waste_{};
  bool keep_alive_ = false;
  unsigned version_ = 11;
};

void Server::Impl::admit(Protocol::socket socket) {
  std::optional<HttpResponse> refusal;
  if (sessions_.size() - refused_ >= options_.max_connections) {
    ++service_.counters().connections_refused;
    refusal = plainResponse(503, "too many connections; try again\n");
  }
  if (!peerMayCall(socket.native_handle(), socket_->group())) {
    refusal =
        plainResponse(403, fmt::format("only root and the group {} may call\n", options_.group));
  }
  // Those that are refused are few at a time, too.
  if (refusal && refused_ >= options_.max_connections) return;
  refused_ += refusal ? 1 : 0;
  const auto session =
      std::make_shared<Session>(shared_from_this(), std::move(socket), std::move(refusal));
  sessions_.emplace(session.get(), session);
  count();
  session->waitForRequest();
}

void Server::Impl::stop() {
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
  socket_.reset();
  for (const auto& [key, weak] : std::unordered_map(sessions_)) {
    if (const auto session = weak.lock()) session->close();
  }
}

Server::Server(asio::io_context& io, api::Api& api, ServerOptions options)
    : impl_(std::make_shared<Impl>(io, api, std::move(options))) {}

Server::~Server() {
  stop();
}

Result<void> Server::start() {
  return impl_->start();
}

void Server::stop() {
  impl_->stop();
}

}  // namespace netctl::rpc
