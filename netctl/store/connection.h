#pragma once

#include "netctl/store/change_writer.h"
#include "netctl/store/sqlite.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace netctl::store {

/// A state file that is open and locked, of today's schema, with an empty log. Its statements stay
/// prepared.
class Connection {
 public:
  /// The file must be there; it may be empty. Before an older schema is brought up to date, the
  /// file as it was is put beside it, as FILE.schema-N. Kernel where the disk refuses, Busy where
  /// another process has it.
  static Result<std::unique_ptr<Connection>> open(const std::filesystem::path& file);
  /// The same of a private copy, which is in `scratch` for no longer than it takes to open it.
  static Result<std::unique_ptr<Connection>> openCopy(const std::filesystem::path& file,
                                                      const std::filesystem::path& scratch);

  explicit Connection(Database opened) : database(std::move(opened)) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// A transaction whose commit syncs the log (sqlite.org/pragma.html#pragma_synchronous).
  Result<Transaction> begin();
  /// One whose commit does not. It makes no checkpoint either: that would sync, and nobody would
  /// hear of a failure.
  Result<Transaction> beginUnsynced();

  Result<std::optional<std::string>> meta(std::string_view key);
  Result<void> putMeta(std::string_view key, std::string_view value);

  Database database;
  ChangeWriter writer{database};
  Statement add_review{database, "INSERT OR IGNORE INTO flow_reviews (address) VALUES (?)"};
  Statement remove_review{database, "DELETE FROM flow_reviews WHERE address = ?"};
  Statement reviews{database, "SELECT address FROM flow_reviews"};
  Statement remove_meta{database, "DELETE FROM meta WHERE key = ?"};
  Statement kept{database, "SELECT key FROM meta WHERE key LIKE 'keep flows of %'"};

 private:
  Statement meta_{database, "SELECT value FROM meta WHERE key = ?"};
  Statement put_meta_{database, "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)"};
};

}  // namespace netctl::store
