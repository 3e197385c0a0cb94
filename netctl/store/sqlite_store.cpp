#include "netctl/store/sqlite_store.h"

#include "modes/cloud/commands.h"
#include "modes/cloud/fit.h"
#include "netctl/store/connection.h"
#include "netctl/store/inventory.h"
#include "netctl/store/read_cloud.h"
#include "netctl/store/references.h"
#include "netctl/store/state_file.h"

#include <fmt/format.h>

#include <iterator>
#include <random>
#include <system_error>
#include <vector>

namespace netctl::store {
namespace {

constexpr const char* kSubnet = "VNET_SUBNET/VNET_NETMASK";
/// Before an address whose flows are to be kept. Not in a table of their own: a former version,
/// which does not know of them, can still open the file.
constexpr std::string_view kKeep = "keep flows of ";
constexpr std::string_view kLimitsOf = "limits";  ///< how many kinds the accounts have
constexpr std::string_view kIdentity = "identity";
constexpr std::string_view kInventory = "inventory";

/// What the addresses of instances follow from, as the configuration says it: changed only while
/// none is attached.
struct Remembered {
  const char* key;
  std::string value;
};

std::vector<Remembered> remembered(const cloud::Settings& settings) {
  return {{"VNET_MODE", std::string(cloud::format(settings.mode))},
          {kSubnet, net::format(settings.plan.subnet)},
          {"VNET_ADDRSPERNET", std::to_string(settings.plan.network_size)}};
}

}  // namespace

class SqliteStore::Impl {
 public:
  Impl(std::filesystem::path file, std::unique_ptr<Connection> connection,
       std::optional<Error> unwritable)
      : file_(std::move(file)),
        connection_(std::move(connection)),
        unwritable_(std::move(unwritable)),
        refusal_(unwritable_) {}

  Result<cloud::Cloud> load(cloud::Settings settings, Damage damage) {
    cloud::Cloud cloud(std::move(settings));
    if (auto done = checkReferences(connection_->database); !done) return done.error();
    if (auto done = readCloud(connection_->database, cloud); !done) return done.error();
    if (auto done = checkInventory(cloud, damage); !done) return done.error();
    if (auto done = checkRemembered(cloud); !done) return done.error();
    if (auto fits = cloud::checkFit(cloud); !fits) return fits.error();
    remembered_ = remembered(cloud.settings());
    if (auto done = keepWithinLimits(cloud); !done) return done.error();
    return cloud;
  }

  Result<bool> isNew() {
    const auto known = connection_->meta(kIdentity);
    if (!known) return known.error();
    return !known->has_value();
  }

  [[nodiscard]] const std::optional<Error>& unwritable() const { return unwritable_; }
  [[nodiscard]] Doubt doubt() const { return is_in_doubt_ ? Doubt::Lasting : Doubt::None; }

  [[nodiscard]] std::vector<Trouble> troubles() const {
    if (!refusal_) return {};
    return {{"state file", "cannot be written", "changes are refused: " + refusal_->message,
             "make room on its disk, or make it writable; every change tries again"}};
  }

  Result<std::string> image() { return connection_->database.image(); }

  Result<void> commit(const cloud::Changes& changes, const std::set<net::Ipv4Address>& reviews,
                      const std::set<net::Ipv4Address>& kept) {
    auto written = write(changes, reviews, kept, nullptr);
    const bool refused = !written && written.error().code == ErrorCode::Kernel;
    refusal_ = refused ? std::optional(written.error()) : std::nullopt;
    return written;
  }

  Result<void> follow(const cloud::Changes& changes, const std::set<net::Ipv4Address>& reviews,
                      const std::set<net::Ipv4Address>& kept, const Notes& notes) {
    return write(changes, reviews, kept, &notes);
  }

  Result<std::optional<std::string>> note(std::string_view name) {
    return connection_->meta(noteKey(name));
  }

  Result<void> replaceNotes(const Notes& notes) {
    if (auto writable = becomeWritable(); !writable) return writable;
    auto transaction = connection_->begin();
    if (!transaction) return transaction.error();
    if (auto done = putNotes(notes); !done) return done;
    return end(*transaction);
  }

  /// With notes it is a copy's, and not synced.
  Result<void> write(const cloud::Changes& changes, const std::set<net::Ipv4Address>& reviews,
                     const std::set<net::Ipv4Address>& kept, const Notes* notes) {
    if (auto writable = becomeWritable(); !writable) return writable;
    auto inventory = storedInventory();
    if (!inventory) return inventory.error();
    auto transaction = notes != nullptr ? connection_->beginUnsynced() : connection_->begin();
    if (!transaction) return transaction.error();
    if (auto done = connection_->writer.write(changes); !done) return done;
    for (const auto address : reviews) {
      if (auto done = connection_->add_review.run(net::format(address)); !done) return done;
    }
    for (const auto address : kept) {
      if (auto done = connection_->putMeta(keepKey(address), "1"); !done) return done;
    }
    if (!changes.empty()) {
      inventory->add(changes);
      if (auto done = connection_->putMeta(kInventory, format(*inventory)); !done) return done;
    }
    if (notes != nullptr) {
      if (auto done = putNotes(*notes); !done) return done;
    }
    auto done = notes != nullptr ? transaction->commit() : end(*transaction);
    if (!done) return done;
    inventory_ = *inventory;
    return {};
  }

