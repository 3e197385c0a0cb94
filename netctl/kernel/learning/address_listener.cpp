#include "netctl/kernel/learning/address_listener.h"

#include "netctl/kernel/learning/address_frames.h"
#include "netctl/kernel/learning/own_addresses.h"

#include <fmt/format.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>
#include <vector>

namespace netctl::kernel {
namespace {

/// What a guest sends is read no faster than this many frames in a pause, and the rest is dropped:
/// it must not keep us from our work.
constexpr int kFramesAtOnce = 64;
constexpr std::chrono::milliseconds kPause{50};
/// Bytes of the kernel's queue, with its own overhead.
constexpr int kQueue = 128 << 10;
/// A DHCP message is smaller (RFC 2132, section 9.10 lets a client ask for more; none does).
constexpr std::size_t kLargestFrame = 2048;

Error failed(const std::string& device, std::string_view what) {
  return {ErrorCode::Kernel, "",
          fmt::format("cannot {} at the device {}: {}", what, device, std::strerror(errno))};
}

Result<void> attachFilter(int socket, const std::string& device, const LearningPort& port) {
  auto code = addressFilter(port.mac, port.address);
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0) return {};
  return failed(device, "filter packets");
}

}  // namespace

/// The socket of one port.
class AddressListener::Ear : public std::enable_shared_from_this<Ear> {
 public:
  Ear(boost::asio::io_context& io, std::string device, unsigned index, AddressListener& listener)
      : device_(std::move(device)), index_(index), listener_(listener), socket_(io), pause_(io) {}

  [[nodiscard]] unsigned index() const { return index_; }

  Result<void> open(const LearningPort& port) {
    port_ = port;
    // Bound to the device last, so that no frame comes in before the filter.
    const int socket = ::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (socket < 0) return failed(device_, "open a packet socket");
    socket_.assign(socket);
    if (auto attached = attachFilter(socket, device_, port); !attached) return attached;
    (void)setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &kQueue, sizeof kQueue);
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = static_cast<int>(index_);
    if (bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      return failed(device_, "listen");
    }
    wait();
    return {};
  }

  /// Another address is known from now on.
  Result<void> change(const LearningPort& port) {
    port_ = port;
    return attachFilter(socket_.native_handle(), device_, port);
  }

  void close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
    pause_.cancel();
  }

 private:
  void wait() {
    socket_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                       [self = shared_from_this()](boost::system::error_code error) {
                         if (!error && self->socket_.is_open()) self->drain();
                       });
  }

  void drain() {
    alignas(4) std::array<std::uint8_t, kLargestFrame> buffer{};
    for (int frames = 0; frames < kFramesAtOnce; ++frames) {
      sockaddr_ll from{};
      socklen_t length = sizeof from;
      const auto size = recvfrom(socket_.native_handle(), buffer.data(), buffer.size(), 0,
                                 reinterpret_cast<sockaddr*>(&from), &length);
      if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return wait();
      // ENETDOWN tells once that the device is down; it may come up again.
      if (size < 0) continue;
      const auto word = parseAddressFrame({buffer.data(), static_cast<std::size_t>(size)},
                                          from.sll_pkttype == PACKET_OUTGOING, port_.mac);
      if (word) std::visit([this](const auto& which) { take(which); }, *word);
    }
    pause_.expires_after(kPause);
    pause_.async_wait([self = shared_from_this()](boost::system::error_code error) {
      if (!error && self->socket_.is_open()) self->wait();
    });
  }

  void take(const DhcpQuestion& question) { asked_ = question.transaction; }
  void take(const DhcpLease& lease) {
    if (lease.transaction != asked_) return;
    for (const auto address : lease.servers) listener_.foreign_.named(address);
    if (lease.address == port_.address) return;
    listener_.readOwn();
    const auto holder = listener_.foreign_.reservedFor(lease.address);
    listener_.heard_({device_, lease.address, true, holder.value_or("")});
  }
  void take(const ArpClaim& claim) {
    if (claim.address == port_.address) return;
    listener_.readOwn();
    const auto holder = listener_.foreign_.holderOf(claim.address, port_.mac);
    listener_.heard_({device_, claim.address, false, holder.value_or("")});
  }

  std::string device_;
  unsigned index_;
  AddressListener& listener_;
  LearningPort port_;
  std::optional<std::uint32_t> asked_;  ///< what the instance asked a DHCP server last
  boost::asio::posix::stream_descriptor socket_;
  boost::asio::steady_timer pause_;
};

