#include "modes/mode.h"

#include "modes/managed.h"
#include "modes/managed_novlan.h"
#include "modes/static.h"
#include "modes/system.h"

#include <stdexcept>

namespace netctl {

std::unique_ptr<Mode> makeMode(const cloud::Settings& settings, const HostFacts& facts) {
  switch (settings.mode) {
    case cloud::NetworkMode::System:
      return std::make_unique<System>();
    case cloud::NetworkMode::Static:
      return std::make_unique<Static>(settings, facts);
    case cloud::NetworkMode::Managed:
      return std::make_unique<Managed>(settings, facts);
    case cloud::NetworkMode::ManagedNoVlan:
      return std::make_unique<ManagedNoVlan>(settings, facts);
  }
  throw std::logic_error("no such network mode");
}

}  // namespace netctl
