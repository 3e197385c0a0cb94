#pragma once

#include "modes/cloud/cloud.h"

#include <string>
#include <string_view>

/// Where an instance stands on its node host, in every mode.
namespace netctl {

/// Whether that node is this host.
bool isThisHost(const cloud::Settings& settings, std::string_view node);
/// Whether the instance has a port on this host, or is to have one: it runs here, or migrates here.
bool isHere(const cloud::Settings& settings, const cloud::Instance& instance);
/// The same of another host. While an instance migrates, both may be.
bool isElsewhere(const cloud::Settings& settings, const cloud::Instance& instance);
/// The device of its port on this host; empty: not known yet. Precondition: isHere.
const std::string& deviceHere(const cloud::Settings& settings, const cloud::Instance& instance);

/// On its node: the bridge that the instance's device is a port of.
std::string bridgeOf(const cloud::Settings& settings, const cloud::Instance& instance);

}  // namespace netctl