AddressListener::AddressListener(boost::asio::io_context& io, Heard heard)
    : io_(io), heard_(std::move(heard)) {}

AddressListener::~AddressListener() {
  for (const auto& [device, ear] : ears_) ear->close();
  for (const auto& [device, wire] : wires_) {
    if (wire) wire->close();
  }
}

void AddressListener::watchWires(const std::set<std::string>& devices) {
  for (const auto& device : devices) wires_.try_emplace(device);
  for (const auto& [device, wire] : wires_) wireChanged(device);
}

void AddressListener::wireChanged(const std::string& device) {
  const auto found = wires_.find(device);
  if (found == wires_.end()) return;
  const auto index = if_nametoindex(device.c_str());
  auto& wire = found->second;
  if (wire && wire->index() == index) return;
  if (wire) wire->close();
  wire.reset();
  if (index == 0) return;
  wire = std::make_shared<WireEar>(io_, index, [this](auto address, const auto& mac) {
    // What an instance of this host says of itself is heard at its own port.
    const bool is_here =
        std::ranges::any_of(wanted_, [&](const auto& entry) { return entry.second.mac == mac; });
    if (!is_here) foreign_.seen(address, mac);
  });
  if (const auto opened = wire->open(device); !opened) {
    spdlog::warn("kernel {}", opened.error().message);
    wire->close();
    wire.reset();
  }
}

void AddressListener::readOwn() {
  constexpr std::chrono::seconds kFresh{1};
  const auto now = std::chrono::steady_clock::now();
  if (read_own_ != std::chrono::steady_clock::time_point() && now - read_own_ < kFresh) return;
  auto own = ownAddresses();
  auto routers = ownRouters();
  if (!own || !routers) {
    spdlog::warn("kernel {}", (own ? routers.error() : own.error()).message);
    return;
  }
  read_own_ = now;
  foreign_.setOwn(*std::move(own), *std::move(routers));
}

void AddressListener::take(const LearningNews& news) {
  if (news.complete) {
    for (const auto& [device, ear] : std::exchange(ears_, {})) ear->close();
    wanted_.clear();
  }
  for (const auto& [device, port] : news.ports) {
    if (port) {
      wanted_[device] = *port;
    } else {
      wanted_.erase(device);
    }
    const auto ear = ears_.find(device);
    if (ear == ears_.end()) {
      deviceChanged(device);
    } else if (!port) {
      ear->second->close();
      ears_.erase(ear);
    } else if (const auto changed = ear->second->change(*port); !changed) {
      spdlog::warn("kernel {}", changed.error().message);
    }
  }
}

void AddressListener::devicesChanged() {
  for (const auto& [device, port] : wanted_) deviceChanged(device);
  for (const auto& [device, wire] : wires_) wireChanged(device);
}

void AddressListener::deviceChanged(const std::string& device) {
  wireChanged(device);
  const auto port = wanted_.find(device);
  if (port == wanted_.end()) return;
  const auto index = if_nametoindex(device.c_str());
  if (const auto ear = ears_.find(device); ear != ears_.end()) {
    if (ear->second->index() == index) return;
    ear->second->close();
    ears_.erase(ear);
  }
  if (index == 0) return;
  auto ear = std::make_shared<Ear>(io_, device, index, *this);
  if (const auto opened = ear->open(port->second); !opened) {
    ear->close();
    spdlog::warn("kernel {}", opened.error().message);
    return;
  }
  ears_.emplace(device, std::move(ear));
}

}  // namespace netctl::kernel
