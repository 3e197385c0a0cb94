#include "netctl/node/link/channel.h"

#include "netctl/pki/tls_socket.h"

#include <fmt/format.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cstdint>
#include <deque>
#include <utility>

namespace netctl::node {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kLengthSize = 4;

Error gone(std::string why) {
  return {ErrorCode::Timeout, "Unavailable", std::move(why)};
}

/// A message as it goes over the wire.
std::string framed(std::string_view text) {
  std::string frame;
  frame.reserve(kLengthSize + text.size());
  for (int shift = 24; shift >= 0; shift -= 8) {
    frame += static_cast<char>((text.size() >> static_cast<unsigned>(shift)) & 0xffU);
  }
  return frame.append(text);
}

}  // namespace

class Channel::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, std::shared_ptr<pki::TlsSocket> connection, Timing timing,
       std::size_t largest_message)
      : connection_(std::move(connection)),
        timing_(timing),
        largest_message_(largest_message),
        timer_(io) {}

  void start(Callbacks callbacks) {
    callbacks_ = std::move(callbacks);
    readLength();
    tick();
  }

  void send(std::string_view text) {
    if (ended_) return;
    queue_.push_back(framed(text));
    backlog_ += queue_.back().size();
    if (queue_.size() == 1) write();
  }

  [[nodiscard]] std::size_t backlog() const { return backlog_; }

  void dropBacklog() {
    // The first is on its way.
    while (queue_.size() > 1) {
      backlog_ -= queue_.back().size();
      queue_.pop_back();
    }
  }

  void whenDrained(std::function<void()> drained) {
    if (queue_.empty()) {
      asio::post(timer_.get_executor(), std::move(drained));
    } else {
      drained_ = std::move(drained);
    }
  }

  void finish() {
    callbacks_ = {};
    finishing_ = true;
    // What the other side still sends is read: closing with bytes unread would make it lose ours.
    whenDrained([self = shared_from_this()] {
      error_code ignored;
      self->connection_->socket().shutdown(asio::socket_base::shutdown_send, ignored);
    });
  }
  [[nodiscard]] bool finishing() const { return finishing_; }

  void close() {
    if (ended_) return;
    ended_ = true;
    callbacks_ = {};
    drained_ = nullptr;
    timer_.cancel();
    error_code ignored;
    connection_->socket().close(ignored);
  }

 private:
  void end(const std::string& why) {
    if (ended_) return;
    const auto ended = std::move(callbacks_.ended);
    close();
    if (ended) ended(gone(why));
  }

  void readLength() {
    asio::async_read(*connection_, asio::buffer(length_),
                     [self = shared_from_this()](error_code fault, std::size_t) {
                       if (fault) return self->end(fault.message());
                       self->readMessage();
                     });
  }

  void readMessage() {
    heard_ = Clock::now();
    std::size_t size = 0;
    for (const auto byte : length_) size = size << 8U | byte;
    if (size == 0) return readLength();
    if (size > largest_message_) {
      return end(fmt::format("it sends a message of {} bytes, over the limit of {}", size,
                             largest_message_));
    }
    message_.resize(size);
    asio::async_read(
        *connection_, asio::buffer(message_),
        [this](error_code, std::size_t got) {
          heard_ = Clock::now();
          return message_.size() - got;
        },
        [self = shared_from_this()](error_code fault, std::size_t) {
          if (fault) return self->end(fault.message());
          self->deliver();
        });
  }

  void deliver() {
    // Not kept for the next one: most links are silent most of the time.
    const auto message = std::exchange(message_, {});
    // A copy, since it may end the channel and with it the callbacks.
    if (const auto take = callbacks_.message) take(message);
    if (!ended_) readLength();
  }

  void write() {
    moved_ = Clock::now();
    asio::async_write(
        *connection_, asio::buffer(queue_.front()),
        [this](error_code fault, std::size_t sent) {
          moved_ = Clock::now();
          return fault ? 0 : queue_.front().size() - sent;
        },
        [self = shared_from_this()](error_code fault, std::size_t) {
          if (fault) return self->end(fault.message());
          self->written();
        });
  }

  void written() {
    backlog_ -= queue_.front().size();
    queue_.pop_front();
    if (!queue_.empty()) return write();
    if (const auto drained = std::exchange(drained_, nullptr)) drained();
  }

  void tick() {
    timer_.expires_after(timing_.heartbeat);
    timer_.async_wait([self = shared_from_this()](error_code cancelled) {
      if (!cancelled && !self->ended_) self->beat();
    });
  }

  void beat() {
    if (finishing_) return close();
    const auto now = Clock::now();
    if (now - heard_ > timing_.silence) return end("it has been silent for too long");
    if (!queue_.empty() && now - moved_ > timing_.silence) return end("it takes nothing any more");
    if (queue_.empty()) send({});
    tick();
  }

  std::shared_ptr<pki::TlsSocket> connection_;
  Timing timing_;
  std::size_t largest_message_;
  asio::steady_timer timer_;
  Callbacks callbacks_;
  std::function<void()> drained_;
  std::array<std::uint8_t, kLengthSize> length_{};
  std::string message_;
  std::deque<std::string> queue_;
  std::size_t backlog_ = 0;
  Clock::time_point heard_ = Clock::now();
  Clock::time_point moved_ = Clock::now();
  bool ended_ = false;
  bool finishing_ = false;
};

Channel::Channel(asio::io_context& io, std::shared_ptr<pki::TlsSocket> connection, Timing timing,
                 std::size_t largest_message)
    : impl_(std::make_shared<Impl>(io, std::move(connection), timing, largest_message)) {}

Channel::~Channel() {
  if (!impl_->finishing()) impl_->close();
}

void Channel::start(Callbacks callbacks) {
  impl_->start(std::move(callbacks));
}

void Channel::send(std::string_view text) {
  impl_->send(text);
}

std::size_t Channel::backlog() const {
  return impl_->backlog();
}

void Channel::dropBacklog() {
  impl_->dropBacklog();
}

void Channel::whenDrained(std::function<void()> drained) {
  impl_->whenDrained(std::move(drained));
}

void Channel::finish() {
  impl_->finish();
}

void Channel::close() {
  impl_->close();
}

}  // namespace netctl::node
