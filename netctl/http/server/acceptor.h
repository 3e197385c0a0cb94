#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

namespace netctl::http {

/// Accepts connections of a protocol until it is stopped.
template <class Protocol>
class Acceptor : public std::enable_shared_from_this<Acceptor<Protocol>> {
 public:
  using Socket = typename Protocol::socket;
  using Accept = std::function<void(Socket)>;

  explicit Acceptor(boost::asio::io_context& io) : acceptor_(io), pause_(io) {}

  /// To be opened and bound before `start`.
  typename Protocol::acceptor& native() { return acceptor_; }

  void start(Accept accept) {
    accept_ = std::move(accept);
    next();
  }
  void stop() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    accept_ = nullptr;
  }

 private:
  static constexpr std::chrono::milliseconds kPause{100};

  void next() {
    acceptor_.async_accept(
        [self = this->shared_from_this()](boost::system::error_code fault, Socket socket) {
          if (!self->acceptor_.is_open()) return;
          if (!fault) {
            self->accept_(std::move(socket));
            return self->next();
          }
          // Out of descriptors or memory: a pause, instead of asking again at once for ever.
          self->pause_.expires_after(kPause);
          self->pause_.async_wait([self](boost::system::error_code cancelled) {
            if (!cancelled) self->next();
          });
        });
  }

  typename Protocol::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  Accept accept_;
};

}  // namespace netctl::http
