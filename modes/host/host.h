#pragma once

#include "modes/host/flow.h"
#include "modes/host/host_state.h"
#include "modes/host/plan.h"

#include <functional>
#include <vector>

namespace netctl::host {

/// A step that the host refused, and why. Later steps that do not need it were still tried.
struct FailedStep {
  Step step;
  Error error;
};

/// A host's kernel and DHCP server: the seam between the controller and the outside world. The real
/// one is kernel::LocalHost; the fake one of the tests refuses what the real one refuses. Used by
/// the controller's strand only. Every call blocks for as long as the kernel takes.
class Host {
 public:
  virtual ~Host() = default;

  /// The part of ours that the scope names, as it is now. A failed read is an error, never "empty".
  virtual Result<HostState> look(const Scope& scope) = 0;

  /// Carries out the steps in order and gives those that failed. A step that fails keeps the rest
  /// from opening anything that depends on it: after a failed table or set no port is opened, and
  /// no address added.
  virtual std::vector<FailedStep> apply(const Plan& plan) = 0;

  /// The conntrack entries for which `wanted` is true: one walk.
  virtual Result<std::vector<Flow>> flows(
      const std::function<bool(const Flow&)>& wanted) = 0;
  /// Sets the cut mark. A flow that has ended meanwhile is no error.
  virtual Result<void> cut(const std::vector<Flow>& flows) = 0;
  /// Deletes entries, so that their flows can begin anew. One that has ended meanwhile is no error.
  virtual Result<void> forget(const std::vector<Flow>& flows) = 0;
};

}  // namespace netctl::host
