#include "modes/mode.h"

#include "modes/managed.h"
#include "modes/managed_novlan.h"
#include "modes/static.h"
#include "modes/system.h"

#include <stdexcept>
#include <utility>

namespace netctl {
namespace {

render::Renderers renderersOf(const cloud::Settings& settings, const HostFacts& facts) {
  switch (settings.mode) {
    case cloud::NetworkMode::System:
      return systemMode(settings, facts);
    case cloud::NetworkMode::Static:
      return staticMode(settings, facts);
    case cloud::NetworkMode::Managed:
      return managedMode(settings, facts);
    case cloud::NetworkMode::ManagedNoVlan:
      return managedNoVlanMode(settings, facts);
  }
  throw std::logic_error("no such network mode");
}

}  // namespace

Mode::Mode(render::Renderers renderers) : renderers_(std::move(renderers)) {}

host::Rendering Mode::render(const cloud::Cloud& cloud) const {
  return render::renderAll(renderers_, cloud);
}

host::Rendering Mode::render(const cloud::Cloud& cloud, const cloud::Changes& changes) const {
  return render::renderTouched(renderers_, cloud, changes);
}

std::unique_ptr<Mode> makeMode(const cloud::Settings& settings, const HostFacts& facts) {
  return std::make_unique<Mode>(renderersOf(settings, facts));
}

}  // namespace netctl
