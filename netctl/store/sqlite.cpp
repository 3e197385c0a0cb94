#include "netctl/store/sqlite.h"

#include <fmt/format.h>
#include <sqlite3.h>

namespace netctl::store {
namespace {

/// Whether a COMMIT with this result may stand in the log. It does so from its last frame on, which
/// is written before anything is synced: a write that failed has left that frame torn or has not
/// come to it.
bool mayHaveCommitted(int code) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_CONSTRAINT:
    case SQLITE_FULL:
    case SQLITE_READONLY:
      return false;
    default:
      return code != SQLITE_IOERR_WRITE;
  }
}

}  // namespace

Result<Database> Database::open(const std::filesystem::path& file) {
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(file.c_str(), &handle,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Database database(handle, file.string());
  if (code != SQLITE_OK) return database.error("opening it");
  return database;
}

void Database::Close::operator()(sqlite3* handle) const {
  sqlite3_close(handle);
}

Result<void> Database::execute(const char* sql) {
  if (sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    return error(fmt::format("running '{}'", std::string_view(sql).substr(0, 60)));
  }
  return {};
}

bool Database::isReadOnly() const {
  return sqlite3_db_readonly(handle(), "main") == 1;
}

Result<std::string> Database::image() {
  sqlite3_int64 size = 0;
  auto* const bytes = sqlite3_serialize(handle(), "main", &size, 0);
  if (bytes == nullptr) return error("reading it");
  std::string image(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  sqlite3_free(bytes);
  return image;
}

Result<void> Database::emptyLog() {
  if (sqlite3_wal_checkpoint_v2(handle(), "main", SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr) !=
      SQLITE_OK) {
    return error("emptying its log");
  }
  // The checkpoint syncs the file, but not that the log is empty.
  sqlite3_file* log = nullptr;
  if (sqlite3_file_control(handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK) {
    return error("finding its log");
  }
  if (log == nullptr || log->pMethods == nullptr) return {};
  if (const int code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL); code != SQLITE_OK) {
    return Error{ErrorCode::Kernel, "Unavailable",
                 fmt::format("state file {}: syncing its empty log failed: {}", file_,
                             sqlite3_errstr(code))};
  }
  return {};
}

Error Database::error(std::string_view doing) const {
  const auto code = [&] {
    switch (sqlite3_errcode(handle()) & 0xff) {
      case SQLITE_BUSY:
      case SQLITE_LOCKED:
        return ErrorCode::Busy;
      case SQLITE_FULL:
      case SQLITE_IOERR:
      case SQLITE_CANTOPEN:
      case SQLITE_READONLY:
      case SQLITE_PERM:
      case SQLITE_NOMEM:
        return ErrorCode::Kernel;
      default:
        return ErrorCode::Internal;
    }
  }();
  return {code, code == ErrorCode::Internal ? "InternalError" : "Unavailable",
          fmt::format("state file {}: {} failed: {}", file_, doing, sqlite3_errmsg(handle()))};
}

bool Row::isNull(int column) const {
  return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

std::int64_t Row::integer(int column) const {
  return sqlite3_column_int64(handle_, column);
}

std::string Row::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_, column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

void Statement::Finalize::operator()(sqlite3_stmt* handle) const {
  sqlite3_finalize(handle);
}

Result<void> Statement::prepare() {
  if (handle_) return {};
  sqlite3_stmt* handle = nullptr;
  const int code =
      sqlite3_prepare_v3(database_.handle(), sql_, -1, SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  handle_.reset(handle);
  return bound(code);
}

Result<void> Statement::bound(int code) {
  if (code != SQLITE_OK) return database_.error(fmt::format("'{}'", sql_));
  return {};
}

Result<void> Statement::bind(int position, std::int64_t value) {
  return bound(sqlite3_bind_int64(handle_.get(), position, value));
}

Result<void> Statement::bind(int position, std::string_view value) {
  // A null pointer would be NULL and no empty text.
  const auto* text = value.empty() ? "" : value.data();
  return bound(
      sqlite3_bind_text64(handle_.get(), position, text, value.size(), SQLITE_STATIC, SQLITE_UTF8));
}

Result<void> Statement::bind(int position, Blob value) {
  const auto* bytes = value.bytes.empty() ? "" : value.bytes.data();
  return bound(
      sqlite3_bind_blob64(handle_.get(), position, bytes, value.bytes.size(), SQLITE_STATIC));
}

Result<void> Statement::bindNull(int position) {
  return bound(sqlite3_bind_null(handle_.get(), position));
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return database_.error(fmt::format("'{}'", sql_));
}

void Statement::reset() {
  sqlite3_reset(handle_.get());
  sqlite3_clear_bindings(handle_.get());
}

Result<Transaction> Transaction::begin(Database& database) {
  if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return begun.error();
  return Transaction(database);
}

Transaction::~Transaction() {
  if (database_ != nullptr) rollBack();
}

void Transaction::rollBack() {
  // Some errors have rolled it back already.
  if (sqlite3_get_autocommit(database_->handle()) == 0) (void)database_->execute("ROLLBACK");
}

Result<void> Transaction::commit() {
  auto committed = database_->execute("COMMIT");
  if (!committed) {
    is_in_doubt_ = mayHaveCommitted(sqlite3_extended_errcode(database_->handle()));
    rollBack();
  }
  database_ = nullptr;
  return committed;
}

}  // namespace netctl::store
