#pragma once

#include "base/descriptor.h"
#include "modes/net/address.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>

namespace netctl::kernel {

/// Asks the DHCP server of this network namespace once a second, by UDP from 127.0.0.1: a process
/// that is there and does not answer serves nobody. On the thread of its io_context.
class DhcpQuestion {
 public:
  /// So many questions in a row without an answer are silence.
  static constexpr int kPatience = 3;

  DhcpQuestion(boost::asio::io_context& io, std::function<void()> silent)
      : timer_(io), silent_(std::move(silent)) {}

  /// Begins; `about` is an address in the server's range.
  void start(net::Ipv4Address about);
  void stop();

 private:
  void wait();
  /// True where an answer has come.
  [[nodiscard]] bool isAnswered() const;
  /// False where the host cannot ask itself, which says nothing of the server.
  bool ask();

  boost::asio::steady_timer timer_;
  std::function<void()> silent_;
  net::Ipv4Address about_;
  Descriptor socket_;
  int unanswered_ = 0;
};

}  // namespace netctl::kernel
