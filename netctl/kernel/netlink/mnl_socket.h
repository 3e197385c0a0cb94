#pragma once

#include "base/result.h"
#include "netctl/kernel/netlink/answer_limit.h"

#include <libmnl/libmnl.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace netctl::kernel {

/// Netlink messages that are sent together.
class MnlBatch {
 public:
  /// The most that one message may take with all its attributes; a nested attribute is at most
  /// 65535 bytes long.
  static constexpr std::size_t kMessageRoom = 65536;

  /// Begins a message with these flags besides NLM_F_REQUEST; fill it with
  /// mnl_nlmsg_put_extra_header and mnl_attr_put, which must stay within kMessageRoom. Valid until
  /// the next call.
  nlmsghdr* begin(std::uint16_t type, std::uint16_t flags = 0);
  /// Ends the message that was begun last.
  void end();
  /// Takes the message that was begun last back.
  void cancel() { open_ = nullptr; }

  [[nodiscard]] std::size_t size() const { return offsets_.size(); }
  [[nodiscard]] bool empty() const { return offsets_.empty(); }
  void clear();

 private:
  friend class MnlSocket;

  [[nodiscard]] std::uint16_t typeOf(std::size_t message) const;

  std::vector<char> bytes_;
  std::size_t used_ = 0;
  std::vector<std::size_t> offsets_;
  nlmsghdr* open_ = nullptr;
};

/// The kernel's refusal of one message.
struct MnlRefusal {
  std::size_t message = 0;    ///< its place in the batch
  int number = 0;             ///< errno, positive; ipset has numbers of its own from 4096 on
  std::string text;           ///< the kernel's extended acknowledgement, or empty
  std::vector<char> request;  ///< the message as the kernel gave it back, where it did
};

/// `text` where there is one, after the errno's own text: "Operation not permitted: chain is in
/// use".
std::string describe(const MnlRefusal& refusal);

/// A netlink socket. It belongs to the network namespace in which it was opened, which must be that
/// of the calling thread. A copy is the same socket. One thread at a time, for all copies together;
/// a `reply` must not ask anew.
class MnlSocket {
 public:
  /// Called for a message that is not an acknowledgement; an error ends the call.
  using Reply = std::function<Result<void>(const nlmsghdr&)>;

  /// `protocol` is NETLINK_ROUTE, NETLINK_NETFILTER, ...
  static Result<MnlSocket> open(int protocol, std::chrono::milliseconds limit = kAnswerLimit);

  /// Sends all messages, however many, and waits until each is acknowledged or refused. What was
  /// refused keeps no other message from being carried out. An error (Timeout: no answer): the
  /// outcome is unknown.
  Result<std::vector<MnlRefusal>> send(MnlBatch& batch, const Reply& reply = {});

  /// Sends all messages as one transaction of an nfnetlink subsystem (NFNL_SUBSYS_...): with a
  /// refusal, nothing was carried out. An error: the outcome is unknown.
  Result<std::vector<MnlRefusal>> transact(MnlBatch& batch, std::uint16_t subsystem);

  /// Sends the one message of the batch (with NLM_F_DUMP) and gives each part of the answer to
  /// `reply`. The refusal has errno EINTR where the kernel's objects changed meanwhile: what was
  /// read is not a consistent whole.
  Result<std::optional<MnlRefusal>> dump(MnlBatch& batch, const Reply& reply);

  /// For socket options. Another one, without them, after a call that had no answer.
  [[nodiscard]] int descriptor() const { return mnl_socket_get_fd(shared_->socket.get()); }

 private:
  struct Close {
    void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
  };
  using Handle = std::unique_ptr<mnl_socket, Close>;
  struct Exchange;
  /// What copies have together.
  struct Shared {
    Handle socket;
    std::vector<char> buffer;
    std::uint32_t sequence = 0;
  };

  MnlSocket(mnl_socket* socket, int protocol, std::chrono::milliseconds limit);
  void renew();
  Result<void> write(const char* bytes, std::size_t size);
  Result<void> receive(Exchange& exchange, const Reply& reply);

  std::shared_ptr<Shared> shared_;
  int protocol_;
  std::chrono::milliseconds limit_;
};

}  // namespace netctl::kernel
