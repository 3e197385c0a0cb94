#include "modes/firewall/metadata.h"

#include "modes/firewall/matches.h"

namespace netctl::firewall {

host::Rule metadataRequest(const cloud::Settings& settings) {
  host::Rule rule{.source = host::matchOf(settings.plan.subnet),
                  .destination = host::matchOf(kMetadataAddress),
                  .protocol = net::kTcp.number,
                  .ports = host::PortMatch{.destination = {kMetadataPort, kMetadataPort}}};
  if (const auto& endpoint = settings.metadata_endpoint) {
    rule.destination = host::matchOf(endpoint->address);
    rule.ports->destination = {endpoint->port, endpoint->port};
    rule.conntrack = state(host::ConntrackMatch::kDnat);
  }
  return rule;
}

host::Chain metadataRedirect(const cloud::Settings& settings,
                             const std::string& instance_interface) {
  const auto& endpoint = settings.metadata_endpoint;
  if (!endpoint) return {};
  return {{.source = host::matchOf(settings.plan.subnet),
           .destination = host::matchOf(kMetadataAddress),
           .in = host::InterfaceMatch{instance_interface},
           .protocol = net::kTcp.number,
           .ports = host::PortMatch{.destination = {kMetadataPort, kMetadataPort}},
           .target = host::Dnat{endpoint->address, endpoint->port}}};
}

}  // namespace netctl::firewall