  Result<std::set<net::Ipv4Address>> pendingReviews() { return addresses(connection_->reviews, 0); }
  Result<std::set<net::Ipv4Address>> pendingKept() {
    return addresses(connection_->kept, kKeep.size());
  }

  Result<void> finishReviews(const std::set<net::Ipv4Address>& addresses) {
    auto transaction = connection_->beginUnsynced();
    if (!transaction) return transaction.error();
    for (const auto address : addresses) {
      if (auto done = connection_->remove_review.run(net::format(address)); !done) return done;
      if (auto done = connection_->remove_meta.run(keepKey(address)); !done) return done;
    }
    return transaction->commit();
  }

  Result<std::optional<std::string>> formerSubnet() { return connection_->meta(kSubnet); }

  Result<std::string> identity() {
    const auto known = connection_->meta(kIdentity);
    if (!known) return known.error();
    if (*known) return **known;
    if (auto writable = becomeWritable(); !writable) return writable.error();
    std::random_device random;
    const auto made = fmt::format("{:08x}{:08x}", random(), random());
    if (auto done = putMeta(kIdentity, made); !done) return done.error();
    return made;
  }

  Result<void> setIdentity(const std::string& identity) { return putMeta(kIdentity, identity); }

 private:
  /// Once, of a file from before there were all of today's limits: none is below what is in use.
  Result<void> keepWithinLimits(cloud::Cloud& cloud) {
    if (unwritable_) return {};
    const auto known = connection_->meta(kLimitsOf);
    if (!known) return known.error();
    const auto today = std::to_string(std::size(cloud::kAllLimits));
    if (*known == today) return {};
    cloud::raiseLimitsToUse(cloud);
    if (auto done = commit(cloud.takeChanges(), {}, {}); !done) return done;
    return putMeta(kLimitsOf, today);
  }

  /// In a transaction of its own.
  Result<void> putMeta(std::string_view key, const std::string& value) {
    auto transaction = connection_->begin();
    if (!transaction) return transaction.error();
    if (auto done = connection_->putMeta(key, value); !done) return done;
    return end(*transaction);
  }

  /// As after the last commit.
  Result<Inventory> storedInventory() {
    if (inventory_) return *inventory_;
    const auto known = connection_->meta(kInventory);
    if (!known) return known.error();
    return *known ? parseInventory(**known) : Inventory();
  }

  Result<void> checkInventory(const cloud::Cloud& cloud, Damage damage) {
    const auto there = inventoryOf(cloud);
    const auto known = connection_->meta(kInventory);
    if (!known) return known.error();
    if (*known && damage == Damage::Refused) {
      const auto stored = parseInventory(**known);
      if (!stored) return stored.error();
      if (const auto differs = difference(*stored, there); !differs.empty()) {
        return Error{ErrorCode::Internal, "InternalError",
                     fmt::format("the state file {} has lost something, or was changed by another "
                                 "program: {}; put a backup back (netctl restore), or take what "
                                 "is there for the cloud (netctl state accept)",
                                 file_.string(), differs)};
      }
    } else if (*known != format(there)) {
      // Of a file from before there was one, too.
      if (auto done = putMeta(kInventory, format(there)); !done) return done;
    }
    inventory_ = there;
    return {};
  }

  Result<void> checkRemembered(const cloud::Cloud& cloud) {
    for (const auto& [key, value] : remembered(cloud.settings())) {
      const auto known = connection_->meta(key);
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
      if (auto done = putMeta(key, value); !done) return done;
    }
    return {};
  }

  static std::string noteKey(std::string_view name) { return "note: " + std::string(name); }

  /// In a transaction that is open.
  Result<void> putNotes(const Notes& notes) {
    for (const auto& [name, text] : notes) {
      auto done = text ? connection_->putMeta(noteKey(name), *text)
                       : connection_->remove_meta.run(noteKey(name));
      if (!done) return done;
    }
    return {};
  }

  static std::string keepKey(net::Ipv4Address address) {
    return std::string(kKeep) + net::format(address);
  }

  /// The addresses that the statement's texts have behind so many letters.
  static Result<std::set<net::Ipv4Address>> addresses(Statement& statement, std::size_t behind) {
    std::set<net::Ipv4Address> addresses;
    auto done = statement.each([&](const Row& row) -> Result<void> {
      const auto address = net::parseIpv4Address(row.text(0).substr(behind));
      if (!address) return address.error();
      addresses.insert(*address);
      return {};
    });
    if (!done) return done.error();
    return addresses;
  }

