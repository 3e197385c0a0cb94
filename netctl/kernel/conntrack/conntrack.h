#pragma once

#include "modes/firewall/flows.h"
#include "netctl/kernel/netlink/mnl_socket.h"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <vector>

namespace netctl::kernel {

/// The driver of conntrack entries: IPv4, and none of a conntrack zone, which are not our rules'.
class Conntrack {
 public:
  static Result<Conntrack> open();

  /// The flows for which `wanted` is true: one walk. A flow that begins or ends meanwhile may or
  /// may not be among them.
  Result<std::vector<host::Flow>> flows(const std::function<bool(const host::Flow&)>& wanted);

  /// The same with their weight.
  Result<std::vector<host::FlowEntry>> entries(
      const std::function<bool(const host::FlowEntry&)>& wanted);
  /// Of the network namespace of the calling thread.
  static Result<host::FlowTable> table();

  /// Each of these writes our labels, and says the same in our bits of the mark, for entries that
  /// have no room for labels. The other bits of both stay. A flow that has ended is not an error.
  ///
  /// A TCP flow that is cut is in state CLOSE from then on, so that its entry ends ten seconds
  /// after its last packet, or after the cut where none comes. Others stay for as long as somebody
  /// talks.
  Result<void> cut(const std::vector<host::Flow>& flows);
  Result<void> keep(const std::vector<host::Flow>& flows);
  Result<void> admit(const std::vector<host::Flow>& flows);

  /// Deletes the entries. One that has ended is not an error.
  Result<void> forget(const std::vector<host::Flow>& flows);

  /// True where all entries have gone since it was last asked: the kernel tells nobody. An entry
  /// of our own, which no packet meets and which lasts for a day, tells by its absence.
  Result<bool> wasFlushed();
  /// Has no entry of our own any more.
  Result<void> forgetOwn();

 private:
  struct Words;
  /// Every entry; `begins` is called before each walk that is begun anew.
  Result<void> walk(const std::function<void()>& begins,
                    const std::function<void(const host::FlowEntry&)>& take);
  /// The number of the kernel's refusal, 0 where it was done.
  Result<int> touchOwn(std::uint16_t flags);
  Result<void> write(const std::vector<host::Flow>& flows, const Words& words);
  explicit Conntrack(MnlSocket socket) : socket_(std::move(socket)) {}
  /// Refusals with these numbers are not errors.
  Result<void> send(MnlBatch& batch, const std::vector<host::Flow>& flows, const char* what,
                    std::initializer_list<int> passed_over);

  MnlSocket socket_;
  bool has_own_ = false;  ///< our own entry was there when it was last asked
};

}  // namespace netctl::kernel
