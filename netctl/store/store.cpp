#include "netctl/store/store.h"

#include "modes/cloud/fit.h"
#include "netctl/store/change_writer.h"
#include "netctl/store/read_cloud.h"
#include "netctl/store/schema.h"
#include "netctl/store/sqlite.h"
#include "netctl/store/state_file.h"

#include <fmt/format.h>

#include <random>

namespace netctl::store {
namespace {

constexpr const char* kSubnet = "VNET_SUBNET/VNET_NETMASK";

/// What the addresses of instances follow from, as the configuration says it: changed only while
/// none is attached.
struct Remembered {
  const char* key;
  std::string value;
};

/// The log is synced at every commit (sqlite.org/pragma.html#pragma_synchronous).
constexpr const char* kSynced = "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000";
/// The log is not synced. A checkpoint would do it, and nobody would hear of its failure.
constexpr const char* kNotSynced = "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0";

std::vector<Remembered> remembered(const cloud::Settings& settings) {
  return {{"VNET_MODE", std::string(cloud::format(settings.mode))},
          {kSubnet, net::format(settings.plan.subnet)},
          {"VNET_ADDRSPERNET", std::to_string(settings.plan.network_size)}};
}

}  // namespace

class Store::Impl {
 public:
  explicit Impl(Database database) : database_(std::move(database)) {}

  Result<void> prepare() {
    // In this order: the lock is taken by the first access, and WAL without shared memory needs it
    // before. FULL syncs the log at every commit (sqlite.org/pragma.html#pragma_synchronous).
    if (auto done = database_.execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; "
                                      "PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF");
        !done) {
      if (done.error().code != ErrorCode::Busy) return done;
      return Error{ErrorCode::Busy, "Unavailable",
                   "the state file is in use by another process: is a netctld running already?"};
    }
    // A table that is replaced would take with it what refers to it.
    if (auto done = migrate(database_); !done) return done;
    // What the last run could not sync is in the kernel's cache, and perhaps not on the disk.
    if (auto done = database_.emptyLog(); !done) return done;
    return database_.execute("PRAGMA foreign_keys = ON");
  }

  Result<cloud::Cloud> load(cloud::Settings settings) {
    cloud::Cloud cloud(std::move(settings));
    if (auto done = readCloud(database_, cloud); !done) return done.error();
    if (auto done = checkRemembered(cloud); !done) return done.error();
    if (auto fits = cloud::checkFit(cloud); !fits) return fits.error();
    return cloud;
  }

  Result<void> commit(const cloud::Changes& changes, const std::set<net::Ipv4Address>& reviews) {
    auto transaction = begin(kSynced);
    if (!transaction) return transaction.error();
    if (auto done = writer_.write(changes); !done) return done;
    for (const auto address : reviews) {
      if (auto done = add_review_.run(net::format(address)); !done) return done;
    }
    return end(*transaction);
  }

  [[nodiscard]] bool isInDoubt() const { return is_in_doubt_; }

  Result<std::set<net::Ipv4Address>> pendingReviews() {
    std::set<net::Ipv4Address> addresses;
    auto done = reviews_.each([&](const Row& row) -> Result<void> {
      const auto address = net::parseIpv4Address(row.text(0));
      if (!address) return address.error();
      addresses.insert(*address);
      return {};
    });
    if (!done) return done.error();
    return addresses;
  }

  Result<void> finishReviews(const std::set<net::Ipv4Address>& addresses) {
    auto transaction = begin(kNotSynced);
    if (!transaction) return transaction.error();
    for (const auto address : addresses) {
      if (auto done = remove_review_.run(net::format(address)); !done) return done;
    }
    return transaction->commit();
  }

  Result<std::optional<std::string>> formerSubnet() { return meta(kSubnet); }

  Result<std::string> identity() {
    constexpr std::string_view kKey = "identity";
    const auto known = meta(kKey);
    if (!known) return known.error();
    if (*known) return **known;
    std::random_device random;
    const auto made = fmt::format("{:08x}{:08x}", random(), random());
    auto transaction = begin(kSynced);
    if (!transaction) return transaction.error();
    if (auto done = put_meta_.run(kKey, made); !done) return done.error();
    if (auto done = end(*transaction); !done) return done.error();
    return made;
  }

 private:
  Result<std::optional<std::string>> meta(std::string_view key) {
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

  Result<void> checkRemembered(const cloud::Cloud& cloud) {
    for (const auto& [key, value] : remembered(cloud.settings())) {
      const auto known = meta(key);
      if (!known) return known.error();
      const auto& former = *known;
      if (former == value) continue;
      if (former && !cloud.instances().empty()) {
        return Error{ErrorCode::Conflict, "InvalidConfiguration",
                     fmt::format("{} is {}, but {} instances are attached under {}, {} is one; "
                                 "restore it, or detach them under the former configuration",
                                 key, value, cloud.instances().size(), *former,
                                 cloud.instances().begin()->first.text())};
      }
      if (auto done = put_meta_.run(std::string_view(key), value); !done) return done;
    }
    return {};
  }

  /// A transaction that is synced as the pragmas say.
  Result<Transaction> begin(const char* pragmas) {
    if (auto done = database_.execute(pragmas); !done) return done.error();
    return Transaction::begin(database_);
  }

  /// Commits. The kernel forgets what it could not write: after a sync that failed nothing in the
  /// log can be relied on, also what was not synced before. So the log is emptied as a whole.
  Result<void> end(Transaction& transaction) {
    auto committed = transaction.commit();
    if (committed || !transaction.isInDoubt()) return committed;
    if (auto emptied = database_.emptyLog(); !emptied) {
      is_in_doubt_ = true;
      return Error{ErrorCode::Internal, "InternalError",
                   fmt::format("{}; and it cannot be put back: {}", committed.error().message,
                               emptied.error().message)};
    }
    return committed;
  }

  Database database_;
  bool is_in_doubt_ = false;
  ChangeWriter writer_{database_};
  Statement add_review_{database_, "INSERT OR IGNORE INTO flow_reviews (address) VALUES (?)"};
  Statement remove_review_{database_, "DELETE FROM flow_reviews WHERE address = ?"};
  Statement reviews_{database_, "SELECT address FROM flow_reviews"};
  Statement meta_{database_, "SELECT value FROM meta WHERE key = ?"};
  Statement put_meta_{database_, "INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)"};
};

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

Result<std::unique_ptr<Store>> Store::open(const std::filesystem::path& file) {
  if (auto prepared = prepareStateFile(file); !prepared) return prepared.error();
  auto database = Database::open(file);
  if (!database) return database.error();
  auto impl = std::make_unique<Impl>(std::move(*database));
  if (auto prepared = impl->prepare(); !prepared) return prepared.error();
  return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Result<cloud::Cloud> Store::load(cloud::Settings settings) {
  return impl_->load(std::move(settings));
}

Result<void> Store::commit(const cloud::Changes& changes,
                           const std::set<net::Ipv4Address>& add_reviews) {
  return impl_->commit(changes, add_reviews);
}

bool Store::isInDoubt() const {
  return impl_->isInDoubt();
}

Result<std::optional<std::string>> Store::formerSubnet() {
  return impl_->formerSubnet();
}

Result<std::string> Store::identity() {
  return impl_->identity();
}

Result<std::set<net::Ipv4Address>> Store::pendingReviews() {
  return impl_->pendingReviews();
}

Result<void> Store::finishReviews(const std::set<net::Ipv4Address>& addresses) {
  return impl_->finishReviews(addresses);
}

}  // namespace netctl::store
