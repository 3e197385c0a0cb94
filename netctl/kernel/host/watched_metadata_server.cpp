#include "netctl/kernel/host/watched_metadata_server.h"

#include <utility>

namespace netctl::kernel {

WatchedMetadataServer::WatchedMetadataServer(boost::asio::io_context& io,
                                             metadata::Keeper::Options options)
    : keeper_(std::move(options)),
      files_(io, metadata::Keeper::unimportantNames(),
             [this](const auto& /*news*/) {
               if (files_changed_) files_changed_();
             }),
      process_(io) {
  watch();
}

void WatchedMetadataServer::onChanged(Changed changed) {
  changed_ = std::move(changed);
  changed_(status_);
}

/// An end that is asked for is not reported.
template <class Change>
Result<void> WatchedMetadataServer::change(Change change) {
  // A look may have found its end before the watch did.
  if (status_.running && !keeper_.alive()) died_ = true;
  process_.stop();
  auto result = change();
  status_.fault = result || keeper_.alive() ? "" : result.error().message;
  if (died_ && keeper_.alive()) {
    died_ = false;
    ++status_.restarts;
  }
  watch();
  if (changed_) changed_(status_);
  return result;
}

Result<void> WatchedMetadataServer::apply(const host::SetMetadataDocument& step) {
  auto result = keeper_.apply(step);
  watchFiles();
  return result;
}

Result<void> WatchedMetadataServer::apply(const host::SetMetadataServer& step) {
  return change([&] { return keeper_.apply(step); });
}

Result<void> WatchedMetadataServer::restart() {
  return change([&] { return keeper_.restart(); });
}

void WatchedMetadataServer::lookAtProgram() {
  if (keeper_.adopt()) {
    if (std::exchange(died_, false)) ++status_.restarts;
    watch();
    if (changed_) changed_(status_);
    return;
  }
  const bool is_outdated = keeper_.isOutdated();
  if (std::exchange(status_.is_outdated, is_outdated) == is_outdated) return;
  if (changed_) changed_(status_);
}

void WatchedMetadataServer::watchFiles() {
  files_.watch(keeper_.directories());
  files_.skip();
}

void WatchedMetadataServer::watch() {
  watchFiles();
  status_.running = keeper_.alive();
  status_.pid = status_.running ? keeper_.pid() : 0;
  status_.is_outdated = keeper_.isOutdated();
  if (!status_.running) return;
  process_.start(keeper_.processFd(), [this] {
    died_ = true;
    watch();
    if (changed_) changed_(status_);
  });
}

}  // namespace netctl::kernel
