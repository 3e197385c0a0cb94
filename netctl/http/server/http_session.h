#pragma once

#include "netctl/http/server/sessions.h"

#include <fmt/format.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace netctl::http {

/// HTTP/1.1 on a stream of any kind: reads a request, has it handled, writes the answer, and again.
/// Slow to compile: for sources only.
template <class Stream>
class HttpSession : public Session, public std::enable_shared_from_this<HttpSession<Stream>> {
 public:
  /// With a `refusal` every first request gets that answer, and then the connection ends.
  HttpSession(std::shared_ptr<Sessions> sessions, std::shared_ptr<Stream> stream,
              std::optional<Response> refusal)
      : sessions_(std::move(sessions)),
        stream_(std::move(stream)),
        refusal_(std::move(refusal)),
        counts_as_refused_(refusal_.has_value()),
        timer_(stream_->get_executor()) {}
  HttpSession(const HttpSession&) = delete;
  HttpSession& operator=(const HttpSession&) = delete;
  ~HttpSession() override { sessions_->remove(this, counts_as_refused_); }

  void start() override {
    sessions_->add(this->shared_from_this(), counts_as_refused_);
    begin();
  }
  void close() override {
    boost::system::error_code ignored;
    lowest().socket().close(ignored);
  }

 protected:
  using ErrorCode = boost::system::error_code;
  using Header = boost::beast::http::request_header<>;

  /// What comes before the first request; ends in waitForRequest.
  virtual void begin() { waitForRequest(); }
  /// The answer to a request that this peer may not make; absent where it may.
  virtual std::optional<Response> refusalOf(const Header& /*header*/) { return refusal_; }
  /// True where the connection is no longer HTTP from here on; `stream` is then somebody else's.
  virtual bool takesOver(const Header& /*header*/) { return false; }
  /// Where the connection comes from, for `Request::peer`.
  virtual std::string peer() { return {}; }
  /// The last moment before an answer goes out.
  virtual void beforeWriting(const Response& /*response*/) {}
  /// Tells the peer that no more comes, then calls `drain`.
  virtual void endWriting() {
    ErrorCode ignored;
    lowest().socket().shutdown(boost::asio::socket_base::shutdown_send, ignored);
    drain();
  }

  Stream& stream() { return *stream_; }
  const std::shared_ptr<Stream>& sharedStream() { return stream_; }
  auto& lowest() { return boost::beast::get_lowest_layer(*stream_); }
  Sessions& sessions() { return *sessions_; }
  void setRefusal(Response refusal) { refusal_ = std::move(refusal); }
  /// Bytes that have come and were not read as HTTP.
  [[nodiscard]] std::size_t unread() const { return buffer_.size(); }

  void waitForRequest() {
    if (buffer_.size() > 0) return readHeader();  // of a client that does not wait for answers
    lowest().expires_after(sessions_->limits().idle_timeout);
    stream_->async_read_some(buffer_.prepare(4096),
                             [self = this->shared_from_this()](ErrorCode fault, std::size_t size) {
                               self->buffer_.commit(size);
                               if (!fault) self->readHeader();
                             });
  }

  /// Closing a connection with bytes unread would cut the client's own writing short before it had
  /// read the answer, so for a while they are read and thrown away.
  void drain() {
    lowest().async_read_some(boost::asio::buffer(waste_),
                             [self = this->shared_from_this()](ErrorCode fault, std::size_t) {
                               if (!fault) self->drain();
                             });
  }

 private:
  static constexpr std::uint32_t kMaxHeader = 16U * 1024U;
  /// How long a client whose request is refused may go on sending it, so that it gets to read why.
  static constexpr std::chrono::seconds kLinger{2};

  void readHeader() {
    namespace beast_http = boost::beast::http;
    parser_.emplace();
    parser_->header_limit(kMaxHeader);
    parser_->body_limit(sessions_->limits().max_body);
    limitReading();
    beast_http::async_read_header(*stream_, buffer_, *parser_,
                                  [self = this->shared_from_this()](ErrorCode fault, std::size_t) {
                                    if (self->ranOutOfTime(fault)) return;
                                    if (fault) return self->failed(fault);
                                    const auto& header = self->parser_->get().base();
                                    if (const auto refusal = self->refusalOf(header))
                                      return self->refuse(*refusal);
                                    if (!self->takesOver(header)) self->continueToBody();
                                  });
  }

