#pragma once

#include "netctl/store/store.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace netctl::store {

/// What somebody else has noted in a state file, by name; absent: it is taken away.
using Notes = std::map<std::string, std::optional<std::string>>;

/// The cloud in one SQLite file.
///
/// The file has mode 0600, since keys' secrets are in it, and is locked for as long as the Store
/// lives: a second one on it is refused. On a disk that cannot be written, the Store reads a copy
/// and refuses commits, until one succeeds because the disk can be written again. Not thread-safe.
class SqliteStore : public Store {
 public:
  /// Opens the file, or creates it and its directory (mode 0700). Brings an older schema up to
  /// date. Refused: a newer schema, a file that is not ours, and (Busy) one that another process
  /// has open. `scratch` is where a file is copied that cannot be written.
  static Result<std::unique_ptr<SqliteStore>> open(const std::filesystem::path& file,
                                                   const std::filesystem::path& scratch = "/run");
  ~SqliteStore() override;

  using Store::commit;
  using Store::load;
  Result<cloud::Cloud> load(cloud::Settings settings, Damage damage) override;
  /// True of a file that was empty, or not there.
  Result<bool> isNew() override;
  Result<std::optional<std::string>> formerSubnet() override;
  Result<std::string> identity() override;
  /// On an error, what the disk may have taken of it all the same is put back; where it cannot be,
  /// it is in lasting doubt whether the next who opens the file finds it.
  Result<void> commit(const cloud::Changes& changes, const std::set<net::Ipv4Address>& add_reviews,
                      const std::set<net::Ipv4Address>& add_kept) override;
  [[nodiscard]] Doubt doubt() const override;
  [[nodiscard]] std::vector<Trouble> troubles() const override;
  Result<std::string> image() override;
  Result<std::set<net::Ipv4Address>> pendingReviews() override;
  Result<std::set<net::Ipv4Address>> pendingKept() override;
  Result<void> finishReviews(const std::set<net::Ipv4Address>& addresses) override;

  /// Of a copy of a cloud that is kept elsewhere: as `commit`, with these notes in the same
  /// transaction. Not synced: after a power loss the last ones may be gone, with their notes.
  Result<void> follow(const cloud::Changes& changes, const std::set<net::Ipv4Address>& add_reviews,
                      const std::set<net::Ipv4Address>& add_kept, const Notes& notes);
  /// Absent where there is none of that name.
  Result<std::optional<std::string>> note(std::string_view name);
  /// Durable when it returns.
  Result<void> replaceNotes(const Notes& notes);
  /// Gives it the identity of the cloud that it is a copy of.
  Result<void> setIdentity(const std::string& identity);

  /// Why nothing can be committed; absent where it can.
  [[nodiscard]] const std::optional<Error>& unwritable() const;

 private:
  class Impl;
  explicit SqliteStore(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace netctl::store
