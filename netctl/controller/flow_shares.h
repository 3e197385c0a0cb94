#pragma once

#include "modes/firewall/flow_shares.h"
#include "modes/host/host.h"
#include "netctl/controller/problem.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace netctl::controller {

/// Keeps one instance from filling conntrack's table, which is all instances'.
///
/// From 80 % of the table on, and until it has fallen below 70 %, each instance has at most a fair
/// share of 75 %: of who has more, the flows go that are over it, and its new ones are held
/// (host::Host::hold). NETCTL_LIMIT_FLOWS holds an instance's new flows at any filling, and takes
/// none away.
///
/// To know who has how many is one walk of conntrack, which is done only where something may have
/// to be held, and takes at most a fifth of a processor's time. A packet pays nothing for any of it
/// but one lookup at the beginning of its flow. Used on the controller's thread.
class FlowShares {
 public:
  using Clock = std::chrono::steady_clock;

  explicit FlowShares(host::Host& host) : host_(host) {}

  /// NETCTL_LIMIT_FLOWS; 0: none.
  void setLimit(std::uint64_t limit) { limit_ = limit; }

  /// Once a second. `may_forget`: false while flows are to be reviewed, since one that is to be cut
  /// must not be forgotten.
  void see(const cloud::Cloud& cloud, bool may_forget, Clock::time_point now);

  /// Who is held, and the greatest of them by name.
  [[nodiscard]] const std::vector<Problem>& problems() const { return problems_; }

 private:
  [[nodiscard]] bool mustWalk(const host::FlowTable& table, Clock::time_point now) const;
  Result<void> share(const cloud::Cloud& cloud, const host::FlowTable& table, bool may_forget);
  [[nodiscard]] bool isOver(std::uint64_t count) const;
  Result<void> hold(const std::set<net::Ipv4Address>& addresses);
  void name(const cloud::Cloud& cloud, const host::FlowTable& table,
            const firewall::FlowCounts& counts);
  void note(const Result<void>& done);

  host::Host& host_;
  std::uint64_t limit_ = 0;
  bool is_full_ = false;  ///< each has a share
  std::optional<std::uint64_t> share_;
  /// Absent before the first word: a former life's may stand there.
  std::optional<std::set<net::Ipv4Address>> held_;
  std::vector<Problem> problems_;
  std::uint64_t walked_at_ = 0;      ///< how many entries there were
  Clock::time_point earliest_ = {};  ///< for the next walk
  Clock::time_point due_ = {};
  bool has_more_ = false;  ///< that must go
  bool failed_ = false;
};

}  // namespace netctl::controller
