#pragma once

#include "base/result.h"
#include "modes/net/address.h"
#include "modes/net/mac.h"

#include <vector>

namespace netctl::kernel {

/// A machine that says that an address is its own.
struct ProbeAnswer {
  net::Ipv4Address address;
  net::MacAddress mac;

  bool operator==(const ProbeAnswer&) const = default;
};

/// Hears the answers to ARP probes (RFC 5227, section 2.1.1), at all devices: replies to a sender
/// that has no address, to which the kernel itself never listens.
class ProbeAnswers {
 public:
  static Result<ProbeAnswers> open();
  ProbeAnswers(ProbeAnswers&& other) noexcept;
  ProbeAnswers& operator=(ProbeAnswers&&) = delete;
  ~ProbeAnswers();

  /// Readable when there are answers. Not blocking; owned by this object.
  [[nodiscard]] int descriptor() const { return socket_; }
  /// Takes those that there are; does not wait.
  [[nodiscard]] std::vector<ProbeAnswer> take() const;

 private:
  explicit ProbeAnswers(int socket) : socket_(socket) {}

  int socket_;
};

}  // namespace netctl::kernel
