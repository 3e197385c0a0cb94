#include "modes/mode.h"

#include "modes/managed_novlan.h"

#include <fmt/format.h>

namespace netctl {
namespace {

Error notBuilt(const std::string& what, std::string_view instead) {
  return Error{ErrorCode::Unsupported, "UnsupportedOperation",
               fmt::format("{} is not built yet; {} is", what, instead)};
}

}  // namespace

Result<std::unique_ptr<Mode>> makeMode(const cloud::Settings& settings, const HostFacts& facts) {
  const auto built = cloud::NetworkMode::ManagedNoVlan;
  if (settings.mode != built) {
    return notBuilt(fmt::format("VNET_MODE {}", format(settings.mode)), format(built));
  }
  if (settings.role == cloud::Role::Node) {
    return notBuilt(fmt::format("NETCTL_ROLE {}", format(settings.role)),
                    fmt::format("{} on a single machine", format(cloud::Role::All)));
  }
  return std::make_unique<ManagedNoVlan>(facts);
}

}  // namespace netctl
