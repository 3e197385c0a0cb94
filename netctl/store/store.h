#pragma once

#include "modes/cloud/cloud.h"

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace netctl::store {

/// What becomes of a store that has not all that was stored in it.
enum class Damage {
  Refused,
  Accepted,  ///< from now on what is there is what was stored
};

/// Whether it is known what a commit that has failed has stored.
enum class Doubt {
  None,     ///< nothing
  Passing,  ///< not known before `look` tells; until then every commit is refused
  Lasting,  ///< whoever has the store must end without an answer, since any may be wrong
};

/// How much of a transaction changes take up. Where transactions have no bounds, nothing.
struct Weight {
  std::size_t operations = 0;
  std::size_t bytes = 0;

  Weight& operator+=(const Weight& other) {
    operations += other.operations;
    bytes += other.bytes;
    return *this;
  }
};

/// What keeps a store from taking changes, or soon will. `object` and `what` stay the same for as
/// long as it lasts.
struct Trouble {
  std::string object;
  std::string what;
  std::string consequence;
  std::string remedy;
  bool refuses = true;  ///< changes are refused; else they will be

  bool operator==(const Trouble&) const = default;
};

/// What is to be known after a store was away, or a commit was in doubt.
struct Return {
  /// The commit in doubt is stored.
  bool was_committed = false;
  /// By which the stored cloud differs from the one in memory. Empty with `was_committed`.
  cloud::Changes changes;
};

/// The cloud, durable: what is committed outlives kill -9 and power loss at any moment. Not
/// thread-safe: one thread has it, which a commit may keep waiting.
class Store {
 public:
  Store() = default;
  virtual ~Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// All that was committed, under these settings. Conflict where it has no place under them (see
  /// cloud::checkFit), or where instances are attached and VNET_MODE, VNET_SUBNET or
  /// VNET_ADDRSPERNET are not what they were attached under. Internal, with all that is wrong,
  /// where objects refer to nothing, are gone, or were changed by somebody else.
  virtual Result<cloud::Cloud> load(cloud::Settings settings, Damage damage) = 0;
  Result<cloud::Cloud> load(cloud::Settings settings) {
    return load(std::move(settings), Damage::Refused);
  }

  /// True of a store that no netctld has served from.
  virtual Result<bool> isNew() = 0;

  /// VNET_SUBNET and VNET_NETMASK of the last load, as a prefix; absent: there was none.
  virtual Result<std::optional<std::string>> formerSubnet() = 0;

  /// Tells this cloud from every other: random, made when it is first asked for, durable when it
  /// returns.
  virtual Result<std::string> identity() = 0;

  /// What the changes of one command take up. An error where no transaction holds them.
  [[nodiscard]] virtual Result<Weight> weigh(const cloud::Changes& /*changes*/) const {
    return Weight{};
  }
  /// One transaction holds as much.
  [[nodiscard]] virtual bool holds(const Weight& /*batch*/) const { return true; }

  /// Writes the changes in one transaction, and that the flows of these addresses are to be
  /// reviewed, or reviewed and kept. Durable when it returns. On an error nothing was written; but
  /// see `doubt`. Precondition: `holds` what the changes weigh.
  virtual Result<void> commit(const cloud::Changes& changes,
                              const std::set<net::Ipv4Address>& add_reviews,
                              const std::set<net::Ipv4Address>& add_kept) = 0;
  Result<void> commit(const cloud::Changes& changes,
                      const std::set<net::Ipv4Address>& add_reviews = {}) {
    return commit(changes, add_reviews, {});
  }

  /// Of the last commit; or of one before it, for which the last one was refused.
  [[nodiscard]] virtual Doubt doubt() const = 0;

  /// To be asked once a second, with the cloud as it is in memory: what is stored after all, where
  /// a commit was in doubt or the store was away. Absent: there is nothing new. Costs nothing
  /// where nothing is to be found out.
  virtual Result<std::optional<Return>> look(const cloud::Cloud& /*cloud*/) {
    return std::optional<Return>{};
  }

  /// What is the matter now. Costs next to nothing.
  [[nodiscard]] virtual std::vector<Trouble> troubles() const = 0;

  /// The bytes of a state file as of the last commit: what a backup is.
  virtual Result<std::string> image() = 0;

  /// The addresses whose flows are still to be reviewed.
  virtual Result<std::set<net::Ipv4Address>> pendingReviews() = 0;
  /// Those whose flows are still to be kept.
  virtual Result<std::set<net::Ipv4Address>> pendingKept() = 0;
  /// Takes them off. Not synced: after a power loss some may be pending again, and to review twice
  /// does no harm.
  virtual Result<void> finishReviews(const std::set<net::Ipv4Address>& addresses) = 0;
};

}  // namespace netctl::store
