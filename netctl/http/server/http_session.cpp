#include "netctl/http/server/http_session.h"

#include "netctl/http/server/response_text.h"

#include <fmt/format.h>
#include <boost/asio/error.hpp>

#include <utility>

namespace netctl::http {
namespace {

/// How long a client whose request is refused may go on sending it, so that it gets to read why.
constexpr std::chrono::seconds kLinger{2};
/// Most requests fit into this; a body that does not comes in larger pieces.
constexpr std::size_t kRoomOfHead = 4096;
constexpr std::size_t kRoomOfBody = 64U * 1024U;

}  // namespace

HttpSession::HttpSession(std::shared_ptr<Sessions> sessions, Sessions::Id id,
                         std::unique_ptr<Stream> stream, std::unique_ptr<Peer> peer,
                         std::optional<Response> refusal)
    : sessions_(std::move(sessions)),
      id_(id),
      stream_(std::move(stream)),
      peer_(std::move(peer)),
      refusal_(std::move(refusal)),
      timer_(stream_->executor()),
      reader_(sessions_->limits().max_body) {}

HttpSession::~HttpSession() {
  sessions_->remove(id_);
}

void HttpSession::start() {
  sessions_->add(id_, shared_from_this());
  limit(sessions_->limits().first_timeout, AtDeadline::Close);
  stream_->open([self = shared_from_this()](Fault fault) {
    if (self->is_closed_) return;
    if (self->timed_out_) fault = boost::asio::error::timed_out;
    self->peer_->opened(fault);
    if (!fault) self->waitForRequest();
  });
}

void HttpSession::close() {
  is_closed_ = true;
  stream_->close();
}

void HttpSession::waitForRequest() {
  if (reader_.hasUnread()) {  // of a client that does not wait for answers
    limit(sessions_->limits().request_timeout, AtDeadline::Refuse);
    return proceed();
  }
  const auto& limits = sessions_->limits();
  limit(was_served_ ? limits.idle_timeout : limits.first_timeout, AtDeadline::Close);
  room_.resize(kRoomOfHead);
  stream_->readSome(boost::asio::buffer(room_),
                    [self = shared_from_this()](Fault fault, std::size_t size) {
                      if (fault) return;
                      self->limit(self->sessions_->limits().request_timeout, AtDeadline::Refuse);
                      self->take(fault, size);
                    });
}

void HttpSession::read() {
  room_.resize(reader_.hasHead() ? kRoomOfBody : kRoomOfHead);
  stream_->readSome(
      boost::asio::buffer(room_),
      [self = shared_from_this()](Fault fault, std::size_t size) { self->take(fault, size); });
}

void HttpSession::take(Fault fault, std::size_t size) {
  if (std::exchange(timed_out_, false) && fault) {
    return refuse(
        sessions_->refusal(408, fmt::format("the request did not come within {} ms\n",
                                            sessions_->limits().request_timeout.count())));
  }
  if (fault) return;  // nobody listens any more
  reader_.add({room_.data(), size});
  proceed();
}

void HttpSession::proceed() {
  switch (reader_.next()) {
    case RequestReader::Step::NeedsMore:
      return read();
    case RequestReader::Step::Head:
      return takeHead();
    case RequestReader::Step::Complete:
      return handle();
    case RequestReader::Step::Failed:
      noLimit();
      return refuse(sessions_->refusal(reader_.fault().status, reader_.fault().text));
  }
}

void HttpSession::takeHead() {
  keep_alive_ = reader_.keepsAlive();
  version_ = reader_.version();
  asks_head_ = reader_.head().method == "HEAD";
  auto refusal = refusal_ ? refusal_ : peer_->refusalOf(reader_.head());
  if (refusal) {
    noLimit();
    return refuse(*refusal);
  }
  if (auto answer = peer_->switchesProtocol(reader_.head())) return handOver(*std::move(answer));
  limit(sessions_->limits().request_timeout, AtDeadline::Refuse);
  if (reader_.waitsToSend()) return letItSend();
  proceed();
}

void HttpSession::letItSend() {
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  stream_->write(boost::asio::buffer(kContinue),
                 [self = shared_from_this()](Fault fault, std::size_t) {
                   if (!fault) self->proceed();
                 });
}

void HttpSession::handOver(std::string answer) {
  noLimit();
  out_ = std::move(answer);
  stream_->write(boost::asio::buffer(out_), [self = shared_from_this()](Fault fault, std::size_t) {
    if (!fault) self->peer_->takeOver(self->reader_.hasUnread());
  });
}

void HttpSession::handle() {
  noLimit();  // the answer comes when the change is in force
  auto request = reader_.take();
  request.peer = peer_->address();
  request.only_reads = peer_->onlyReads();
  // Most of the time there is nothing to read, and of many connections.
  room_ = {};
  was_served_ = true;
  sessions_->handle(id_, std::move(request), [self = shared_from_this()](const Response& response) {
    self->write(response);
  });
}

void HttpSession::refuse(const Response& response) {
  keep_alive_ = false;
  write(response);
}

void HttpSession::write(const Response& response) {
  sessions_->answered(response.status);
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  out_ = responseText(
      response,
      {.version = version_, .keep_alive = keep_alive_, .has_body = !asks_head_, .date = now});
  limit(sessions_->limits().request_timeout, AtDeadline::Close);
  peer_->beforeWriting(*stream_, response);
  stream_->write(boost::asio::buffer(out_), [self = shared_from_this()](Fault fault, std::size_t) {
    if (!fault) self->written();
  });
}

void HttpSession::written() {
  out_ = {};
  sessions_->waits(id_);
  if (keep_alive_) return waitForRequest();
  limit(kLinger, AtDeadline::Close);
  stream_->endWriting([self = shared_from_this()](Fault) { self->drain(); });
}

/// Closing a connection with bytes unread would cut the client's own writing short before it had
/// read the answer, so for a while they are read and thrown away.
void HttpSession::drain() {
  room_.resize(kRoomOfHead);
  stream_->discardSome(boost::asio::buffer(room_),
                       [self = shared_from_this()](Fault fault, std::size_t) {
                         if (!fault) self->drain();
                       });
}

void HttpSession::limit(std::chrono::milliseconds time, AtDeadline then) {
  timer_.expires_after(time);
  timer_.async_wait([weak = weak_from_this(), then](Fault cancelled) {
    const auto self = weak.lock();
    // A handler that was on its way already cannot be cancelled.
    if (cancelled || !self || self->timer_.expiry() > std::chrono::steady_clock::now()) return;
    self->timed_out_ = true;
    then == AtDeadline::Close ? self->stream_->close() : self->stream_->cancel();
  });
}

void HttpSession::noLimit() {
  timer_.expires_at(std::chrono::steady_clock::time_point::max());
}

}  // namespace netctl::http
