#include "netctl/kernel/netlink/route_socket.h"

#include <fmt/format.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>

namespace netctl::kernel {
namespace {

// A dump's parts stay below this (netlink(7): the kernel offers at most 32 KiB at a time).
constexpr int kReceiveRoom = 65536;

RouteAnswer answerOf(int number, std::string_view explanation = {}) {
  if (number == 0) return {};
  std::string text = std::strerror(number);
  if (!explanation.empty()) text += fmt::format(": {}", explanation);
  return {number, text};
}

RouteAnswer answerOfLibrary(int result) {
  return {EIO, fmt::format("netlink: {}", nl_geterror(result))};
}

// The kernel's text stands behind the error and, unless NLM_F_CAPPED, the request that it repeats
// (netlink.h, NLMSGERR_ATTR_*).
std::string_view explanationIn(nlmsghdr& message) {
  if ((message.nlmsg_flags & NLM_F_ACK_TLVS) == 0) return {};
  const auto* error = static_cast<const nlmsgerr*>(nlmsg_data(&message));
  int offset = sizeof(nlmsgerr);
  if ((message.nlmsg_flags & NLM_F_CAPPED) == 0) {
    offset += NLMSG_ALIGN(error->msg.nlmsg_len) - NLMSG_HDRLEN;
  }
  if (offset >= nlmsg_datalen(&message)) return {};
  auto* first = reinterpret_cast<nlattr*>(static_cast<char*>(nlmsg_data(&message)) + offset);
  const nlattr* text = nla_find(first, nlmsg_datalen(&message) - offset, NLMSGERR_ATTR_MSG);
  if (text == nullptr || nla_len(text) == 0) return {};
  return static_cast<const char*>(nla_data(text));
}

}  // namespace

RouteMessage::RouteMessage(int type, int flags) : message_(nlmsg_alloc_simple(type, flags)) {
  if (!message_) throw std::bad_alloc();
}

// Our messages are far smaller than the page that libnl allocates for each.
void RouteMessage::appended(int result) {
  if (result < 0) throw std::logic_error("netlink message too long");
}

void RouteMessage::put(int attribute, const void* value, std::size_t size) {
  appended(nla_put(message_.get(), attribute, static_cast<int>(size), value));
}

void RouteMessage::nest(int attribute) {
  nlattr* begun = nla_nest_start(message_.get(), attribute | NLA_F_NESTED);
  if (begun == nullptr) throw std::logic_error("netlink message too long");
  nested_.push_back(begun);
}

void RouteMessage::endNest() {
  nla_nest_end(message_.get(), nested_.back());
  nested_.pop_back();
}

nl_msg* RouteMessage::finish() {
  while (!nested_.empty()) endNest();
  return message_.get();
}

Error RouteAnswer::error(std::string_view what) const {
  return {ErrorCode::Kernel, "", fmt::format("{}: {}", what, text)};
}

Result<RouteSocket> RouteSocket::open() {
  nl_sock* created = nl_socket_alloc();
  if (created == nullptr) throw std::bad_alloc();
  RouteSocket socket(created);
  if (const int result = nl_connect(created, NETLINK_ROUTE); result < 0) {
    return answerOfLibrary(result).error("cannot open an rtnetlink socket");
  }
  nl_socket_set_msg_buf_size(created, kReceiveRoom);
  const int on = 1;
  const int descriptor = nl_socket_get_fd(created);
  // Strict checking makes the kernel filter dumps of addresses by interface.
  for (const int option : {NETLINK_EXT_ACK, NETLINK_CAP_ACK, NETLINK_GET_STRICT_CHK}) {
    if (setsockopt(descriptor, SOL_NETLINK, option, &on, sizeof on) < 0) {
      return answerOf(errno).error("cannot set up an rtnetlink socket");
    }
  }
  return socket;
}

RouteAnswer RouteSocket::request(RouteMessage message, const Reply& reply) {
  nl_msg* finished = message.finish();
  // Completes the message with NLM_F_REQUEST, NLM_F_ACK and a sequence number.
  if (const int result = nl_send_auto(socket_.get(), finished); result < 0) {
    return answerOfLibrary(result);
  }
  return receive(nlmsg_hdr(finished)->nlmsg_seq, reply);
}

RouteAnswer RouteSocket::receive(std::uint32_t sequence, const Reply& reply) {
  bool interrupted = false;
  for (;;) {
    sockaddr_nl from{};
    unsigned char* bytes = nullptr;
    int left = nl_recv(socket_.get(), &from, &bytes, nullptr);
    if (left < 0) return answerOfLibrary(left);
    const std::unique_ptr<unsigned char, decltype(&std::free)> guard(bytes, &std::free);
    for (auto* message = reinterpret_cast<nlmsghdr*>(bytes); nlmsg_ok(message, left) != 0;
         message = nlmsg_next(message, &left)) {
      if (message->nlmsg_seq != sequence) continue;
      if ((message->nlmsg_flags & NLM_F_DUMP_INTR) != 0) interrupted = true;
      if (message->nlmsg_type == NLMSG_ERROR || message->nlmsg_type == NLMSG_DONE) {
        // Both begin with the negative errno.
        const int number = -*static_cast<const int*>(nlmsg_data(message));
        if (number == 0 && interrupted) return answerOf(EAGAIN);
        return answerOf(number, message->nlmsg_type == NLMSG_ERROR ? explanationIn(*message) : "");
      }
      if (reply) reply(*message);
    }
  }
}

}  // namespace netctl::kernel
