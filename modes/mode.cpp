#include "modes/mode.h"

#include "modes/managed.h"
#include "modes/managed_novlan.h"

#include <fmt/format.h>

namespace netctl {
namespace {

Error notBuilt(cloud::NetworkMode mode) {
  return Error{
      ErrorCode::Unsupported, "UnsupportedOperation",
      fmt::format("VNET_MODE {} is not built yet; {} and {} are", format(mode),
                  format(cloud::NetworkMode::Managed), format(cloud::NetworkMode::ManagedNoVlan))};
}

}  // namespace

Result<std::unique_ptr<Mode>> makeMode(const cloud::Settings& settings, const HostFacts& facts) {
  switch (settings.mode) {
    case cloud::NetworkMode::Managed:
      return std::make_unique<Managed>(settings, facts);
    case cloud::NetworkMode::ManagedNoVlan:
      return std::make_unique<ManagedNoVlan>(settings, facts);
    case cloud::NetworkMode::System:
    case cloud::NetworkMode::Static:
      break;
  }
  return notBuilt(settings.mode);
}

}  // namespace netctl