  /// Goes from the copy to the file itself where that can be written again.
  Result<void> becomeWritable() {
    if (!unwritable_) return {};
    auto opened = Connection::open(file_);
    if (!opened) {
      unwritable_ = opened.error();
      return *unwritable_;
    }
    const auto here = connection_->meta(kInventory);
    const auto there = (*opened)->meta(kInventory);
    if (!here) return here.error();
    if (!there) return there.error();
    if (*here != *there && *there) {
      return Error{ErrorCode::Busy, "Unavailable",
                   fmt::format("the state file {} was changed while it could not be written; "
                               "restart netctld, which then reads it",
                               file_.string())};
    }
    connection_ = *std::move(opened);
    if (*here) {
      if (auto done = putMeta(kInventory, **here); !done) return done;
    }
    for (const auto& [key, value] : remembered_) {
      if (auto done = putMeta(key, value); !done) return done;
    }
    unwritable_.reset();
    return {};
  }

  /// Commits. The kernel forgets what it could not write: after a sync that failed nothing in the
  /// log can be relied on, also what was not synced before. So the log is emptied as a whole.
  Result<void> end(Transaction& transaction) {
    auto committed = transaction.commit();
    if (committed || !transaction.isInDoubt()) return committed;
    if (auto emptied = connection_->database.emptyLog(); !emptied) {
      is_in_doubt_ = true;
      return Error{ErrorCode::Internal, "InternalError",
                   fmt::format("{}; and it cannot be put back: {}", committed.error().message,
                               emptied.error().message)};
    }
    return committed;
  }

  std::filesystem::path file_;
  std::unique_ptr<Connection> connection_;
  std::optional<Error> unwritable_;
  std::optional<Error> refusal_;  ///< the disk's, of the last commit
  bool is_in_doubt_ = false;
  std::optional<Inventory> inventory_;  ///< as last committed; absent: not read yet
  std::vector<Remembered> remembered_;
};

SqliteStore::SqliteStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SqliteStore::~SqliteStore() = default;

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::filesystem::path& file,
                                                       const std::filesystem::path& scratch) {
  const auto prepared = prepareStateFile(file);
  auto connection =
      prepared ? Connection::open(file) : Result<std::unique_ptr<Connection>>(prepared.error());
  std::optional<Error> unwritable;
  std::error_code ignored;
  if (!connection && connection.error().code == ErrorCode::Kernel &&
      std::filesystem::file_size(file, ignored) > 0 && !ignored) {
    unwritable = connection.error();
    connection = Connection::openCopy(file, scratch);
    // The first reason is the one to tell.
    if (!connection) return *unwritable;
  }
  if (!connection) return connection.error();
  return std::unique_ptr<SqliteStore>(
      new SqliteStore(std::make_unique<Impl>(file, *std::move(connection), std::move(unwritable))));
}

Result<cloud::Cloud> SqliteStore::load(cloud::Settings settings, Damage damage) {
  return impl_->load(std::move(settings), damage);
}

Result<bool> SqliteStore::isNew() {
  return impl_->isNew();
}

const std::optional<Error>& SqliteStore::unwritable() const {
  return impl_->unwritable();
}

Result<void> SqliteStore::commit(const cloud::Changes& changes,
                                 const std::set<net::Ipv4Address>& add_reviews,
                                 const std::set<net::Ipv4Address>& add_kept) {
  return impl_->commit(changes, add_reviews, add_kept);
}

Result<void> SqliteStore::follow(const cloud::Changes& changes,
                                 const std::set<net::Ipv4Address>& add_reviews,
                                 const std::set<net::Ipv4Address>& add_kept, const Notes& notes) {
  return impl_->follow(changes, add_reviews, add_kept, notes);
}

Result<std::optional<std::string>> SqliteStore::note(std::string_view name) {
  return impl_->note(name);
}

Result<void> SqliteStore::replaceNotes(const Notes& notes) {
  return impl_->replaceNotes(notes);
}

Result<void> SqliteStore::setIdentity(const std::string& identity) {
  return impl_->setIdentity(identity);
}

Doubt SqliteStore::doubt() const {
  return impl_->doubt();
}

std::vector<Trouble> SqliteStore::troubles() const {
  return impl_->troubles();
}

Result<std::string> SqliteStore::image() {
  return impl_->image();
}

Result<std::optional<std::string>> SqliteStore::formerSubnet() {
  return impl_->formerSubnet();
}

Result<std::string> SqliteStore::identity() {
  return impl_->identity();
}

Result<std::set<net::Ipv4Address>> SqliteStore::pendingReviews() {
  return impl_->pendingReviews();
}

Result<std::set<net::Ipv4Address>> SqliteStore::pendingKept() {
  return impl_->pendingKept();
}

Result<void> SqliteStore::finishReviews(const std::set<net::Ipv4Address>& addresses) {
  return impl_->finishReviews(addresses);
}

}  // namespace netctl::store
