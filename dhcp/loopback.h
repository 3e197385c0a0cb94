#pragma once

#include "dhcp/message.h"

#include <chrono>

namespace netctl::dhcp {

/// Questions to the dnsmasq of this network namespace, by UDP from 127.0.0.1.
///
/// dnsmasq handles one message at a time, and changed files and signals before messages, so an
/// answer also tells that all that came before the question is done. It needs neither D-Bus nor a
/// gateway address, but the interface lo up.
class Loopback {
 public:
  static Result<Loopback> open();
  ~Loopback();
  Loopback(Loopback&& other) noexcept;
  Loopback& operator=(Loopback&&) = delete;

  /// `about` must lie in the server's range. Asks again until the patience ends: Timeout.
  Result<Answer> ask(net::Ipv4Address about, std::chrono::milliseconds patience);

  /// Sends, and does not wait: an `ask` tells whether the address is free.
  Result<void> release(net::Ipv4Address address, const net::MacAddress& mac);

 private:
  explicit Loopback(int fd) : fd_(fd) {}
  Result<void> send(const Bytes& bytes) const;

  int fd_ = -1;
  std::uint32_t transaction_ = 0;
};

}  // namespace netctl::dhcp
