#include "modes/firewall/firewall.h"

#include "modes/firewall/address_sets.h"
#include "modes/firewall/allow_sets.h"
#include "modes/firewall/elastic_addresses.h"
#include "modes/firewall/fixed_chains.h"
#include "modes/firewall/forwards.h"
#include "modes/firewall/group_chains.h"
#include "modes/firewall/masquerading.h"
#include "modes/firewall/permission_source_sets.h"
#include "modes/firewall/prefix_list_sets.h"

namespace netctl::firewall {

void addFirewall(const cloud::Settings& settings, const InstanceInterface& interface,
                 bool dns_is_local, render::Renderers& renderers) {
  addAddressSets(settings, interface, renderers);
  addAllowSets(renderers);
  addPermissionSourceSets(renderers);
  addPrefixListSets(renderers);
  addFixedChains(interface, dns_is_local, renderers);
  addGroupChains(renderers);
  addMasquerading(interface, renderers);
  addElasticAddresses(interface, renderers);
  addForwards(renderers);
}

}  // namespace netctl::firewall
