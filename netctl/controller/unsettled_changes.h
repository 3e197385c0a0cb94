#pragma once

#include "modes/cloud/cloud.h"
#include "modes/host/host_state.h"
#include "netctl/controller/subject.h"

#include <map>
#include <string>

namespace netctl::controller {

/// Which parts of the host were touched by changes that were not in force when they were made.
///
/// A caller who repeats a command changes nothing, so that no rendering tells what the first one
/// touched: a permission that was revoked is not in its group any more, and an instance that was
/// detached is nowhere. This remembers it by object. It ends with the process: after a restart,
/// what could not be removed is told by the status alone.
class UnsettledChanges {
 public:
  void add(const cloud::Changes& changes, const host::Scope& touched);
  /// The parts that changes of these objects touched.
  [[nodiscard]] host::Scope about(const Subject& subject) const;
  /// The host has all that was asked for.
  void clear() { touched_.clear(); }

 private:
  std::map<std::string, host::Scope> touched_;  ///< by object
};

}  // namespace netctl::controller
