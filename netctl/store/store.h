#pragma once

#include "modes/cloud/cloud.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace netctl::store {

/// What becomes of a file that has not all that was stored in it.
enum class Damage {
  Refused,
  Accepted,  ///< from now on what is there is what was stored
};

/// The cloud, durable: one SQLite file that survives kill -9 and power loss at any moment.
///
/// The file has mode 0600, since keys' secrets are in it, and is locked for as long as the Store
/// lives: a second one on it is refused. On a disk that cannot be written, the Store reads a copy
/// and refuses commits, until one succeeds because the disk can be written again. Not thread-safe.
class Store {
 public:
  /// Opens the file, or creates it and its directory (mode 0700). Brings an older schema up to
  /// date. Refused: a newer schema, a file that is not ours, and (Busy) one that another process
  /// has open. `scratch` is where a file is copied that cannot be written.
  static Result<std::unique_ptr<Store>> open(const std::filesystem::path& file,
                                             const std::filesystem::path& scratch = "/run");
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// All that was committed, under these settings. Conflict where it has no place under them (see
  /// cloud::checkFit), or where instances are attached and VNET_MODE, VNET_SUBNET or
  /// VNET_ADDRSPERNET are not what they were attached under. Internal, with all that is wrong,
  /// where rows refer to nothing, are gone, or were changed by somebody else.
  Result<cloud::Cloud> load(cloud::Settings settings, Damage damage = Damage::Refused);

  /// True of a file that no netctld has served from: it was empty, or not there.
  Result<bool> isNew();

  /// Why nothing can be committed; absent where it can.
  [[nodiscard]] const std::optional<Error>& unwritable() const;

  /// VNET_SUBNET and VNET_NETMASK of the last load, as a prefix; absent: there was none.
  Result<std::optional<std::string>> formerSubnet();

  /// Tells this cloud from every other: random, made when it is first asked for, durable when it
  /// returns.
  Result<std::string> identity();

  /// Writes the changes in one transaction, and that the flows of these addresses are to be
  /// reviewed, or reviewed and kept. Durable when it returns. On an error nothing was written, and
  /// what the disk may have taken of it all the same is put back; but see `isInDoubt`.
  Result<void> commit(const cloud::Changes& changes,
                      const std::set<net::Ipv4Address>& add_reviews = {},
                      const std::set<net::Ipv4Address>& add_kept = {});

  /// A commit has failed, and could not be put back: whether the next who opens the file finds it
  /// is not known. Whoever has the store must end without an answer to anybody, since any answer
  /// may be wrong.
  [[nodiscard]] bool isInDoubt() const;

  /// The file's bytes as of the last commit: what a backup is.
  Result<std::string> image();

  /// The addresses whose flows are still to be reviewed.
  Result<std::set<net::Ipv4Address>> pendingReviews();
  /// Those whose flows are still to be kept.
  Result<std::set<net::Ipv4Address>> pendingKept();
  /// Takes them off. Not synced: after a power loss some may be pending again, and to review twice
  /// does no harm.
  Result<void> finishReviews(const std::set<net::Ipv4Address>& addresses);

 private:
  class Impl;
  explicit Store(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace netctl::store
