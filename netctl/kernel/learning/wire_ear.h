#pragma once

#include "base/result.h"
#include "modes/net/address.h"
#include "modes/net/mac.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <string>

namespace netctl::kernel {

/// Listens at a device for what ARP there says of addresses. On the thread of its io_context.
class WireEar : public std::enable_shared_from_this<WireEar> {
 public:
  using Seen = std::function<void(net::Ipv4Address, const net::MacAddress&)>;

  WireEar(boost::asio::io_context& io, unsigned index, Seen seen)
      : index_(index), seen_(std::move(seen)), socket_(io), pause_(io) {}

  [[nodiscard]] unsigned index() const { return index_; }
  Result<void> open(const std::string& device);
  void close();

 private:
  void wait();
  void drain();

  unsigned index_;
  Seen seen_;
  boost::asio::posix::stream_descriptor socket_;
  boost::asio::steady_timer pause_;
};

}  // namespace netctl::kernel
