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
constexpr int kDumpRoom = 65536;

RouteAnswer answerOf(int number, std::string_view explanation = {}) {
  if (number == 0) return {};
  std::string text = std::strerror(number);
  if (!explanation.empty()) text += fmt::format(": {}", explanation);
  return {number, text};
}

RouteAnswer noAnswerTo(const nlmsghdr& request, std::chrono::milliseconds limit) {
  return {ETIMEDOUT, describeNoAnswer(NETLINK_ROUTE, request.nlmsg_type, limit)};
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
  const auto code = number == ETIMEDOUT ? ErrorCode::Timeout : ErrorCode::Kernel;
  return {code, "", fmt::format("{}: {}", what, text)};
}

Result<RouteSocket> RouteSocket::open(std::chrono::milliseconds limit) {
  nl_sock* created = nl_socket_alloc();
  if (created == nullptr) throw std::bad_alloc();
  RouteSocket socket(created, limit);
  if (const int result = nl_connect(created, NETLINK_ROUTE); result < 0) {
    return answerOfLibrary(result).error("cannot open an rtnetlink socket");
  }
  nl_socket_set_msg_buf_size(created, kDumpRoom);
  const int on = 1;
  const int descriptor = socket.descriptor();
  if (const int number = limitReads(descriptor, limit); number != 0) {
    return answerOf(number).error("cannot set up an rtnetlink socket");
  }
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
  if (const int result = nl_send_auto(socket_->get(), finished); result < 0) {
    return answerOfLibrary(result);
  }
  auto answer = receive(*nlmsg_hdr(finished), reply);
  if (answer.number == ETIMEDOUT) renew();
  return answer;
}

// A dump whose parts were lost is never over for the kernel, which answers EBUSY to the next one.
// Where no other socket can be had, that is what the next request says.
void RouteSocket::renew() {
  if (auto fresh = open(limit_)) std::swap(*socket_, *fresh->socket_);
}

RouteAnswer RouteSocket::receive(const nlmsghdr& request, const Reply& reply) {
  bool interrupted = false;
  for (;;) {
    sockaddr_nl from{};
    unsigned char* bytes = nullptr;
    int left = nl_recv(socket_->get(), &from, &bytes, nullptr);
    // libnl has said "nothing" in both ways, depending on its version.
    if (left == 0 || left == -NLE_AGAIN) return noAnswerTo(request, limit_);
    if (left < 0) return answerOfLibrary(left);
    const std::unique_ptr<unsigned char, decltype(&std::free)> guard(bytes, &std::free);
    for (auto* message = reinterpret_cast<nlmsghdr*>(bytes); nlmsg_ok(message, left) != 0;
         message = nlmsg_next(message, &left)) {
      // An answer to a request that was given up.
      if (message->nlmsg_seq != request.nlmsg_seq) continue;
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
