#pragma once

#include <cstdint>
#include <string>

namespace netctl::metadata {

/// How it stands with the metadata server's process.
struct ServerStatus {
  bool running = false;
  int pid = 0;
  std::uint32_t restarts = 0;  ///< by us or by systemd, because it had died
  bool is_outdated = false;    ///< the program on disk is another one than runs
  std::string fault;           ///< why it could not be started; empty: it could, or need not run

  bool operator==(const ServerStatus&) const = default;
};

}  // namespace netctl::metadata
