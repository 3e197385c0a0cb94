#include "netctl/store/connection.h"

#include "base/durable_file.h"
#include "netctl/store/schema.h"

#include <stdlib.h>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace netctl::store {
namespace {

namespace fs = std::filesystem;

/// Puts the file as it is beside it, for who wants to go back to the netctld that wrote it.
Result<void> keepFormer(Database& database, const fs::path& file, int version) {
  const auto image = database.image();
  if (!image) return image.error();
  return files::write(fmt::format("{}.schema-{}", file.string(), version), *image, 0600);
}

Result<void> prepare(Database& database, const fs::path& file) {
  // In this order: the lock is taken by the first access, and WAL without shared memory needs it
  // before.
  if (auto done = database.execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; "
                                   "PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF");
      !done) {
    if (done.error().code != ErrorCode::Busy) return done;
    return Error{ErrorCode::Busy, "Unavailable",
                 "the state file is in use by another process: is a netctld running already?"};
  }
  const auto former = olderSchema(database);
  if (!former) return former.error();
  if (*former) {
    if (auto kept = keepFormer(database, file, **former); !kept) return kept;
  }
  // A table that is replaced would take with it what refers to it.
  if (auto done = migrate(database); !done) return done;
  // What the last run could not sync is in the kernel's cache, and perhaps not on the disk.
  if (auto done = database.emptyLog(); !done) return done;
  return database.execute("PRAGMA foreign_keys = ON");
}

/// A directory that goes with everything in it.
struct ScratchDirectory {
  fs::path path;
  ~ScratchDirectory() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const fs::path& file) {
  auto database = Database::open(file);
  if (!database) return database.error();
  if (database->isReadOnly()) {
    return Error{
        ErrorCode::Kernel, "Unavailable",
        fmt::format("state file {}: it cannot be written: is its disk read-only?", file.string())};
  }
  if (auto prepared = prepare(*database, file); !prepared) return prepared.error();
  return std::make_unique<Connection>(*std::move(database));
}

Result<std::unique_ptr<Connection>> Connection::openCopy(const fs::path& file,
                                                         const fs::path& scratch) {
  auto name = (scratch / "state-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) {
    return Error{
        ErrorCode::Kernel, "Unavailable",
        fmt::format("making a directory in {} failed: {}", scratch.string(), std::strerror(errno))};
  }
  // The files stay as long as they are open.
  const ScratchDirectory directory{name};
  const auto copy = directory.path / file.filename();
  std::error_code error;
  fs::copy_file(file, copy, error);
  const fs::path log = file.string() + "-wal";
  if (!error && fs::exists(log, error)) fs::copy_file(log, copy.string() + "-wal", error);
  if (error) {
    return Error{
        ErrorCode::Kernel, "Unavailable",
        fmt::format("reading the state file {} failed: {}", file.string(), error.message())};
  }
  return open(copy);
}

Result<Transaction> Connection::begin() {
  auto set = database.execute("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000");
  if (!set) return set.error();
  return Transaction::begin(database);
}

Result<Transaction> Connection::beginUnsynced() {
  auto set = database.execute("PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0");
  if (!set) return set.error();
  return Transaction::begin(database);
}

Result<std::optional<std::string>> Connection::meta(std::string_view key) {
  std::optional<std::string> value;
  auto found = meta_.each(
      [&](const Row& row) -> Result<void> {
        value = row.text(0);
        return {};
      },
      key);
  if (!found) return found.error();
  return value;
}

Result<void> Connection::putMeta(std::string_view key, std::string_view value) {
  return put_meta_.run(key, value);
}

}  // namespace netctl::store
