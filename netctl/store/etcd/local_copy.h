#pragma once

#include "netctl/store/etcd/meta.h"
#include "netctl/store/sqlite_store.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace netctl::store {

/// The state file of a host whose cloud is in etcd: a copy of it, as of a revision. What cannot be
/// written there is no reason to refuse a change, and is told by `trouble`.
class LocalCopy {
 public:
  /// Busy where another process has the file. Conflict where it has a cloud that is not a copy of
  /// one in etcd, or one from below another prefix.
  static Result<LocalCopy> open(const std::filesystem::path& file, const std::string& prefix,
                                const std::filesystem::path& scratch);

  /// It has a cloud.
  [[nodiscard]] bool isThere() const { return is_there_; }
  /// Of the cloud; empty where it has none.
  [[nodiscard]] const std::string& identity() const { return identity_; }
  /// Of this host among those that could write the cloud: random, and stays.
  [[nodiscard]] const std::string& writer() const { return writer_; }
  /// Of etcd, that it is as of.
  [[nodiscard]] std::int64_t revision() const { return revision_; }

  /// What it has. Precondition: it is there.
  Result<cloud::Cloud> load(cloud::Settings settings) { return store_->load(std::move(settings)); }
  Result<PendingReviews> pending();
  /// Makes it equal to that cloud.
  void become(const cloud::Cloud& cloud, const PendingReviews& pending, const std::string& identity,
              std::int64_t revision);
  /// Takes part in a commit.
  void follow(const cloud::Changes& changes, const PendingReviews& added, std::int64_t revision);
  Result<void> finishReviews(const std::set<net::Ipv4Address>& addresses) {
    return store_->finishReviews(addresses);
  }
  SqliteStore& store() { return *store_; }
  [[nodiscard]] const std::optional<Error>& trouble() const { return trouble_; }

 private:
  LocalCopy(std::filesystem::path file, std::string prefix, std::filesystem::path scratch,
            std::unique_ptr<SqliteStore> store)
      : file_(std::move(file)),
        prefix_(std::move(prefix)),
        scratch_(std::move(scratch)),
        store_(std::move(store)) {}

  Result<void> readNotes();
  Result<void> tryToBecome(const cloud::Cloud& cloud, const PendingReviews& pending,
                           const std::string& identity, std::int64_t revision);
  /// What is there cannot be used, and is put aside.
  Result<void> beginAnew();
  [[nodiscard]] Notes notes(std::int64_t revision) const;

  std::filesystem::path file_;
  std::string prefix_;
  std::filesystem::path scratch_;
  std::unique_ptr<SqliteStore> store_;
  bool is_there_ = false;
  std::string identity_;
  std::string writer_;
  std::int64_t revision_ = 0;
  std::optional<Error> trouble_;
};

/// The prefix in etcd of the cloud that a state file is a copy of; absent: it is not a copy.
Result<std::optional<std::string>> copiedPrefix(SqliteStore& store);
/// Makes a state file its cloud's own store, or a copy of the one that is below that prefix.
Result<void> markAsStore(SqliteStore& store);
Result<void> markAsCopy(SqliteStore& store, const std::string& prefix, const std::string& writer,
                        std::int64_t revision);

}  // namespace netctl::store
