#pragma once

#include "base/process.h"
#include "base/systemd.h"
#include "modes/host/plan.h"
#include "netctl/metadata/files/layout.h"

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netctl::metadata {

/// The one netctl-metadata of this host: its files and its process.
///
/// It runs detached and outlives us; a new Keeper adopts it by its pid file and its command line.
/// It reads its files for each request, so that a change of them needs no word to it.
///
/// All calls block, for milliseconds. One thread at a time; the network namespace is the calling
/// thread's.
class Keeper {
 public:
  struct Options {
    std::string directory;  ///< absolute, RUN_DIR/metadata: made where missing, and ours alone
    std::string program;    ///< netctl-metadata
    /// The name of the two units of systemd, NAME.service and NAME.socket, that run the program on
    /// this directory; empty: we run it ourselves.
    std::string unit = {};
    std::string systemctl = kSystemctl;
  };

  /// Adopts the process that runs from this directory, if there is one.
  explicit Keeper(Options options);

  /// Adds the part of `scope` to `into`. A file that others may read or write than are to is
  /// foreign. The server is present while a process runs, and foreign unless its settings can be
  /// read and the next Keeper would find it.
  Result<void> look(const host::Scope& scope, host::HostState& into) const;

  /// Writes a document at once and whole, or removes it. One that cannot be written is removed: it
  /// may be what somebody else was told who had the address before.
  Result<void> apply(const host::SetMetadataDocument& step) const;
  /// Starts the process, changes its settings or ends it; nothing where it already runs so. One
  /// that the next Keeper would not find is replaced. A process that cannot serve is an error with
  /// what it says.
  Result<void> apply(const host::SetMetadataServer& step);
  /// A new process takes the place of the one that runs, which goes on where the new one cannot
  /// serve. Unsupported where none runs.
  Result<void> restart();

  [[nodiscard]] bool alive() const { return process_ && process_->alive(); }
  /// Becomes readable when the process ends (pidfd_open(2)); -1 without one. `apply` and `restart`
  /// may change it.
  [[nodiscard]] int processFd() const { return process_ ? process_->fd() : -1; }
  /// 0 without one.
  [[nodiscard]] int pid() const { return process_ ? process_->pid() : 0; }
  /// Where none is known to run: adopts the one that systemd has started meanwhile. True where
  /// there is one.
  bool adopt();
  /// Whether the program on disk is another one than runs.
  [[nodiscard]] bool isOutdated() const {
    return process_ && process_->isOutdated(options_.program);
  }
  /// The directories whose files decide what is served.
  [[nodiscard]] std::vector<std::string> directories() const;
  /// Names in them that say nothing of that.
  static std::vector<std::string> unimportantNames();

 private:
  /// Whether it is alive, and its pid file tells of it.
  [[nodiscard]] bool isKnown() const;
  Result<void> makeDirectories() const;
  Result<void> put(const std::string& path, std::string_view text) const;
  /// Starts a process, or lets systemd do it. When that serves, it takes the place of all others.
  Result<void> start();
  Result<void> startUnit() const;
  Result<void> stopUnits() const;
  Result<void> runOurselves() const;

  Options options_;
  Layout layout_;
  gid_t readers_;  ///< the group that may read the files
  std::optional<Process> process_;
};

}  // namespace netctl::metadata
