#pragma once

#include "modes/host/host_state.h"
#include "modes/host/plan.h"
#include "netctl/kernel/iptables/xtables_lock.h"

#include <chrono>

namespace netctl::kernel {

class IptablesTable;

/// Our chains in iptables (legacy), and the jumps to them from built-in chains. Everything else in
/// a table stays as it is, with its counters: a table is read, edited where it differs and written
/// back as one.
///
/// An unconditional jump to a chain of ours is ours. One that bears the comment of a former
/// version's, that stands twice, or behind a rule that decides, is foreign, so that it is repaired:
/// it is made as the first rule of its chain. Rules before it that only watch or mark may stay.
///
/// Works in the network namespace in which it was opened, which must be that of the calling thread.
/// One thread.
class Iptables {
 public:
  /// Whoever changes a table keeps the lock for some milliseconds. While a program keeps it longer,
  /// all that needs no table goes on.
  static constexpr std::chrono::milliseconds kLockPatience{100};

  /// Opens the xtables lock, which needs root once; see XtablesLock.
  static Result<Iptables> open(std::chrono::milliseconds lock_patience = kLockPatience);

  /// Adds the chains and jumps that are in the scope. Reads those tables only, and takes no lock.
  Result<void> look(const host::Scope& scope, host::HostState& into);
  /// Of one table.
  Result<void> look(host::Table table, const host::Scope& scope, host::HostState& into);

  /// Makes one commit, or none where nothing differs, under the xtables lock. Busy where another
  /// program keeps the lock or keeps changing the table; once the lock was refused it is not waited
  /// for, until it was free again. On an error the table is as it was, but
  /// for one: where a rule of somebody else calls a chain that is to go (Conflict), the chain is
  /// left empty and everything else is done.
  Result<void> apply(const host::EditTable& edit);

  /// From now on: for who tries once and not again.
  void setLockPatience(std::chrono::milliseconds patience) { lock_patience_ = patience; }

 private:
  Iptables(XtablesLock lock, std::chrono::milliseconds lock_patience)
      : lock_(std::move(lock)), lock_patience_(lock_patience) {}

  XtablesLock lock_;
  std::chrono::milliseconds lock_patience_;
  bool lock_is_kept_ = false;  ///< by another program, when it was last asked for
};

}  // namespace netctl::kernel
