#include "netctl/store/etcd/etcd_store.h"

#include "modes/cloud/fit.h"
#include "netctl/store/etcd/contact.h"
#include "netctl/store/etcd/local_copy.h"
#include "netctl/store/etcd/operations.h"
#include "netctl/store/etcd/stored_cloud.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <utility>

namespace netctl::store {
namespace {

Error conflict(std::string message) {
  return {ErrorCode::Conflict, "InvalidConfiguration", std::move(message)};
}

/// What was asked of etcd and not answered.
struct Doubted {
  cloud::Changes changes;
  PendingReviews added;
  CloudMeta meta;  ///< as the commit would leave it
  PendingReviews pending;
  std::string reviews_text;
};

}  // namespace

class EtcdStore::Impl {
 public:
  Impl(EtcdPlace place, LocalCopy copy)
      : place_(std::move(place)), client_(place_.access), copy_(std::move(copy)) {}

  /// What etcd says of the cloud, against what the copy says.
  Result<void> begin() {
    auto guard = readGuard(client_, place_.prefix);
    if (!guard) {
      if (!copy_.isThere()) return guard.error();
      guard_ = Guard{{.identity = copy_.identity()}, copy_.revision()};
      goAway(guard.error());
      return {};
    }
    if (!*guard) return beginNew();
    if (auto ours = checkOurs((*guard)->meta); !ours) return ours;
    guard_ = **guard;
    return {};
  }

  Result<cloud::Cloud> load(cloud::Settings settings, Damage damage) {
    if (doubted_) return unknown();
    // Not before: netctld gives up rights first, which threads that are there would keep.
    if (!contact_) {
      contact_ = std::make_unique<Contact>(place_.access, metaKey());
      if (away_) contact_->lost();
    }
    if (!away_) {
      auto loaded = guard_ ? loadStored(settings, damage) : makeCloud(settings);
      if (loaded || !loaded.error().retryable() || !copy_.isThere()) return loaded;
      goAway(loaded.error());
    }
    auto loaded = copy_.load(std::move(settings));
    if (!loaded) return loaded;
    auto pending = copy_.pending();
    if (!pending) return pending.error();
    pending_ = *std::move(pending);
    return loaded;
  }

  [[nodiscard]] bool isNew() const { return !guard_; }

  Result<std::optional<std::string>> formerSubnet() {
    if (away_) return copy_.store().formerSubnet();
    if (!guard_ || guard_->meta.subnet.empty()) return std::optional<std::string>{};
    return std::optional(guard_->meta.subnet);
  }

  Result<std::string> identity() {
    if (guard_) return guard_->meta.identity;
    return Error{ErrorCode::Internal, "InternalError", "the cloud has not been loaded"};
  }

  Result<Weight> weigh(const cloud::Changes& changes) const {
    if (changes.empty()) return Weight{};
    const auto operations = operationsOf(changes, place_.prefix);
    if (auto fits = checkCommand(operations); !fits) return fits.error();
    return weightOf(operations);
  }

  Result<void> commit(const cloud::Changes& changes, const std::set<net::Ipv4Address>& reviews,
                      const std::set<net::Ipv4Address>& kept) {
    if (fenced_) return *fenced_;
    if (doubted_) return unknown();
    if (away_) return refusal();
    auto meta = guard_->meta;
    meta.inventory.add(changes);
    Doubted asked{changes, {reviews, kept}, std::move(meta), pending_, reviews_text_};
    asked.pending.review.insert(reviews.begin(), reviews.end());
    asked.pending.keep.insert(kept.begin(), kept.end());
    auto done = ask(asked);
    // It is known that nothing was done, and etcd is there: a member was restarted meanwhile.
    if (!done && done.error().reason == "NotDone") done = ask(asked);
    return done;
  }

  [[nodiscard]] Doubt doubt() const { return doubted_ ? Doubt::Passing : Doubt::None; }

  Result<std::optional<Return>> look(const cloud::Cloud& cloud) {
    if (!away_ || fenced_ || !contact_->isThere()) return std::optional<Return>{};
    if (doubted_) {
      auto done = resolve(*doubted_);
      if (!done) return stayAway(done.error());
      if (*done) accept(*std::exchange(doubted_, std::nullopt));
      const bool was_committed = !doubted_;
      doubted_.reset();
      comeBack();
      return std::optional(Return{was_committed, {}});
    }
    auto guard = readGuard(client_, place_.prefix);
    if (!guard) return stayAway(guard.error());
    if (!*guard)
      return fence(conflict(fmt::format("the cloud below {} in etcd is gone", place_.prefix)));
    if (auto ours = checkOurs((*guard)->meta); !ours) return fence(ours.error());
    if ((*guard)->revision == guard_->revision && !guard_->meta.writer.empty()) {
      comeBack();
      return std::optional<Return>{};
    }
    return catchUp(cloud);
  }

