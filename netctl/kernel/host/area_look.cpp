#include "netctl/kernel/host/area_look.h"

#include <algorithm>
#include <initializer_list>

namespace netctl::kernel {

Result<host::HostState> lookAtAreas(const host::Areas& areas, LinkDrivers& links,
                                    RuleDrivers& rules, DhcpDrivers& dhcp, Sysctls& sysctls,
                                    const ServerLooks& servers) {
  using host::Area;
  host::Scope everything;
  everything.everything = true;
  host::HostState state;
  LinkSnapshot devices;
  Result<void> looked = {};
  // One after the other, until one fails.
  const auto look = [&](std::initializer_list<Area> of, auto& driver) {
    const bool wanted = std::ranges::any_of(of, [&](Area area) { return areas.contains(area); });
    if (!wanted || !looked) return;
    if constexpr (requires { driver.look(everything, devices, state); }) {
      looked = driver.look(everything, devices, state);
    } else {
      looked = driver.look(everything, state);
    }
  };
  look({Area::Sysctls}, links.get<Forwarding>());
  look({Area::Sysctls}, sysctls);
  look({Area::Links}, links.get<Ports>());
  look({Area::Links}, links.get<Segments>());
  look({Area::Links}, links.get<IngressRedirects>());
  look({Area::Guards}, rules.get<BridgeGuards>());
  look({Area::Addresses}, rules.get<Addresses>());
  look({Area::Addresses}, links.get<PublicRoutes>());
  look({Area::Sets}, links.get<Ipset>());
  look({Area::Nat}, rules.get<ElasticNat>());
  look({Area::DhcpChecksums}, dhcp.get<DhcpChecksums>());
  for (const auto table : host::kTables) {
    if (!looked || !areas.contains(areaOf(table))) continue;
    looked = rules.get<Iptables>().look(table, everything, state);
  }
  if (looked && areas.contains(Area::Dhcp)) looked = servers.dhcp(everything, state);
  if (looked && areas.contains(Area::Metadata)) looked = servers.metadata(everything, state);
  if (!looked) return looked.error();
  return state;
}

}  // namespace netctl::kernel
