#pragma once

#include "base/result.h"
#include "netctl/kernel/netlink/answer_limit.h"

#include <netlink/msg.h>
#include <netlink/socket.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace netctl::kernel {

/// A message for the kernel, built with libnl's nlmsg_* and nla_* functions.
class RouteMessage {
 public:
  /// Begins a message with a fixed header, as rtnetlink(7) has it for this type.
  template <class Header>
  RouteMessage(int type, int flags, const Header& header) : RouteMessage(type, flags) {
    auto copy = header;
    appended(nlmsg_append(message_.get(), &copy, sizeof copy, NLMSG_ALIGNTO));
  }

  void put(int attribute, std::uint8_t value) { put(attribute, &value, sizeof value); }
  void put(int attribute, std::uint32_t value) { put(attribute, &value, sizeof value); }
  /// With its NUL.
  void put(int attribute, const std::string& value) {
    put(attribute, value.c_str(), value.size() + 1);
  }
  void put(int attribute, const void* value, std::size_t size);
  /// All that is put from here on stands inside of this attribute, until it is ended.
  void nest(int attribute);
  void endNest();

 private:
  friend class RouteSocket;
  struct Free {
    void operator()(nl_msg* message) const { nlmsg_free(message); }
  };

  RouteMessage(int type, int flags);
  static void appended(int result);
  nl_msg* finish();

  std::unique_ptr<nl_msg, Free> message_;
  std::vector<nlattr*> nested_;  ///< those that are not ended, the innermost last
};

/// How the kernel took a request.
struct RouteAnswer {
  /// errno, 0 where it was carried out. ETIMEDOUT: there was no answer, the outcome is unknown.
  int number = 0;
  std::string text;  ///< the errno's text, and the kernel's own explanation where it gave one

  [[nodiscard]] bool ok() const { return number == 0; }
  /// A Kernel or Timeout error: `what` says what was tried and on which object.
  [[nodiscard]] Error error(std::string_view what) const;
};

/// An rtnetlink socket of the network namespace in which it was opened, which must be that of the
/// calling thread. A copy is the same socket. One thread at a time, for all copies together; a
/// `reply` must not ask anew.
class RouteSocket {
 public:
  using Reply = std::function<void(nlmsghdr&)>;

  static Result<RouteSocket> open(std::chrono::milliseconds limit = kAnswerLimit);

  /// Sends one message, waits until the kernel has answered it, and gives the objects of the answer
  /// to `reply`. With NLM_F_DUMP: EAGAIN where objects changed while they were read. What `reply`
  /// was given is then no consistent whole, and the caller begins anew.
  RouteAnswer request(RouteMessage message, const Reply& reply = {});

  /// Another one after a request without an answer.
  [[nodiscard]] int descriptor() const { return nl_socket_get_fd(socket_->get()); }

 private:
  struct Free {
    void operator()(nl_sock* socket) const { nl_socket_free(socket); }
  };
  using Handle = std::unique_ptr<nl_sock, Free>;

  RouteSocket(nl_sock* socket, std::chrono::milliseconds limit)
      : socket_(std::make_shared<Handle>(socket)), limit_(limit) {}
  RouteAnswer receive(const nlmsghdr& request, const Reply& reply);
  void renew();

  std::shared_ptr<Handle> socket_;  ///< of all copies
  std::chrono::milliseconds limit_;
};

}  // namespace netctl::kernel
