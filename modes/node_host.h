#pragma once

#include "modes/cloud/cloud.h"

#include <string>

/// Where an instance stands on its node host, in every mode.
namespace netctl {

/// Whether this host is the instance's node.
bool isHere(const cloud::Settings& settings, const cloud::Instance& instance);

/// On its node: the bridge that the instance's device is a port of.
std::string bridgeOf(const cloud::Settings& settings, const cloud::Instance& instance);

}  // namespace netctl
