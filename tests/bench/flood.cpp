/// flood DEVICE DESTINATION_MAC new|established|answers TARGETS PORT PACKETS SOURCE...
///
/// Sends UDP packets from a packet socket and prints the nanoseconds that each took. With veth
/// devices the whole way through the next hosts runs inside of the send call, on this CPU, so that
/// this is the cost of the way.
///
/// TARGETS is a file with an address on each line. `new`: each packet is the first of a flow, from
/// the SOURCEs' ports in turn to a target by chance. `established`: 64 flows over all targets.
/// `answers`: those flows' other direction, sent from the targets' side.

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace {

constexpr std::size_t kBatch = 32;
constexpr std::size_t kFlows = 64;
constexpr std::uint16_t kFirstPort = 10000;
constexpr std::size_t kPortsPerSource = 50000;
constexpr std::size_t kPayload = 18;  // to Ethernet's least size

struct Packet {
  ether_header ethernet;
  iphdr ip;
  udphdr udp;
  std::array<char, kPayload> payload;
} __attribute__((packed));

struct Flow {
  std::uint32_t source = 0;
  std::uint16_t source_port = 0;
  std::uint32_t target = 0;
};

enum class Kind { New, Established, Answers };

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::uint32_t address(const std::string& text) {
  in_addr parsed{};
  if (::inet_aton(text.c_str(), &parsed) == 0) throw std::runtime_error("no address: " + text);
  return parsed.s_addr;
}

std::vector<std::uint32_t> readTargets(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::uint32_t> targets;
  for (std::string line; std::getline(file, line);) targets.push_back(address(line));
  if (targets.empty()) throw std::runtime_error("no targets in " + path);
  return targets;
}

/// RFC 1071
std::uint16_t checksum(const iphdr& header) {
  std::array<std::uint16_t, sizeof(iphdr) / 2> words{};
  std::memcpy(words.data(), &header, sizeof header);
  std::uint32_t sum = 0;
  for (const auto word : words) sum += word;
  sum = (sum & 0xffffU) + (sum >> 16U);
  sum += sum >> 16U;
  return static_cast<std::uint16_t>(~sum);
}

class Flood {
 public:
  Flood(const char* device, const char* destination, Kind kind, std::uint16_t port)
      : kind_(kind), port_(port), socket_(::socket(AF_PACKET, SOCK_RAW, 0)) {
    if (socket_ < 0) fail("socket");
    const int yes = 1;
    ::setsockopt(socket_, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof yes);
    sockaddr_ll where{};
    where.sll_family = AF_PACKET;
    where.sll_ifindex = static_cast<int>(::if_nametoindex(device));
    if (::bind(socket_, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) fail(device);
    std::strncpy(own_mac_.ifr_name, device, IFNAMSIZ - 1);
    if (::ioctl(socket_, SIOCGIFHWADDR, &own_mac_) != 0) fail(device);
    const auto* const mac = ::ether_aton(destination);
    if (mac == nullptr) throw std::runtime_error(std::string("no MAC: ") + destination);
    for (std::size_t i = 0; i < kBatch; ++i) prepare(i, *mac);
  }
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;
  ~Flood() { ::close(socket_); }

  void set(std::size_t place, const Flow& flow) {
    auto& packet = packets_[place];
    const bool answers = kind_ == Kind::Answers;
    packet.ip.saddr = answers ? flow.target : flow.source;
    packet.ip.daddr = answers ? flow.source : flow.target;
    packet.udp.source = htons(answers ? port_ : flow.source_port);
    packet.udp.dest = htons(answers ? flow.source_port : port_);
    packet.ip.check = 0;
    packet.ip.check = checksum(packet.ip);
  }

  /// The batch's first packets.
  void send(std::size_t count) {
    for (std::size_t sent = 0; sent < count;) {
      const int more = ::sendmmsg(socket_, messages_.data() + sent, count - sent, 0);
      if (more < 0 && errno != ENOBUFS && errno != EINTR) fail("sendmmsg");
      if (more > 0) sent += static_cast<std::size_t>(more);
    }
  }

 private:
  void prepare(std::size_t place, const ether_addr& destination) {
    auto& packet = packets_[place];
    std::memcpy(packet.ethernet.ether_dhost, &destination, ETH_ALEN);
    std::memcpy(packet.ethernet.ether_shost, own_mac_.ifr_hwaddr.sa_data, ETH_ALEN);
    packet.ethernet.ether_type = htons(ETHERTYPE_IP);
    packet.ip.version = 4;
    packet.ip.ihl = sizeof(iphdr) / 4;
    packet.ip.ttl = IPDEFTTL;
    packet.ip.protocol = IPPROTO_UDP;
    packet.ip.tot_len = htons(sizeof(Packet) - sizeof(ether_header));
    packet.udp.len = htons(sizeof(udphdr) + kPayload);
    parts_[place] = {&packet, sizeof packet};
    messages_[place].msg_hdr.msg_iov = &parts_[place];
    messages_[place].msg_hdr.msg_iovlen = 1;
  }

  Kind kind_;
  std::uint16_t port_;
  int socket_;
  ifreq own_mac_{};
  std::array<Packet, kBatch> packets_{};
  std::array<iovec, kBatch> parts_{};
  std::array<mmsghdr, kBatch> messages_{};
};

Kind kindOf(const std::string& text) {
  if (text == "new") return Kind::New;
  if (text == "established") return Kind::Established;
  if (text == "answers") return Kind::Answers;
  throw std::runtime_error("no kind: " + text);
}

void run(const std::vector<std::string>& words) {
  const auto kind = kindOf(words.at(2));
  const auto targets = readTargets(words.at(3));
  Flood flood(words[0].c_str(), words[1].c_str(), kind,
              static_cast<std::uint16_t>(std::stoul(words.at(4))));
  const auto packets = std::stoul(words.at(5));
  std::vector<std::uint32_t> sources;
  for (std::size_t i = 6; i < words.size(); ++i) sources.push_back(address(words[i]));
  if (kind == Kind::New && packets > sources.size() * kPortsPerSource) {
    throw std::runtime_error("too many flows for so few sources");
  }

  std::mt19937 chance(1);  // the same in every run
  const auto flowOf = [&](std::size_t number) -> Flow {
    const auto flow = kind == Kind::New ? number : number % kFlows;
    const auto target =
        kind == Kind::New ? chance() % targets.size() : flow * targets.size() / kFlows;
    return {sources.at(flow / kPortsPerSource),
            static_cast<std::uint16_t>(kFirstPort + flow % kPortsPerSource), targets[target]};
  };
  const auto began = std::chrono::steady_clock::now();
  for (std::size_t number = 0; number < packets;) {
    std::size_t filled = 0;
    while (filled < kBatch && number < packets) flood.set(filled++, flowOf(number++));
    flood.send(filled);
  }
  const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - began;
  fmt::print("{:.1f}\n", taken.count() / static_cast<double>(packets));
}

}  // namespace

int main(int count, char** words) {
  try {
    run({words + 1, words + count});
    return 0;
  } catch (const std::exception& fault) {
    fmt::print(stderr, "flood: {}\n", fault.what());
    return 1;
  }
}
