#pragma once

#include "modes/cloud/cloud.h"

#include <vector>

/// What of a change can matter to who may send to whom.
namespace netctl::firewall {

/// The permissions that the group got or lost, all of them where it came or went.
std::vector<cloud::Permission> differingPermissions(const cloud::Change<cloud::Group>& change);

/// True where the instance came, went, has another address or is in other groups.
bool isMoved(const cloud::Change<cloud::Instance>& change);

}  // namespace netctl::firewall
