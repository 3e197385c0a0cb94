#pragma once

#include "base/result.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

/// As much of SQLite's C interface as the store needs, with errors as values.
namespace netctl::store {

class Database {
 public:
  /// Opens a file that exists.
  static Result<Database> open(const std::filesystem::path& file);

  /// Runs one or more statements that give no rows.
  Result<void> execute(const char* sql);
  /// The file can be read and not written.
  [[nodiscard]] bool isReadOnly() const;
  /// The file's bytes as of the last commit, which a file of its own can be made of.
  Result<std::string> image();
  /// Brings all that was committed from the log into the file, and empties the log; both durable
  /// when it returns. What a failed commit has left in the log is gone then. No transaction may be
  /// open.
  Result<void> emptyLog();
  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }
  /// What SQLite said last. Busy where somebody else has the file, Kernel where the file could not
  /// be read or written.
  [[nodiscard]] Error error(std::string_view doing) const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };

  Database(sqlite3* handle, std::string file) : handle_(handle), file_(std::move(file)) {}

  std::unique_ptr<sqlite3, Close> handle_;
  std::string file_;
};

/// A value that is bytes and no text.
struct Blob {
  std::string_view bytes;
};

/// The row that a query is at; columns count from 0.
class Row {
 public:
  explicit Row(sqlite3_stmt* handle) : handle_(handle) {}

  [[nodiscard]] bool isNull(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  /// Text or bytes.
  [[nodiscard]] std::string text(int column) const;

 private:
  sqlite3_stmt* handle_;
};

/// A statement that is prepared when it is first used, and then kept. The database must outlive it.
class Statement {
 public:
  Statement(Database& database, const char* sql) : database_(database), sql_(sql) {}

  /// Runs it to its end; rows are dropped.
  template <class... Values>
  Result<void> run(const Values&... values) {
    return each([](const Row&) -> Result<void> { return {}; }, values...);
  }

  /// Calls `visit(Row)` for every row, until one gives an error.
  template <class Visit, class... Values>
  Result<void> each(Visit visit, const Values&... values) {
    const Reset reset{*this};
    if (auto prepared = prepare(); !prepared) return prepared;
    int position = 0;
    Result<void> bound;
    ((bound = bound ? bind(++position, values) : bound), ...);
    while (bound) {
      const auto row = step();
      if (!row) return row.error();
      if (!*row) break;
      if (auto visited = visit(Row(handle_.get())); !visited) return visited;
    }
    return bound;
  }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const;
  };
  /// Frees the locks and the values that a run holds, however it ends.
  struct Reset {
    Statement& statement;
    ~Reset() { statement.reset(); }
  };

  Result<void> prepare();
  Result<void> bind(int position, std::int64_t value);
  Result<void> bind(int position, std::string_view value);
  Result<void> bind(int position, const std::string& value) {
    return bind(position, std::string_view(value));
  }
  Result<void> bind(int position, Blob value);
  template <class T>
  Result<void> bind(int position, const std::optional<T>& value) {
    return value ? bind(position, *value) : bindNull(position);
  }
  Result<void> bindNull(int position);
  Result<void> bound(int code);
  /// True where there is a row.
  Result<bool> step();
  void reset();

  Database& database_;
  const char* sql_;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

/// All or nothing: what was not committed when it ends is rolled back.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  ~Transaction();
  Transaction(Transaction&& other) noexcept
      : database_(std::exchange(other.database_, nullptr)), is_in_doubt_(other.is_in_doubt_) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  Transaction& operator=(Transaction&&) = delete;

  /// Rolled back where it fails. But see `isInDoubt`.
  Result<void> commit();
  /// After a commit that failed: its end may stand in the log all the same, so that the next who
  /// opens the file finds it committed.
  [[nodiscard]] bool isInDoubt() const { return is_in_doubt_; }

 private:
  explicit Transaction(Database& database) : database_(&database) {}

  void rollBack();

  Database* database_;
  bool is_in_doubt_ = false;
};

}  // namespace netctl::store
