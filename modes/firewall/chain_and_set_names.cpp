#include "modes/firewall/chain_and_set_names.h"

#include <fmt/format.h>

namespace netctl::firewall {
namespace {

/// The hexadecimal digits of `sg-1a2b3c4d`.
std::string digits(const cloud::GroupId& id) {
  return id.value.substr(id.value.find('-') + 1);
}

}  // namespace

std::string groupChain(const cloud::GroupId& id, Way way) {
  return (way == Way::In ? "NC_G_" : "NC_BG_") + digits(id);
}

std::string instanceChain(net::Ipv4Address address, Way way) {
  return fmt::format("{}{:08x}", way == Way::In ? kInstanceChains : kBackInstanceChains,
                     address.value);
}

std::string memberSet(const cloud::GroupId& id) {
  return "nc_m_" + digits(id);
}

std::string cidrSet(const net::Ipv4Prefix& prefix) {
  return fmt::format("nc_c_{:08x}_{}", prefix.address.value, prefix.length);
}

}  // namespace netctl::firewall