  void continueToBody() {
    namespace beast_http = boost::beast::http;
    const bool asks =
        boost::beast::iequals(parser_->get()[beast_http::field::expect], "100-continue");
    if (!asks || parser_->is_done()) return readBody();
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    boost::asio::async_write(*stream_, boost::asio::buffer(kContinue),
                             [self = this->shared_from_this()](ErrorCode fault, std::size_t) {
                               if (!fault) self->readBody();
                             });
  }

  void readBody() {
    limitReading();
    boost::beast::http::async_read(*stream_, buffer_, *parser_,
                                   [self = this->shared_from_this()](ErrorCode fault, std::size_t) {
                                     if (self->ranOutOfTime(fault)) return;
                                     if (fault) return self->failed(fault);
                                     self->handle();
                                   });
  }

  /// The stream's own time limit would close it: who is too slow is to get to read why.
  void limitReading() {
    lowest().expires_never();
    timer_.expires_after(sessions_->limits().request_timeout);
    timer_.async_wait([weak = this->weak_from_this()](ErrorCode cancelled) {
      const auto self = weak.lock();
      if (cancelled || !self || self->timer_.expiry() > std::chrono::steady_clock::now()) return;
      self->timed_out_ = true;
      self->lowest().cancel();
    });
  }

  /// To be asked when a read has ended. True where it was because of the time; that is answered.
  bool ranOutOfTime(ErrorCode fault) {
    timer_.expires_at(std::chrono::steady_clock::time_point::max());
    if (!std::exchange(timed_out_, false) || !fault) return false;
    refuse(sessions_->refusal(408, fmt::format("the request did not come within {} ms\n",
                                               sessions_->limits().request_timeout.count())));
    return true;
  }

  void handle() {
    lowest().expires_never();  // the answer comes when the change is in force
    auto request = parser_->release();
    keep_alive_ = request.keep_alive();
    version_ = request.version();
    Request message{.method = std::string(request.method_string()),
                    .target = std::string(request.target()),
                    .body = std::move(request.body()),
                    .peer = peer()};
    for (const auto& field : request.base())
      message.fields.emplace_back(field.name_string(), field.value());
    sessions_->handle(std::move(message), [self = this->shared_from_this()](
                                              const Response& response) { self->write(response); });
  }

  /// The request could not be read: says why where somebody may still listen.
  void failed(ErrorCode fault) {
    namespace beast_http = boost::beast::http;
    if (fault == beast_http::error::body_limit) {
      return refuse(sessions_->refusal(
          413, fmt::format("the body has more than {} bytes\n", sessions_->limits().max_body)));
    }
    if (fault == beast_http::error::header_limit) {
      return refuse(
          sessions_->refusal(431, fmt::format("the header has more than {} bytes\n", kMaxHeader)));
    }
    const bool is_http_fault =
        fault.category() == beast_http::make_error_code(beast_http::error::bad_method).category();
    if (is_http_fault && fault != beast_http::error::end_of_stream &&
        fault != beast_http::error::partial_message) {
      refuse(sessions_->refusal(400, fmt::format("this is not HTTP/1.1: {}\n", fault.message())));
    }
  }

  void refuse(const Response& response) {
    keep_alive_ = false;
    write(response);
  }

  void write(const Response& response) {
    namespace beast_http = boost::beast::http;
    response_ = {};
    response_.result(static_cast<unsigned>(response.status));
    response_.version(version_);
    response_.set(beast_http::field::server, "netctl");
    if (!response.content_type.empty())
      response_.set(beast_http::field::content_type, response.content_type);
    for (const auto& [name, value] : response.fields) response_.insert(name, value);
    response_.keep_alive(keep_alive_);
    response_.body() = response.body;
    if (response.status != 204)
      response_.prepare_payload();  // a 204 has no length (RFC 9110, section 8.6)
    lowest().expires_after(sessions_->limits().request_timeout);
    beforeWriting(response);
    beast_http::async_write(*stream_, response_,
                            [self = this->shared_from_this()](ErrorCode fault, std::size_t) {
                              if (fault) return;
                              if (self->keep_alive_) return self->waitForRequest();
                              self->lowest().expires_after(kLinger);
                              self->endWriting();
                            });
  }

  std::shared_ptr<Sessions> sessions_;
  std::shared_ptr<Stream> stream_;
  std::optional<Response> refusal_;
  bool counts_as_refused_;
  boost::asio::steady_timer timer_;
  bool timed_out_ = false;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  boost::beast::http::response<boost::beast::http::string_body> response_;
  std::array<char, 4096> waste_{};
  bool keep_alive_ = false;
  unsigned version_ = 11;
};

}  // namespace netctl::http
