#pragma once

#include "modes/cloud/cloud.h"
#include "modes/host/host_state.h"
#include "modes/host_facts.h"
#include "modes/render/renderer.h"

#include <memory>

namespace netctl {

/// What a mode makes of the cloud on a host: a list of the kinds of objects that it has there.
/// Pure: no clock, no file, no kernel; deterministic.
class Mode {
 public:
  explicit Mode(render::Renderers renderers);

  /// All of the desired state; its scope is everything.
  [[nodiscard]] host::Rendering render(const cloud::Cloud& cloud) const;
  /// The parts of the desired state that these changes may have touched; `cloud` is as after them.
  /// Equals the full rendering restricted to the same scope, and nothing outside the scope differs
  /// from before.
  [[nodiscard]] host::Rendering render(const cloud::Cloud& cloud,
                                       const cloud::Changes& changes) const;

 private:
  render::Renderers renderers_;
};

/// The mode that the settings name, for a host.
std::unique_ptr<Mode> makeMode(const cloud::Settings& settings, const HostFacts& facts);

}  // namespace netctl