  [[nodiscard]] std::vector<Trouble> troubles() const {
    std::vector<Trouble> troubles;
    if (fenced_) {
      troubles.push_back({"etcd", "is not this host's to write",
                          "changes are refused: " + fenced_->message,
                          "leave one netctld that writes this cloud, and restart it"});
    } else if (away_) {
      troubles.push_back({"etcd", "cannot be reached",
                          "changes are refused, packets go on: " + *away_,
                          "start its members, of which a majority must answer, or mend the way to "
                          "them; netctld asks each second"});
    } else if (const auto alarms = contact_ ? contact_->alarms() : std::vector<std::string>{};
               !alarms.empty()) {
      troubles.push_back({"etcd", "has the alarm " + alarms.front(), "changes are refused",
                          "NOSPACE: compact and defragment it, or raise its quota, and disarm the "
                          "alarm (docs/clusters.md)"});
    }
    if (copy_.trouble()) {
      troubles.push_back(
          {"state file", "cannot be written",
           "a start without etcd would find an older cloud: " + copy_.trouble()->message,
           "make room on its disk, or make it writable; every change tries again", false});
    }
    return troubles;
  }

  Result<std::string> image() { return copy_.store().image(); }
  [[nodiscard]] const PendingReviews& pending() const { return pending_; }

  /// In etcd with the next commit: to review twice does no harm.
  Result<void> finishReviews(const std::set<net::Ipv4Address>& addresses) {
    for (const auto address : addresses) {
      pending_.review.erase(address);
      pending_.keep.erase(address);
    }
    return copy_.finishReviews(addresses);
  }

 private:
  [[nodiscard]] std::string metaKey() const { return place_.prefix + std::string(kMetaKey); }

  [[nodiscard]] Error unknown() const {
    return {ErrorCode::Busy, "Unavailable",
            "etcd has not told yet whether it has taken the last change; nothing has changed, try "
            "again: " +
                away_.value_or("")};
  }
  [[nodiscard]] Error refusal() const {
    return {ErrorCode::Busy, "Unavailable",
            "etcd does not answer; nothing has changed, try again: " + *away_};
  }

  /// The prefix has no cloud.
  Result<void> beginNew() {
    if (copy_.isThere()) {
      return conflict(fmt::format(
          "there is no cloud below {} in etcd, but the state file {} is the copy of one; restore "
          "etcd from its snapshot, or make the copy the store (netctl store move --to sqlite "
          "--from-copy)",
          place_.prefix, place_.file.string()));
    }
    const auto others =
        client_.range({.first = place_.prefix, .end = etcd::endOf(place_.prefix), .limit = 1});
    if (!others) return others.error();
    if (others->pairs.empty()) return {};
    return conflict(
        fmt::format("below {} in etcd there are keys, as {}, but not a cloud; end the "
                    "move that was cut off (netctl store move), or choose another "
                    "NETCTL_ETCD_PREFIX",
                    place_.prefix, others->pairs.front().key));
  }

  [[nodiscard]] Result<void> checkOurs(const CloudMeta& meta) const {
    if (copy_.isThere() && copy_.identity() != meta.identity) {
      return conflict(
          fmt::format("the cloud below {} in etcd is another one ({}) than the state "
                      "file {} is a copy of ({}); choose its NETCTL_ETCD_PREFIX, or "
                      "move the file away",
                      place_.prefix, meta.identity, place_.file.string(), copy_.identity()));
    }
    if (meta.writer == copy_.writer()) return {};
    return conflict(
        fmt::format("the cloud below {} in etcd is written by the netctld of {}; one "
                    "host at a time does: stop that one, and make it this host "
                    "(netctl store take)",
                    place_.prefix, meta.writer_host));
  }

  Result<cloud::Cloud> makeCloud(const cloud::Settings& settings) {
    cloud::Cloud cloud(settings);
    CloudMeta meta{.identity = newId(),
                   .writer = copy_.writer(),
                   .writer_host = place_.host,
                   .inventory = inventoryOf(cloud)};
    if (auto done = remember(cloud, meta); !done) return done.error();
    guard_ = Guard{};
    if (auto done = ask({{}, {}, std::move(meta), {}, {}}); !done) {
      guard_.reset();
      doubted_.reset();
      return done.error();
    }
    copy_.become(cloud, {}, guard_->meta.identity, guard_->revision);
    return cloud;
  }

