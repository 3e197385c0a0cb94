#pragma once

#include "modes/host/area.h"
#include "modes/host/host.h"
#include "modes/host/plan.h"
#include "netctl/controller/metrics.h"

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace netctl::controller {

/// What one pass did.
struct Pass {
  /// What was brought: what was asked for, or all of the host.
  host::Rendering rendering;
  host::Plan plan;  ///< what was found to do
  std::vector<host::FailedStep>
      failed;  ///< what of it is not in force, by refusal or by the second look
};

/// Brings a part of the host to what was rendered: look, diff, apply, and look again at what was
/// touched.
class Reconciler {
 public:
  Reconciler(host::Host& host, Metrics& metrics) : host_(host), metrics_(metrics) {}

  /// What there is to do. An error where the host could not be read.
  Result<host::Plan> plan(const host::Rendering& rendering);
  /// Does it. An error where the host could not be read before anything was written. Where a set is
  /// missing of which only members were rendered, or a table of nft's, the host has lost more than
  /// this part, and all of it (`everything`) is brought.
  Result<Pass> bring(host::Rendering rendering, const std::function<host::Rendering()>& everything);
  /// Brings whole areas, of which `desired` is all that is to be there. Ports of devices that are
  /// awaited, and have not come, are left out: the kernel tells when they do.
  Result<Pass> bring(host::HostState desired, const host::Areas& areas,
                     const std::set<std::string>& awaited);

  /// Decides of a step whether it is left out of a plan for now; empty: none is.
  using Hold = std::function<bool(const host::Step&)>;
  void setHold(Hold hold) { hold_ = std::move(hold); }

 private:
  Result<host::HostState> look(const host::Scope& scope);
  host::Plan compare(const host::HostState& desired, const host::HostState& observed);
  /// As `plan`, but where chains are all that is meant of the tables, they are not looked at: they
  /// are to be written, and who writes a table reads it first, and leaves it where it is right.
  Result<host::Plan> planChange(const host::Rendering& rendering);
  /// Applies the plan of a pass, and looks again at what it touched.
  Pass carryOut(Pass pass);

  host::Host& host_;
  Metrics& metrics_;
  Hold hold_;
};

}  // namespace netctl::controller
