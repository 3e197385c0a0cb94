#include "netctl/surroundings/place.h"

#include "modes/host/names.h"

namespace netctl::surroundings {

Place placeOf(const config::Configuration& configuration, const HostFacts& facts) {
  const auto& settings = configuration.settings;
  const auto& services = configuration.services;
  Place place;
  place.routes = settings.host.role != cloud::Role::Node && cloud::hasNetworks(settings.mode);
  place.has_instances = settings.host.role != cloud::Role::Cluster;
  place.serves_dhcp =
      settings.host.role != cloud::Role::Node && settings.mode != cloud::NetworkMode::System;
  place.serves_metadata = place.routes && !settings.metadata_endpoint;
  place.needs_the_time = services.listen || services.cluster || services.ec2_listen;
  place.subnet = settings.plan.subnet;
  place.pool = settings.pool.prefixes();
  const bool bridges = settings.mode == cloud::NetworkMode::Managed;
  place.private_interface =
      bridges ? std::string(host::kSegmentBridgePrefix) + '+' : facts.private_interface;
  place.public_interface = facts.public_interface;
  place.has_public_router = settings.host.public_router.has_value();
  place.bridge = bridges ? "" : settings.host.bridge;
  return place;
}

}  // namespace netctl::surroundings