  Result<cloud::Cloud> loadStored(const cloud::Settings& settings, Damage damage) {
    auto stored = readStored(client_, place_.prefix, settings);
    if (!stored) return stored.error();
    if (auto ours = checkOurs(stored->guard.meta); !ours) return ours.error();
    auto checked = checkStored(*stored, place_.prefix);
    if (!checked && damage == Damage::Refused) return checked.error();
    auto meta = stored->guard.meta;
    if (auto done = remember(stored->cloud, meta); !done) return done.error();
    if (auto fits = cloud::checkFit(stored->cloud); !fits) return fits.error();
    meta.inventory = inventoryOf(stored->cloud);
    if (auto done = take(*stored); !done) return done.error();
    if (meta != guard_->meta) {
      if (auto done = ask({{}, {}, std::move(meta), pending_, reviews_text_}); !done) {
        doubted_.reset();
        return done.error();
      }
    }
    copy_.become(stored->cloud, pending_, guard_->meta.identity, guard_->revision);
    return std::move(stored->cloud);
  }

  /// The copy knows of reviews that are done, as long as it is of the same revision.
  Result<void> take(const StoredCloud& stored) {
    guard_ = stored.guard;
    reviews_text_ = stored.reviews_text;
    pending_ = stored.reviews;
    if (!copy_.isThere() || copy_.revision() != guard_->revision) return {};
    auto pending = copy_.pending();
    if (!pending) return pending.error();
    pending_ = *std::move(pending);
    return {};
  }

  Result<std::optional<Return>> catchUp(const cloud::Cloud& cloud) {
    auto stored = readStored(client_, place_.prefix, cloud.settings());
    if (!stored) return stayAway(stored.error());
    if (auto checked = checkStored(*stored, place_.prefix); !checked) return fence(checked.error());
    if (auto fits = cloud::checkFit(stored->cloud); !fits) return fence(fits.error());
    if (auto done = take(*stored); !done) return done.error();
    copy_.become(stored->cloud, pending_, guard_->meta.identity, guard_->revision);
    comeBack();
    return std::optional(Return{false, cloud::difference(cloud, stored->cloud)});
  }

  /// One guarded transaction. NotDone where that had to be found out.
  Result<void> ask(Doubted asked) {
    asked.meta.last = newId();
    auto operations = operationsOf(asked.changes, place_.prefix);
    etcd::Transaction transaction{.guard = metaKey(), .guard_revision = guard_->revision};
    transaction.puts = std::move(operations.puts);
    for (auto& key : operations.deletes) transaction.deletes.push_back({.first = std::move(key)});
    if (asked.pending != PendingReviews{} || !asked.reviews_text.empty()) {
      auto text = format(asked.pending);
      if (text != asked.reviews_text) {
        transaction.puts.push_back({place_.prefix + std::string(kReviewsKey), text});
        asked.reviews_text = std::move(text);
      }
    }
    transaction.puts.push_back({metaKey(), format(asked.meta)});
    const auto committed = client_.commit(transaction);
    if (!committed && committed.error().code != ErrorCode::Timeout) {
      if (!committed.error().retryable() || committed.error().reason == "NoSpace") {
        return refused(committed.error());
      }
      goAway(committed.error());
      return refusal();
    }
    if (committed && committed->succeeded) {
      guard_->revision = committed->revision;
      accept(asked);
      return {};
    }
    auto done = committed ? judge(asked, *committed) : resolve(asked);
    if (!done) {
      if (fenced_) return *fenced_;
      doubted_ = std::move(asked);
      goAway(done.error());
      return Error{ErrorCode::Timeout, "Unavailable", *away_};
    }
    if (!*done) {
      return Error{ErrorCode::Busy, "NotDone",
                   "etcd did not take the change; nothing has changed, try again"};
    }
    accept(asked);
    return {};
  }

  static Error refused(Error error) {
    // Whoever asked for a change of the cloud has no rights in etcd that could be wanting.
    error.code = ErrorCode::Busy;
    error.reason = "Unavailable";
    error.message = "etcd refuses the change: " + error.message;
    return error;
  }

  /// Whether a transaction that was not answered was done, and from then on whatever becomes of it:
  /// another one takes its guard from it. Conflict where somebody else has written.
  Result<bool> resolve(const Doubted& asked) {
    auto meta = guard_->meta;
    meta.last = newId();
    const auto committed = client_.commit({.guard = metaKey(),
                                           .guard_revision = guard_->revision,
                                           .puts = {{metaKey(), format(meta)}}});
    bumps_.insert(meta.last);
    if (!committed) return committed.error();
    if (committed->succeeded) {
      guard_ = Guard{std::move(meta), committed->revision};
      bumps_.clear();
      return false;
    }
    return judge(asked, *committed);
  }

