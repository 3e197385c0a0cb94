#include "netctl/kernel/links/probe_answers.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if_arp.h>
#include <netinet/if_ether.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace netctl::kernel {
namespace {

/// At one go: who floods us with answers must not keep us from our work.
constexpr int kAnswersAtOnce = 256;
/// Of an Ethernet frame with ARP (RFC 826).
constexpr std::uint32_t kOperation = 14 + 6;
constexpr std::uint32_t kTarget = 14 + 24;

constexpr std::uint16_t kReturn = BPF_RET | BPF_K;
constexpr std::uint16_t kEqual = BPF_JMP | BPF_JEQ | BPF_K;

/// Replies to the address 0.0.0.0 that this host did not send itself
/// (Documentation/networking/filter.rst).
constexpr std::array<sock_filter, 8> kFilter{{
    {BPF_LD | BPF_B | BPF_ABS, 0, 0, static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_PKTTYPE)},
    {kEqual, 5, 0, PACKET_OUTGOING},
    {BPF_LD | BPF_H | BPF_ABS, 0, 0, kOperation},
    {kEqual, 0, 3, ARPOP_REPLY},
    {BPF_LD | BPF_W | BPF_ABS, 0, 0, kTarget},
    {kEqual, 0, 1, 0},
    {kReturn, 0, 0, 0xffff},
    {kReturn, 0, 0, 0},
}};

Error listeningError(std::string_view what) {
  return {ErrorCode::Kernel, "",
          fmt::format("cannot {} for ARP's answers: {}", what, std::strerror(errno))};
}

}  // namespace

Result<ProbeAnswers> ProbeAnswers::open() {
  // Bound last, so that no frame comes in before the filter.
  ProbeAnswers answers(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (answers.socket_ < 0) return listeningError("open a packet socket");
  auto code = kFilter;
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  if (setsockopt(answers.socket_, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) {
    return listeningError("filter packets");
  }
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ARP);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): as bind(2) wants it.
  if (bind(answers.socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return listeningError("listen");
  }
  return answers;
}

ProbeAnswers::ProbeAnswers(ProbeAnswers&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)) {}

ProbeAnswers::~ProbeAnswers() {
  if (socket_ >= 0) ::close(socket_);
}

std::vector<ProbeAnswer> ProbeAnswers::take() const {
  std::vector<ProbeAnswer> answers;
  for (int i = 0; i < kAnswersAtOnce; ++i) {
    std::array<char, sizeof(ether_header) + sizeof(ether_arp)> frame{};
    const auto size = ::recv(socket_, frame.data(), frame.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (size < static_cast<ssize_t>(frame.size())) continue;
    ether_arp arp{};
    std::memcpy(&arp, frame.data() + sizeof(ether_header), sizeof arp);
    ProbeAnswer answer;
    std::uint32_t sender = 0;
    std::memcpy(&sender, arp.arp_spa, sizeof sender);
    answer.address.value = ntohl(sender);
    std::memcpy(answer.mac.bytes.data(), arp.arp_sha, sizeof arp.arp_sha);
    answers.push_back(answer);
  }
  return answers;
}

}  // namespace netctl::kernel
