#include "modes/firewall/chain_and_set_names.h"

#include <fmt/format.h>

#include <stdexcept>

namespace netctl::firewall {
namespace {

/// The hexadecimal digits of `sg-1a2b3c4d`.
std::string digits(const auto& id) {
  return id.value.substr(id.value.find('-') + 1);
}

}  // namespace

WayNames namesOf(Way way) {
  switch (way) {
    case Way::In:
      return {kRuledTrie, kInstanceChains, "NC_G_"};
    case Way::Back:
      return {kBackTrie, kBackInstanceChains, "NC_BG_"};
    case Way::Out:
      return {kOutTrie, kOutInstanceChains, "NC_EG_"};
  }
  throw std::logic_error("no such way");
}

std::string groupChain(const cloud::GroupId& id, Way way) {
  return namesOf(way).group_chains + digits(id);
}

std::string instanceChain(net::Ipv4Address address, Way way) {
  return fmt::format("{}{:08x}", namesOf(way).instance_chains, address.value);
}

std::string memberSet(const cloud::GroupId& id) {
  return "nc_m_" + digits(id);
}

std::string prefixListSet(const cloud::PrefixListId& id) {
  return "nc_p_" + digits(id);
}

std::string prefixListAskerSet(const cloud::PrefixListId& id) {
  return "nc_q_" + digits(id);
}

std::string cidrSet(const net::Ipv4Prefix& prefix) {
  return fmt::format("nc_c_{:08x}_{}", prefix.address.value, prefix.length);
}

}  // namespace netctl::firewall