  /// The guard was another: whose?
  Result<bool> judge(const Doubted& asked, const etcd::Committed& committed) {
    if (!committed.guard) {
      return fenceBy(conflict(fmt::format("the cloud below {} in etcd is gone", place_.prefix)));
    }
    auto meta = parseMeta(committed.guard->value);
    if (!meta) return fenceBy(meta.error());
    if (meta->last == asked.meta.last || bumps_.contains(meta->last)) {
      const bool is_done = meta->last == asked.meta.last;
      guard_ = Guard{*std::move(meta), committed.guard->mod_revision};
      bumps_.clear();
      return is_done;
    }
    if (auto ours = checkOurs(*meta); !ours) return fenceBy(ours.error());
    return fenceBy(conflict(fmt::format("another program has written {} in etcd", metaKey())));
  }

  Error fenceBy(Error error) {
    error.code = ErrorCode::Conflict;
    fenced_ = error;
    spdlog::error("store writes no more error=\"{}\"", error.message);
    return error;
  }
  Result<std::optional<Return>> fence(Error error) {
    fenced_ = fenceBy(std::move(error));
    away_.reset();
    return std::optional<Return>{};
  }

  void accept(const Doubted& done) {
    guard_->meta = done.meta;
    pending_ = done.pending;
    reviews_text_ = done.reviews_text;
    if (done.changes.empty() && done.added == PendingReviews{}) return;
    copy_.follow(done.changes, done.added, guard_->revision);
  }

  void goAway(const Error& error) {
    if (!away_) spdlog::warn("store etcd does not answer error=\"{}\"", error.message);
    away_ = error.message;
    if (contact_) contact_->lost();
  }
  Result<std::optional<Return>> stayAway(const Error& error) {
    goAway(error);
    return std::optional<Return>{};
  }
  void comeBack() {
    away_.reset();
    spdlog::info("store etcd answers again");
  }

  EtcdPlace place_;
  etcd::Client client_;
  LocalCopy copy_;
  std::unique_ptr<Contact> contact_;
  std::optional<Guard> guard_;       ///< as last known; absent: there is no cloud yet
  std::optional<std::string> away_;  ///< why etcd is
  std::optional<Error> fenced_;
  std::optional<Doubted> doubted_;
  std::set<std::string> bumps_;  ///< by which it was asked what became of a transaction
  PendingReviews pending_;
  std::string reviews_text_;  ///< as in etcd
};

EtcdStore::EtcdStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
EtcdStore::~EtcdStore() = default;

Result<std::unique_ptr<EtcdStore>> EtcdStore::open(EtcdPlace place,
                                                   const std::filesystem::path& scratch) {
  auto copy = LocalCopy::open(place.file, place.prefix, scratch);
  if (!copy) return copy.error();
  auto impl = std::make_unique<Impl>(std::move(place), *std::move(copy));
  if (auto begun = impl->begin(); !begun) return begun.error();
  return std::unique_ptr<EtcdStore>(new EtcdStore(std::move(impl)));
}

Result<cloud::Cloud> EtcdStore::load(cloud::Settings settings, Damage damage) {
  return impl_->load(std::move(settings), damage);
}

Result<bool> EtcdStore::isNew() {
  return impl_->isNew();
}

Result<std::optional<std::string>> EtcdStore::formerSubnet() {
  return impl_->formerSubnet();
}

Result<std::string> EtcdStore::identity() {
  return impl_->identity();
}

Result<Weight> EtcdStore::weigh(const cloud::Changes& changes) const {
  return impl_->weigh(changes);
}

bool EtcdStore::holds(const Weight& batch) const {
  return batch.operations <= kMostOfBatch && batch.bytes <= kLargestBatch;
}

Result<void> EtcdStore::commit(const cloud::Changes& changes,
                               const std::set<net::Ipv4Address>& add_reviews,
                               const std::set<net::Ipv4Address>& add_kept) {
  return impl_->commit(changes, add_reviews, add_kept);
}

Doubt EtcdStore::doubt() const {
  return impl_->doubt();
}

Result<std::optional<Return>> EtcdStore::look(const cloud::Cloud& cloud) {
  return impl_->look(cloud);
}

std::vector<Trouble> EtcdStore::troubles() const {
  return impl_->troubles();
}

Result<std::string> EtcdStore::image() {
  return impl_->image();
}

Result<std::set<net::Ipv4Address>> EtcdStore::pendingReviews() {
  return impl_->pending().review;
}

Result<std::set<net::Ipv4Address>> EtcdStore::pendingKept() {
  return impl_->pending().keep;
}

Result<void> EtcdStore::finishReviews(const std::set<net::Ipv4Address>& addresses) {
  return impl_->finishReviews(addresses);
}

}  // namespace netctl::store
