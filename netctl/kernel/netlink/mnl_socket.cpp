#include "netctl/kernel/netlink/mnl_socket.h"

#include <fmt/format.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include <arpa/inet.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace netctl::kernel {
namespace {

// The kernel handles a send before it returns and queues the acknowledgements, about 1 kB of the
// receive buffer (200 kB) each.
constexpr std::size_t kMessagesAtOnce = 64;
constexpr std::size_t kBytesAtOnce = 131072;
// Holds the largest message that the kernel gives back with an error.
constexpr std::size_t kReceiveRoom = 2 * MnlBatch::kMessageRoom;

Error systemError(std::string_view what) {
  return {ErrorCode::Kernel, "Netlink", fmt::format("netlink: {}: {}", what, std::strerror(errno))};
}

// The string of NLMSGERR_ATTR_MSG, which follows the request that an error message carries
// (netlink.h).
std::string extendedText(const nlmsghdr& message, const nlmsgerr& error) {
  if ((message.nlmsg_flags & NLM_F_ACK_TLVS) == 0) return {};
  std::size_t offset = sizeof(nlmsgerr);
  if ((message.nlmsg_flags & NLM_F_CAPPED) == 0) {
    offset += MNL_ALIGN(error.msg.nlmsg_len) - sizeof(nlmsghdr);
  }
  const std::size_t size = mnl_nlmsg_get_payload_len(&message);
  const char* payload = static_cast<const char*>(mnl_nlmsg_get_payload(&message));
  while (offset + sizeof(nlattr) <= size) {
    const auto* attribute = reinterpret_cast<const nlattr*>(payload + offset);
    if (!mnl_attr_ok(attribute, static_cast<int>(size - offset))) return {};
    if (mnl_attr_get_type(attribute) == NLMSGERR_ATTR_MSG) {
      const char* text = mnl_attr_get_str(attribute);
      return {text, strnlen(text, mnl_attr_get_payload_len(attribute))};
    }
    offset += MNL_ALIGN(attribute->nla_len);
  }
  return {};
}

/// The messages around a transaction (NFNL_MSG_BATCH_...), which bear this sequence number.
std::vector<char> bracket(std::uint16_t type, std::uint16_t subsystem, std::uint32_t sequence) {
  std::vector<char> bytes(MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(nfgenmsg)));
  auto* message = mnl_nlmsg_put_header(bytes.data());
  message->nlmsg_type = type;
  message->nlmsg_flags = NLM_F_REQUEST;
  message->nlmsg_seq = sequence;
  auto* header = static_cast<nfgenmsg*>(mnl_nlmsg_put_extra_header(message, sizeof(nfgenmsg)));
  header->version = NFNETLINK_V0;
  header->res_id = htons(subsystem);
  return bytes;
}

}  // namespace

nlmsghdr* MnlBatch::begin(std::uint16_t type, std::uint16_t flags) {
  if (bytes_.size() < used_ + kMessageRoom) {
    bytes_.resize(std::max(2 * bytes_.size(), used_ + kMessageRoom));
  }
  open_ = mnl_nlmsg_put_header(bytes_.data() + used_);
  open_->nlmsg_type = type;
  open_->nlmsg_flags = NLM_F_REQUEST | flags;
  return open_;
}

void MnlBatch::end() {
  if (open_ == nullptr || open_->nlmsg_len > kMessageRoom) {
    throw std::logic_error("a netlink message was not begun, or is too long");
  }
  offsets_.push_back(used_);
  used_ += MNL_ALIGN(open_->nlmsg_len);
  open_ = nullptr;
}

std::uint16_t MnlBatch::typeOf(std::size_t message) const {
  return reinterpret_cast<const nlmsghdr*>(bytes_.data() + offsets_.at(message))->nlmsg_type;
}

void MnlBatch::clear() {
  used_ = 0;
  offsets_.clear();
  open_ = nullptr;
}

std::string describe(const MnlRefusal& refusal) {
  const std::string text = std::strerror(refusal.number);
  return refusal.text.empty() ? text : fmt::format("{}: {}", text, refusal.text);
}

