#include "modes/cloud/settings.h"

#include <stdexcept>

namespace netctl::cloud {

std::string_view format(NetworkMode mode) {
  switch (mode) {
    case NetworkMode::System:
      return "SYSTEM";
    case NetworkMode::Static:
      return "STATIC";
    case NetworkMode::Managed:
      return "MANAGED";
    case NetworkMode::ManagedNoVlan:
      return "MANAGED-NOVLAN";
  }
  throw std::logic_error("no such network mode");
}

bool hasNetworks(NetworkMode mode) {
  return mode == NetworkMode::Managed || mode == NetworkMode::ManagedNoVlan;
}

std::string_view format(Role role) {
  switch (role) {
    case Role::Cluster:
      return "cluster";
    case Role::Node:
      return "node";
    case Role::All:
      return "all";
  }
  throw std::logic_error("no such role");
}

}  // namespace netctl::cloud
