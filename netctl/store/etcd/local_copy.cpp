#include "netctl/store/etcd/local_copy.h"

#include "base/number.h"
#include "netctl/store/etcd/stored_cloud.h"
#include "netctl/store/state_replacement.h"

#include <fmt/format.h>

#include <utility>

namespace netctl::store {
namespace {

constexpr const char* kPrefixNote = "etcd prefix";
constexpr const char* kRevisionNote = "etcd revision";
constexpr const char* kWriterNote = "etcd writer";

}  // namespace

Result<std::optional<std::string>> copiedPrefix(SqliteStore& store) {
  return store.note(kPrefixNote);
}

Result<void> markAsStore(SqliteStore& store) {
  return store.replaceNotes({{kPrefixNote, {}}, {kRevisionNote, {}}});
}

Result<void> markAsCopy(SqliteStore& store, const std::string& prefix, const std::string& writer,
                        std::int64_t revision) {
  return store.replaceNotes(
      {{kPrefixNote, prefix}, {kRevisionNote, std::to_string(revision)}, {kWriterNote, writer}});
}

Result<LocalCopy> LocalCopy::open(const std::filesystem::path& file, const std::string& prefix,
                                  const std::filesystem::path& scratch) {
  auto store = SqliteStore::open(file, scratch);
  if (!store) return store.error();
  LocalCopy copy(file, prefix, scratch, *std::move(store));
  if (auto done = copy.readNotes(); !done) return done.error();
  return copy;
}

Result<void> LocalCopy::readNotes() {
  const auto is_new = store_->isNew();
  if (!is_new) return is_new.error();
  const auto of = copiedPrefix(*store_);
  if (!of) return of.error();
  if (!*of && !*is_new) {
    return Error{ErrorCode::Conflict, "InvalidConfiguration",
                 fmt::format("NETCTL_STORE is etcd, but the state file {} has a cloud of its own; "
                             "take it there (netctl store move --to etcd), or say "
                             "NETCTL_STORE=\"sqlite\"",
                             file_.string())};
  }
  if (*of && **of != prefix_) {
    return Error{ErrorCode::Conflict, "InvalidConfiguration",
                 fmt::format("the state file {} is the copy of a cloud below {} in etcd, but "
                             "NETCTL_ETCD_PREFIX is {}; put that back, or move the file away",
                             file_.string(), **of, prefix_)};
  }
  is_there_ = of->has_value() && !*is_new;
  if (is_there_) {
    auto identity = store_->identity();
    if (!identity) return identity.error();
    identity_ = *std::move(identity);
  }
  auto writer = store_->note(kWriterNote);
  if (!writer) return writer.error();
  if (*writer) {
    writer_ = **writer;
  } else {
    writer_ = newId();
    if (auto done = store_->replaceNotes({{kWriterNote, writer_}}); !done) return done;
  }
  const auto revision = store_->note(kRevisionNote);
  if (!revision) return revision.error();
  if (*revision) revision_ = parseWhole<std::int64_t>(**revision).value_or(0);
  return {};
}

Result<PendingReviews> LocalCopy::pending() {
  auto review = store_->pendingReviews();
  if (!review) return review.error();
  auto keep = store_->pendingKept();
  if (!keep) return keep.error();
  return PendingReviews{*std::move(review), *std::move(keep)};
}

Notes LocalCopy::notes(std::int64_t revision) const {
  return {{kPrefixNote, prefix_}, {kRevisionNote, std::to_string(revision)}};
}

void LocalCopy::become(const cloud::Cloud& cloud, const PendingReviews& pending,
                       const std::string& identity, std::int64_t revision) {
  auto done = tryToBecome(cloud, pending, identity, revision);
  if (!done && !store_->unwritable()) {
    done = beginAnew();
    if (done) done = tryToBecome(cloud, pending, identity, revision);
  }
  trouble_ = done ? std::nullopt : std::optional(done.error());
}

Result<void> LocalCopy::tryToBecome(const cloud::Cloud& cloud, const PendingReviews& pending,
                                    const std::string& identity, std::int64_t revision) {
  const auto there = store_->load(cloud.settings(), Damage::Accepted);
  if (!there) return there.error();
  if (identity_ != identity) {
    if (auto done = store_->setIdentity(identity); !done) return done;
    identity_ = identity;
  }
  const auto changes = cloud::difference(*there, cloud);
  if (auto done = store_->follow(changes, pending.review, pending.keep, notes(revision)); !done) {
    return done;
  }
  is_there_ = true;
  revision_ = revision;
  return {};
}

Result<void> LocalCopy::beginAnew() {
  store_.reset();
  const auto former = replaceStateFile(file_, "");
  auto opened = SqliteStore::open(file_, scratch_);
  if (!opened) return opened.error();
  store_ = *std::move(opened);
  identity_.clear();
  if (!former) return former.error();
  return store_->replaceNotes({{kWriterNote, writer_}});
}

void LocalCopy::follow(const cloud::Changes& changes, const PendingReviews& added,
                       std::int64_t revision) {
  const auto done = store_->follow(changes, added.review, added.keep, notes(revision));
  if (done) revision_ = revision;
  trouble_ = done ? std::nullopt : std::optional(done.error());
}

}  // namespace netctl::store
