#pragma once

#include "modes/host/host.h"
#include "modes/host/host_state.h"
#include "netctl/controller/concern.h"
#include "netctl/controller/status.h"

#include <string>
#include <vector>

namespace netctl::controller {

/// What a step is about, for people.
std::string objectOf(const host::Step& step);

/// True where a part of a host holds what decides of packets.
bool holdsRules(const host::Scope& scope);

/// What is committed and not in force.
class Outstanding {
 public:
  struct Entry {
    host::Scope scope;
    std::string object;
    Error error;
    /// A port whose device is not there: an event brings it, not a retry.
    bool waits_for_device = false;
  };

  /// After a pass over `scope`, which covered all that was to be retried: only these are left.
  void replace(const host::Scope& scope, const std::vector<host::FailedStep>& failed);
  /// A pass over `scope`, which covered all that was to be retried, could not even read the host.
  void replace(const host::Scope& scope, const Error& error);

  /// After a pass over a part of what is to be retried: of what lies within `scope` only these are
  /// left.
  void replaceWithin(const host::Scope& scope, const std::vector<host::FailedStep>& failed);

  /// The union of what is worth a retry; empty where nothing is.
  [[nodiscard]] host::Scope toRetry() const;
  /// True where what decides of packets is not in force. A table that had to keep a chain because
  /// of somebody's rule (Conflict) has all of ours.
  [[nodiscard]] bool missesRules() const;
  /// True where nothing is left but changes of iptables' tables: the lock that others hold keeps
  /// them back.
  [[nodiscard]] bool isOfTablesOnly() const;
  /// What is left of the part of the host that an answer speaks of.
  [[nodiscard]] std::vector<NotInForce> in(const Concern& concern) const;
  /// All that is left, but for ports that wait for their device.
  [[nodiscard]] std::vector<NotInForce> failed() const;
  /// True where a retry may bring about some of it.
  [[nodiscard]] bool mustRetry(const Concern& concern) const;
  [[nodiscard]] bool mustRetry() const;
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }

 private:
  void add(const std::vector<host::FailedStep>& failed);

  std::vector<Entry> entries_;
};

}  // namespace netctl::controller