// What a send or a dump waits for, and what has come of it.
struct MnlSocket::Exchange {
  std::uint16_t type = 0;   // of the first message that is answered, for errors
  std::uint32_t first = 0;  // sequence number of the first message
  std::size_t messages = 0;
  std::size_t answered = 0;
  bool interrupted = false;
  // Of `reply`. What is still to come is read, or it would be in the way of the next call.
  std::optional<Error> failure;
  std::vector<MnlRefusal> refusals;
};

MnlSocket::MnlSocket(mnl_socket* socket, int protocol, std::chrono::milliseconds limit)
    : shared_(std::make_shared<Shared>(Shared{Handle(socket), std::vector<char>(kReceiveRoom)})),
      protocol_(protocol),
      limit_(limit) {}

Result<MnlSocket> MnlSocket::open(int protocol, std::chrono::milliseconds limit) {
  mnl_socket* opened = mnl_socket_open2(protocol, SOCK_CLOEXEC);
  if (opened == nullptr) return systemError("open a socket");
  MnlSocket socket(opened, protocol, limit);
  if (mnl_socket_bind(opened, 0, MNL_SOCKET_AUTOPID) < 0) return systemError("bind a socket");
  const int on = 1;
  if (mnl_socket_setsockopt(opened, NETLINK_EXT_ACK, const_cast<int*>(&on), sizeof on) < 0 ||
      mnl_socket_setsockopt(opened, NETLINK_CAP_ACK, const_cast<int*>(&on), sizeof on) < 0) {
    return systemError("set up a socket");
  }
  if (const int number = limitReads(socket.descriptor(), limit); number != 0) {
    errno = number;
    return systemError("set up a socket");
  }
  return socket;
}

// A dump whose parts were lost is never over for the kernel, which answers EBUSY to the next one.
// Where no other socket can be had, that is what the next call says.
void MnlSocket::renew() {
  if (auto fresh = open(protocol_, limit_)) shared_->socket = std::move(fresh->shared_->socket);
}

Result<void> MnlSocket::write(const char* bytes, std::size_t size) {
  if (mnl_socket_sendto(shared_->socket.get(), bytes, size) < 0) return systemError("send");
  return {};
}

Result<void> MnlSocket::receive(Exchange& exchange, const Reply& reply) {
  const ssize_t received =
      mnl_socket_recvfrom(shared_->socket.get(), shared_->buffer.data(), shared_->buffer.size());
  if (received < 0 && errno == EINTR) return {};
  if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    renew();
    return Error{ErrorCode::Timeout, "Netlink",
                 "netlink: " + describeNoAnswer(protocol_, exchange.type, limit_)};
  }
  if (received < 0) return systemError("receive");
  int left = static_cast<int>(received);
  const auto* message = reinterpret_cast<const nlmsghdr*>(shared_->buffer.data());
  for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
    const std::size_t index = message->nlmsg_seq - exchange.first;
    // An answer to an earlier call that gave up.
    if (index >= exchange.messages) continue;
    if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0) exchange.interrupted = true;
    const bool last = message->nlmsg_type == NLMSG_DONE;
    if (last || message->nlmsg_type == NLMSG_ERROR) {
      const std::size_t size = mnl_nlmsg_get_payload_len(message);
      const char* payload = static_cast<const char*>(mnl_nlmsg_get_payload(message));
      int number = 0;
      if (size >= sizeof number) std::memcpy(&number, payload, sizeof number);
      ++exchange.answered;
      if (number == 0) continue;
      MnlRefusal refusal{index, -number, {}, {}};
      if (!last && size >= sizeof(nlmsgerr)) {
        refusal.text = extendedText(*message, *reinterpret_cast<const nlmsgerr*>(payload));
        refusal.request.assign(payload + sizeof number, payload + size);
      }
      exchange.refusals.push_back(std::move(refusal));
    } else if (message->nlmsg_type >= NLMSG_MIN_TYPE && reply) {
      if (exchange.failure) continue;
      if (Result<void> taken = reply(*message); !taken) exchange.failure = taken.error();
    }
  }
  return {};
}

