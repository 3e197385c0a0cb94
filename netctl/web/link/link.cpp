#include "netctl/web/link/link.h"

#include "netctl/web/link/sizes.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <utility>

namespace netctl::web {
namespace {

constexpr std::size_t kReadBytes = 64U << 10U;
/// Of the greatest answers there are some dozens in that.
constexpr std::size_t kMaxUnsent = 256U << 20U;

}  // namespace

Link::Link(boost::asio::io_context& io, Descriptor socket, std::size_t max_message)
    : socket_(io, boost::asio::local::stream_protocol(), socket.release()),
      max_message_(max_message),
      read_(kReadBytes) {}

void Link::start(Take take, Ended ended) {
  take_ = std::move(take);
  ended_ = std::move(ended);
  read();
}

void Link::send(std::string_view message) {
  if (!socket_.is_open()) return;
  putSize(out_, message.size());
  out_ += message;
  if (out_.size() > kMaxUnsent) return end("it leaves too much unread");
  if (writing_.empty()) write();
}

void Link::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
  ended_ = nullptr;
}

void Link::read() {
  socket_.async_read_some(
      boost::asio::buffer(read_),
      [self = shared_from_this()](boost::system::error_code fault, std::size_t size) {
        if (fault) return self->end(fault.message());
        self->in_.append(self->read_.data(), size);
        self->takeAll();
        if (self->socket_.is_open()) self->read();
      });
}

void Link::takeAll() {
  std::size_t taken = 0;
  while (socket_.is_open()) {
    const auto rest = std::string_view(in_).substr(taken);
    if (rest.size() < kSizeBytes) break;
    const auto size = sizeAt(rest);
    if (size > max_message_) return end("a message is too long");
    if (rest.size() < kSizeBytes + size) break;
    taken += kSizeBytes + size;
    take_(rest.substr(kSizeBytes, size));
  }
  in_.erase(0, taken);
}

void Link::write() {
  std::swap(writing_, out_);
  boost::asio::async_write(
      socket_, boost::asio::buffer(writing_),
      [self = shared_from_this()](boost::system::error_code fault, std::size_t) {
        self->writing_.clear();
        if (fault) return self->end(fault.message());
        if (!self->out_.empty()) self->write();
      });
}

// Later: whoever is told may let go of this object, and may be in the middle of `send`.
void Link::end(const std::string& why) {
  auto ended = std::exchange(ended_, nullptr);
  close();
  if (!ended) return;
  boost::asio::post(socket_.get_executor(), [ended = std::move(ended), why] { ended(why); });
}

}  // namespace netctl::web
