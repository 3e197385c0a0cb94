#include "netctl/cli/setup_text.h"

#include "modes/net/address.h"

#include <fmt/format.h>

#include <string_view>

namespace netctl::cli {
namespace {

/// A key with its comment; none where it has no value.
std::string keyLine(std::string_view key, std::string_view value, std::string_view comment) {
  return value.empty() ? "" : fmt::format("\n# {}\n{}=\"{}\"\n", comment, key, value);
}

/// The two keys of a subnet. What is no CIDR stands as it is, so that the check names it.
std::string subnetEntries(const std::string& text) {
  const auto subnet = net::parseIpv4Prefix(text);
  constexpr std::string_view kComment = "The private subnet, which is carved up for the groups.";
  if (!subnet) return keyLine("VNET_SUBNET", text, kComment);
  return keyLine("VNET_SUBNET", net::format(subnet->address), kComment) +
         fmt::format("VNET_NETMASK=\"{}\"\n", net::format(subnet->netmask()));
}

}  // namespace

std::string configurationText(const SetupAnswers& answers) {
  auto text = std::string("# Written by netctl setup. netctl.conf(5) has every key.\n") +
              keyLine("VNET_MODE", answers.mode,
                      "The networking mode; the same on all hosts of the cloud.") +
              keyLine("NETCTL_ROLE", answers.role,
                      "What this host is: cluster (the gateway), node (a hypervisor), or all.");
  if (answers.mode != "MANAGED")
    text += keyLine("VNET_BRIDGE", answers.bridge, "The bridge that instances are plugged into.");
  if (answers.mode == "SYSTEM") return text;
  return text +
         keyLine("VNET_PRIVINTERFACE", answers.private_interface,
                 "The interface towards the instances of other hosts.") +
         keyLine("VNET_PUBINTERFACE", answers.public_interface,
                 "The interface towards the clients.") +
         subnetEntries(answers.subnet) +
         keyLine("VNET_ADDRSPERNET", answers.addresses, "The addresses of each security group.") +
         keyLine("VNET_PUBLICIPS", answers.pool,
                 "The public addresses that instances may have. None of them is this host's own.") +
         keyLine("VNET_DNS", answers.dns, "The name server that instances are told.") +
         keyLine("NETCTL_ZONE", "netctla",
                 "The zone that EC2 and metadata name. Clients take its region from it: all but "
                 "the last letter.");
}

}  // namespace netctl::cli
