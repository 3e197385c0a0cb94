#pragma once

#include "netctl/config/configuration.h"
#include "netctl/surroundings/place.h"
#include "netctl/surroundings/surroundings.h"

namespace netctl::surroundings {

/// Reads what this host has beside what is netctl's, in the network namespace of the calling
/// thread. It writes nothing. As root; what cannot be read is left as if all were well.
Surroundings observe(const config::Configuration& configuration, const Place& place);

}  // namespace netctl::surroundings
