#include "netctl/store/etcd/move.h"

#include "netctl/store/etcd/local_copy.h"
#include "netctl/store/etcd/operations.h"
#include "netctl/store/etcd/stored_cloud.h"

#include <fmt/format.h>

#include <utility>

namespace netctl::store {
namespace {

Error refusedMove(std::string message) {
  return {ErrorCode::Conflict, "InvalidConfiguration", std::move(message)};
}

Error holdsACloud(const std::string& where) {
  return refusedMove(where + " has a cloud already, and it is another, or has changed since");
}

std::size_t objectsOf(const cloud::Cloud& cloud) {
  const cloud::Cloud none(cloud.settings());
  return weightOf(operationsOf(cloud::difference(none, cloud), "")).operations;
}

etcd::Range whole(const std::string& prefix) {
  return {.first = prefix, .end = etcd::endOf(prefix)};
}

/// Writes many keys in several transactions, each guarded by the key that says that a move is going
/// on.
class Writer {
 public:
  Writer(etcd::Client& client, const std::string& prefix, std::string identity)
      : client_(client),
        prefix_(prefix),
        key_(prefix + std::string(kMovingKey)),
        identity_(std::move(identity)) {}

  /// Takes away what a move of the same cloud has left that was cut off. Conflict where there is
  /// anything else.
  Result<void> begin() {
    const auto moving = client_.range({.first = key_});
    if (!moving) return moving.error();
    etcd::Transaction transaction{.guard = key_, .puts = {{key_, identity_}}};
    if (!moving->pairs.empty() && moving->pairs.front().value == identity_) {
      transaction.guard_revision = moving->pairs.front().mod_revision;
      // One transaction must not write a key twice.
      const auto emptied = client_.commit({.guard = key_,
                                           .guard_revision = transaction.guard_revision,
                                           .deletes = {whole(prefix_)}});
      if (!emptied) return emptied.error();
      if (!emptied->succeeded) return holdsACloud(prefix_ + " in etcd");
      transaction.guard_revision = 0;
    } else {
      auto first = whole(prefix_);
      first.limit = 1;
      const auto others = client_.range(first);
      if (!others) return others.error();
      if (!others->pairs.empty()) {
        return refusedMove(
            fmt::format("below {} in etcd there are keys already, as {}; choose "
                        "another NETCTL_ETCD_PREFIX, or remove them (etcdctl del "
                        "--prefix {})",
                        prefix_, others->pairs.front().key, prefix_));
      }
    }
    return commit(std::move(transaction));
  }

  Result<void> put(std::vector<etcd::Put> puts) {
    etcd::Transaction transaction;
    std::size_t bytes = 0;
    for (auto& put : puts) {
      if (put.value.size() > kLargestValue) {
        return refusedMove(fmt::format("the value of {} would have {} bytes, and etcd takes {}",
                                       put.key, put.value.size(), kLargestValue));
      }
      const auto more = put.key.size() + put.value.size();
      if (transaction.puts.size() == kMostOperations || bytes + more > kLargestBatch) {
        if (auto done = commitPart(std::exchange(transaction, {})); !done) return done;
        bytes = 0;
      }
      bytes += more;
      transaction.puts.push_back(std::move(put));
    }
    return transaction.puts.empty() ? Result<void>{} : commitPart(std::move(transaction));
  }

  /// From then on the prefix has a cloud. Gives the revision.
  Result<std::int64_t> end(etcd::Put meta) {
    etcd::Transaction transaction{.guard = key_, .guard_revision = revision_};
    transaction.puts.push_back(std::move(meta));
    transaction.deletes.push_back({.first = key_});
    if (auto done = commit(std::move(transaction)); !done) return done.error();
    return revision_;
  }

 private:
  Result<void> commitPart(etcd::Transaction transaction) {
    transaction.guard = key_;
    transaction.guard_revision = revision_;
    transaction.puts.push_back({key_, identity_});
    return commit(std::move(transaction));
  }

  Result<void> commit(etcd::Transaction transaction) {
    const auto committed = client_.commit(transaction);
    if (!committed) return committed.error();
    if (!committed->succeeded) {
      return refusedMove(fmt::format("somebody else writes below {} in etcd", prefix_));
    }
    revision_ = committed->revision;
    return {};
  }