Result<std::vector<MnlRefusal>> MnlSocket::send(MnlBatch& batch, const Reply& reply) {
  std::vector<MnlRefusal> refusals;
  for (std::size_t begin = 0; begin < batch.size();) {
    std::size_t end = begin;
    std::size_t bytes = 0;
    const auto end_of = [&](std::size_t at) {
      return at + 1 < batch.size() ? batch.offsets_[at + 1] : batch.used_;
    };
    while (end < batch.size() && end - begin < kMessagesAtOnce &&
           (end == begin || end_of(end) - batch.offsets_[begin] <= kBytesAtOnce)) {
      auto* message = reinterpret_cast<nlmsghdr*>(batch.bytes_.data() + batch.offsets_[end]);
      message->nlmsg_flags |= NLM_F_ACK;
      message->nlmsg_seq = shared_->sequence + static_cast<std::uint32_t>(end - begin);
      bytes = end_of(end) - batch.offsets_[begin];
      ++end;
    }
    Exchange exchange;
    exchange.type = batch.typeOf(begin);
    exchange.first = shared_->sequence;
    exchange.messages = end - begin;
    shared_->sequence += static_cast<std::uint32_t>(end - begin);
    if (Result<void> sent = write(batch.bytes_.data() + batch.offsets_[begin], bytes); !sent) {
      return sent.error();
    }
    while (exchange.answered < exchange.messages) {
      if (Result<void> received = receive(exchange, reply); !received) return received.error();
    }
    if (exchange.failure) return *exchange.failure;
    for (MnlRefusal& refusal : exchange.refusals) {
      refusal.message += begin;
      refusals.push_back(std::move(refusal));
    }
    begin = end;
  }
  return refusals;
}

Result<std::vector<MnlRefusal>> MnlSocket::transact(MnlBatch& batch, std::uint16_t subsystem) {
  // Of the brackets the kernel tells only what went wrong with the whole, by the first one.
  Exchange exchange;
  if (!batch.empty()) exchange.type = batch.typeOf(0);
  exchange.first = shared_->sequence++;
  exchange.messages = batch.size() + 1;
  for (const auto offset : batch.offsets_) {
    auto* message = reinterpret_cast<nlmsghdr*>(batch.bytes_.data() + offset);
    message->nlmsg_flags |= NLM_F_ACK;
    message->nlmsg_seq = shared_->sequence++;
  }
  auto bytes = bracket(NFNL_MSG_BATCH_BEGIN, subsystem, exchange.first);
  bytes.insert(bytes.end(), batch.bytes_.data(), batch.bytes_.data() + batch.used_);
  const auto end = bracket(NFNL_MSG_BATCH_END, subsystem, shared_->sequence++);
  bytes.insert(bytes.end(), end.begin(), end.end());
  if (auto sent = write(bytes.data(), bytes.size()); !sent) return sent.error();
  while (exchange.answered < batch.size()) {
    if (auto received = receive(exchange, {}); !received) return received.error();
    for (const auto& refusal : exchange.refusals) {
      if (refusal.message > 0) continue;
      return Error{ErrorCode::Kernel, "Netlink", "netlink: transaction: " + describe(refusal)};
    }
  }
  for (auto& refusal : exchange.refusals) --refusal.message;
  return std::move(exchange.refusals);
}

Result<std::optional<MnlRefusal>> MnlSocket::dump(MnlBatch& batch, const Reply& reply) {
  if (batch.size() != 1) throw std::logic_error("a netlink dump is one message");
  auto* message = reinterpret_cast<nlmsghdr*>(batch.bytes_.data());
  message->nlmsg_seq = shared_->sequence;
  Exchange exchange;
  exchange.type = message->nlmsg_type;
  exchange.first = shared_->sequence++;
  exchange.messages = 1;
  if (Result<void> sent = write(batch.bytes_.data(), batch.used_); !sent) return sent.error();
  while (exchange.answered == 0) {
    if (Result<void> received = receive(exchange, reply); !received) return received.error();
  }
  if (exchange.failure) return *exchange.failure;
  if (!exchange.refusals.empty()) return std::optional(std::move(exchange.refusals.front()));
  if (exchange.interrupted) return std::optional(MnlRefusal{0, EINTR, {}, {}});
  return std::optional<MnlRefusal>{};
}

}  // namespace netctl::kernel
