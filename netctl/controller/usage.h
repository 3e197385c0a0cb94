#pragma once

#include "base/result.h"
#include "modes/cloud/cloud.h"
#include "modes/host/counted.h"

#include <chrono>
#include <compare>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace netctl::controller {

/// Whose traffic it is.
struct UsageKey {
  cloud::AccountId owner;
  std::string instance;                            ///< its id; empty: of those that are forgotten
  std::optional<net::Ipv4Address> public_address;  ///< that it had meanwhile; absent: none

  auto operator<=>(const UsageKey&) const = default;
};

struct UsageEntry {
  host::TrafficOfAddress traffic;
  std::chrono::sys_seconds since;  ///< it is counted
  std::chrono::sys_seconds last;   ///< there was some

  bool operator==(const UsageEntry&) const = default;
};

/// What instances and the outside of the cloud have exchanged, by account, instance and public
/// address. A value: it is told what the kernel has counted, and which addresses changed hands.
class Usage {
 public:
  /// How long what nobody has any more is told apart; then it is its account's alone.
  static constexpr std::chrono::days kRemembered{32};

  /// From now on the private addresses are those of this cloud's instances.
  void hold(const cloud::Cloud& cloud);
  /// The private addresses that change hands by these changes: what they have exchanged until now
  /// is to be taken before `changed`.
  static std::set<net::Ipv4Address> atStake(const cloud::Cloud& cloud,
                                            const cloud::Changes& changes);
  /// The cloud is as after changes that had these at stake.
  void changed(const cloud::Cloud& cloud, const std::set<net::Ipv4Address>& at_stake);
  /// What is more than at the last reading is theirs who hold the addresses. True where there was
  /// any.
  bool take(const host::TrafficReading& reading, std::chrono::sys_seconds now);
  /// Adds what is old to its account, and forgets what belongs to no account.
  void forget(const cloud::Cloud& cloud, std::chrono::sys_seconds now);

  [[nodiscard]] const std::map<UsageKey, UsageEntry>& entries() const { return entries_; }

  /// As a file: what `parse` reads. Whoever goes on with it counts nothing twice.
  [[nodiscard]] std::string text() const;
  /// InvalidArgument with the line that is wrong.
  static Result<Usage> parse(std::string_view text);

 private:
  [[nodiscard]] static std::optional<UsageKey> holderOf(const cloud::Cloud& cloud,
                                                        net::Ipv4Address address);

  std::map<UsageKey, UsageEntry> entries_;
  std::map<net::Ipv4Address, UsageKey> holders_;
  std::string life_;  ///< of what `read_` was read from
  std::map<net::Ipv4Address, host::TrafficOfAddress> read_;
};

}  // namespace netctl::controller
