#pragma once

#include "modes/net/address.h"
#include "modes/net/mac.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace netctl::dhcp {

/// What a DHCP server answered.
struct Reply {
  std::uint8_t type = 0;  ///< 2 OFFER, 5 ACK, 6 NAK
  net::Ipv4Address address;
  std::map<std::uint8_t, std::string> options;  ///< raw bytes by number

  [[nodiscard]] std::string option(std::uint8_t number) const;
  /// An option that is one address.
  [[nodiscard]] net::Ipv4Address addressOption(std::uint8_t number) const;
};

inline constexpr std::uint8_t kOffer = 2;
inline constexpr std::uint8_t kAck = 5;
inline constexpr std::uint8_t kNak = 6;

/// Any number of DHCP clients behind one network device, as single frames with nothing in between:
/// each call sends one message, once, and waits for its answer.
class WireClient {
 public:
  using Patience = std::chrono::milliseconds;
  /// For an answer that must come, however busy the machine is: the wait ends with it.
  static constexpr Patience kPatience{30000};
  /// For an answer that must not come.
  static constexpr Patience kSilence{250};

  explicit WireClient(const std::string& device);
  ~WireClient();
  WireClient(const WireClient&) = delete;
  WireClient& operator=(const WireClient&) = delete;

  std::optional<Reply> discover(const net::MacAddress& mac, Patience patience = kPatience,
                                const std::string& client_id = {});
  /// Answers an offer of this server.
  std::optional<Reply> request(const net::MacAddress& mac, net::Ipv4Address address,
                               net::Ipv4Address server, Patience patience = kPatience,
                               const std::string& client_id = {});
  /// Comes back after a reboot and remembers its address.
  std::optional<Reply> reboot(const net::MacAddress& mac, net::Ipv4Address address,
                              Patience patience = kPatience);
  /// Asks everybody, as after T2.
  std::optional<Reply> rebind(const net::MacAddress& mac, net::Ipv4Address address,
                              Patience patience = kPatience);
  /// Asks this server, as after T1.
  std::optional<Reply> renew(const net::MacAddress& mac, net::Ipv4Address address,
                             net::Ipv4Address server, const net::MacAddress& server_mac,
                             Patience patience = kPatience);
  std::optional<Reply> inform(const net::MacAddress& mac, net::Ipv4Address address,
                              Patience patience = kPatience);
  /// DISCOVER and REQUEST, each once; the ACK.
  std::optional<Reply> boot(const net::MacAddress& mac, const std::string& client_id = {});

 private:
  struct Message;
  std::optional<Reply> exchange(const Message& message, Patience patience);
  std::optional<Reply> waitFor(std::uint32_t transaction, Patience patience);

  int fd_ = -1;
  std::uint32_t transaction_ = 0;
};

}  // namespace netctl::dhcp
