#pragma once

#include <cstdint>

namespace netctl::dhcp {

/// How it stands with the DHCP server's process.
struct ServerStatus {
  bool running = false;
  int pid = 0;
  std::uint32_t restarts = 0;  ///< by us or by systemd, because it had died
  bool is_outdated = false;    ///< the program on disk is another one than runs
  bool was_silent = false;     ///< it did not answer any more, and was ended for that
};

}  // namespace netctl::dhcp
