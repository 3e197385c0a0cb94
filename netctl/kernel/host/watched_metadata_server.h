#pragma once

#include "modes/host/plan.h"
#include "netctl/kernel/host/directory_watch.h"
#include "netctl/kernel/host/process_watch.h"
#include "netctl/metadata/files/server_status.h"
#include "netctl/metadata/keeper/keeper.h"

#include <functional>
#include <utility>

namespace netctl::kernel {

/// The metadata server of this host, and a watch on its process and on its files. On the thread of
/// its io_context, which must not run any more when this object is gone.
class WatchedMetadataServer {
 public:
  using Changed = std::function<void(const metadata::ServerStatus&)>;

  /// Adopts the server that runs, if there is one.
  WatchedMetadataServer(boost::asio::io_context& io, metadata::Keeper::Options options);

  /// Called at once, and whenever something of the status has changed.
  void onChanged(Changed changed);
  /// Called when somebody else has changed, made or removed files of the server.
  void onFilesChanged(std::function<void()> changed) { files_changed_ = std::move(changed); }

  Result<void> look(const host::Scope& scope, host::HostState& into) {
    return keeper_.look(scope, into);
  }
  Result<void> apply(const host::SetMetadataDocument& step);
  Result<void> apply(const host::SetMetadataServer& step);
  /// As Keeper::restart.
  Result<void> restart();
  /// Looks whether the program on disk was replaced, and whether systemd has started another one.
  void lookAtProgram();

 private:
  template <class Change>
  Result<void> change(Change change);
  void watch();
  void watchFiles();

  metadata::Keeper keeper_;
  DirectoryWatch files_;
  Changed changed_;
  std::function<void()> files_changed_;
  metadata::ServerStatus status_;
  bool died_ = false;  ///< and was not started again yet
  ProcessWatch process_;
};

}  // namespace netctl::kernel
