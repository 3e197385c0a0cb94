#pragma once

#include <filesystem>
#include <string>

/// What this host has already, which `netctl setup` proposes.
namespace netctl::cli {

struct HostDefaults {
  std::string bridge;  ///< the first by name that is not libvirt's or Docker's; else empty
  std::string public_interface;  ///< of the default route; else empty
  std::string dns;               ///< the first name server that is not this host itself; else empty
};

/// `root` is where /sys, /proc, /run and /etc are.
HostDefaults hostDefaults(const std::filesystem::path& root = "/");

}  // namespace netctl::cli