  etcd::Client& client_;
  std::string prefix_;
  std::string key_;
  std::string identity_;
  std::int64_t revision_ = 0;
};

/// A state file and what it is.
struct Local {
  std::unique_ptr<SqliteStore> store;
  bool is_new = false;
  bool is_copy = false;
};

Result<Local> openLocal(const EtcdPlace& place) {
  auto store = SqliteStore::open(place.file);
  if (!store) return store.error();
  const auto is_new = (*store)->isNew();
  if (!is_new) return is_new.error();
  const auto prefix = copiedPrefix(**store);
  if (!prefix) return prefix.error();
  if (*prefix && **prefix != place.prefix) {
    return refusedMove(
        fmt::format("the state file {} is the copy of a cloud below {} in etcd, but "
                    "NETCTL_ETCD_PREFIX is {}",
                    place.file.string(), **prefix, place.prefix));
  }
  return Local{*std::move(store), *is_new, prefix->has_value()};
}

Result<void> writeAll(Writer& writer, const cloud::Cloud& cloud, const PendingReviews& pending,
                      const std::string& prefix) {
  if (auto begun = writer.begin(); !begun) return begun;
  const cloud::Cloud none(cloud.settings());
  auto puts = operationsOf(cloud::difference(none, cloud), prefix).puts;
  if (pending != PendingReviews{}) {
    puts.push_back({prefix + std::string(kReviewsKey), format(pending)});
  }
  return writer.put(std::move(puts));
}

/// The cloud there is the one here, as it is.
bool isTheSame(const CloudMeta& meta, const std::string& identity, const cloud::Cloud& cloud) {
  return meta.identity == identity && meta.inventory == inventoryOf(cloud);
}

}  // namespace

Result<Moved> moveToEtcd(const EtcdPlace& place, const cloud::Settings& settings) {
  auto local = openLocal(place);
  if (!local) return local.error();
  auto& store = *local->store;
  if (local->is_copy) return refusedMove("the cloud is in etcd already");
  if (local->is_new) {
    return refusedMove(
        fmt::format("the state file {} has no cloud; NETCTL_STORE=\"etcd\" alone "
                    "begins one",
                    place.file.string()));
  }
  const auto cloud = store.load(settings);
  if (!cloud) return cloud.error();
  const auto identity = store.identity();
  if (!identity) return identity.error();
  auto review = store.pendingReviews();
  if (!review) return review.error();
  auto keep = store.pendingKept();
  if (!keep) return keep.error();
  etcd::Client client(place.access);
  const auto guard = readGuard(client, place.prefix);
  if (!guard) return guard.error();
  CloudMeta meta{.identity = *identity,
                 .writer = newId(),
                 .writer_host = place.host,
                 .last = newId(),
                 .inventory = inventoryOf(*cloud)};
  std::int64_t revision = 0;
  if (*guard) {
    // Cut off before the file was made a copy.
    if (!isTheSame((*guard)->meta, *identity, *cloud))
      return holdsACloud(place.prefix + " in etcd");
    meta = (*guard)->meta;
    revision = (*guard)->revision;
  } else {
    if (auto done = remember(*cloud, meta); !done) return done.error();
    Writer writer(client, place.prefix, *identity);
    const PendingReviews pending{*std::move(review), *std::move(keep)};
    if (auto done = writeAll(writer, *cloud, pending, place.prefix); !done) return done.error();
    const auto ended = writer.end({place.prefix + std::string(kMetaKey), format(meta)});
    if (!ended) return ended.error();
    revision = *ended;
  }
  if (auto done = markAsCopy(store, place.prefix, meta.writer, revision); !done) {
    return done.error();
  }
  return Moved{objectsOf(*cloud)};
}

Result<Moved> moveToSqlite(const EtcdPlace& place, const cloud::Settings& settings) {
  auto local = openLocal(place);
  if (!local) return local.error();
  auto& store = *local->store;
  etcd::Client client(place.access);
  const auto stored = readStored(client, place.prefix, settings);
  if (!stored) return stored.error();
  if (auto checked = checkStored(*stored, place.prefix); !checked) return checked.error();
  const auto& meta = stored->guard.meta;
  const auto there = store.load(settings, Damage::Accepted);
  if (!there) return there.error();
  if (!local->is_new) {
    const auto identity = store.identity();
    if (!identity) return identity.error();
    const bool is_same =
        local->is_copy ? meta.identity == *identity : isTheSame(meta, *identity, *there);
    if (!is_same) return holdsACloud(fmt::format("the state file {}", place.file.string()));
  }
  if (auto done = store.commit(cloud::difference(*there, stored->cloud), stored->reviews.review,
                               stored->reviews.keep);
      !done) {
    return done.error();
  }
  if (auto done = store.setIdentity(meta.identity); !done) return done.error();
  if (auto done = markAsStore(store); !done) return done.error();
  const auto removed = client.commit({.guard = place.prefix + std::string(kMetaKey),
                                      .guard_revision = stored->guard.revision,
                                      .deletes = {whole(place.prefix)}});
  if (!removed) return removed.error();
  if (!removed->succeeded) {
    return refusedMove(
        fmt::format("somebody has written below {} in etcd meanwhile", place.prefix));
  }
  return Moved{objectsOf(stored->cloud)};
}

Result<Moved> makeCopyTheStore(const EtcdPlace& place, const cloud::Settings& settings) {
  auto local = openLocal(place);
  if (!local) return local.error();
  if (local->is_new || !local->is_copy) {
    return refusedMove(
        fmt::format("the state file {} is not a copy of a cloud in etcd", place.file.string()));
  }
  const auto cloud = local->store->load(settings);
  if (!cloud) return cloud.error();
  if (auto done = markAsStore(*local->store); !done) return done.error();
  return Moved{objectsOf(*cloud)};
}

Result<std::string> takeOver(const EtcdPlace& place) {
  const auto copy = LocalCopy::open(place.file, place.prefix, "/run");
  if (!copy) return copy.error();
  etcd::Client client(place.access);
  const auto guard = readGuard(client, place.prefix);
  if (!guard) return guard.error();
  if (!*guard) {
    return refusedMove(fmt::format("there is not a cloud below {} in etcd", place.prefix));
  }
  auto meta = (*guard)->meta;
  if (copy->isThere() && copy->identity() != meta.identity) {
    return holdsACloud(fmt::format("the state file {}", place.file.string()));
  }
  const auto former = meta.writer_host;
  meta.writer = copy->writer();
  meta.writer_host = place.host;
  meta.last = newId();
  const auto key = place.prefix + std::string(kMetaKey);
  const auto done = client.commit(
      {.guard = key, .guard_revision = (*guard)->revision, .puts = {{key, format(meta)}}});
  if (!done) return done.error();
  if (!done->succeeded) {
    return Error{ErrorCode::Busy, "Unavailable",
                 fmt::format("the netctld of {} writes the cloud; stop it first", former)};
  }
  return former;
}

}  // namespace netctl::store
