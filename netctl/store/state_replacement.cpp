#include "netctl/store/state_replacement.h"

#include "base/durable_file.h"
#include "netctl/store/connection.h"
#include "netctl/store/sqlite_store.h"
#include "netctl/store/state_file.h"

#include <fmt/format.h>

#include <memory>
#include <system_error>

namespace netctl::store {
namespace {

namespace fs = std::filesystem;

Error failed(std::string_view doing, const fs::path& path, const std::error_code& error) {
  return {ErrorCode::Kernel, "Unavailable",
          fmt::format("{} {} failed: {}", doing, path.string(), error.message())};
}

/// The first free name of FILE.former, FILE.former-2 and so on.
fs::path formerName(const fs::path& file) {
  fs::path name = file.string() + ".former";
  for (int i = 2; fs::exists(name); ++i) name = fmt::format("{}.former-{}", file.string(), i);
  return name;
}

/// The file and its log under another name, too. Its log must go before another file comes: it
/// would be taken for that one's.
Result<std::optional<fs::path>> putAside(const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error)) return std::optional<fs::path>{};
  const auto former = formerName(file);
  const fs::path log = file.string() + "-wal";
  fs::copy_file(file, former, error);
  if (error) return failed("copying", file, error);
  if (fs::exists(log, error)) {
    fs::copy_file(log, former.string() + "-wal", error);
    if (error) return failed("copying", log, error);
  }
  return std::optional(former);
}

/// Holds the file of a netctld that might start meanwhile, as far as it can be opened at all; null
/// where it is damaged, or not there. Its log is empty.
Result<std::unique_ptr<Connection>> hold(const fs::path& file) {
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return std::unique_ptr<Connection>();
  auto held = Connection::open(file);
  if (held) return held;
  if (held.error().code == ErrorCode::Busy) return held.error();
  return std::unique_ptr<Connection>();
}

}  // namespace

Result<std::optional<fs::path>> replaceStateFile(const fs::path& file, std::string_view image) {
  if (auto prepared = files::makeDirectory(fs::absolute(file).parent_path()); !prepared) {
    return prepared.error();
  }
  // Copied before it is held: a descriptor that is closed would free the lock (fcntl(2)).
  if (const auto can_be_held = hold(file); !can_be_held) return can_be_held.error();
  auto former = putAside(file);
  if (!former) return former;
  const auto held = hold(file);
  if (!held) return held.error();
  if (*held == nullptr) {
    std::error_code error;
    fs::remove(file.string() + "-wal", error);
    if (error) return failed("removing the log of", file, error);
  }
  if (auto written = files::write(file, image, 0600); !written) return written.error();
  return former;
}

Result<std::optional<fs::path>> beginAnew(const fs::path& file) {
  auto former = replaceStateFile(file, "");
  if (!former) return former;
  auto store = SqliteStore::open(file);
  if (!store) return store.error();
  if (const auto identity = (*store)->identity(); !identity) return identity.error();
  return former;
}

}  // namespace netctl::store
