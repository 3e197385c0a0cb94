#pragma once

#include "modes/net/address.h"

#include <string>
#include <string_view>
#include <vector>

namespace netctl::metadata {

/// Whom netctl-metadata runs as and which group may read its files, where the host has them.
inline constexpr std::string_view kUser = "netctl-metadata";

/// Where netctld leaves what netctl-metadata serves; `directory` is absolute, without a slash at
/// its end.
struct Layout {
  std::string directory;

  /// How the process is called, and known as ours.
  [[nodiscard]] std::vector<std::string> arguments() const { return {"--serve", directory}; }
  /// What holds for all instances (`Settings`).
  [[nodiscard]] std::string settings() const { return directory + "/settings"; }
  /// A document for each instance, by the private address that asks.
  [[nodiscard]] std::string documents() const { return directory + "/instances"; }
  [[nodiscard]] std::string document(net::Ipv4Address address) const {
    return documents() + "/" + net::format(address);
  }
  /// The process' own files, which it opens while it is root.
  [[nodiscard]] std::string pid() const { return directory + "/pid"; }
  [[nodiscard]] std::string log() const { return directory + "/log"; }
  /// How many answers it gave of each HTTP status, a line for each: `200 17`.
  [[nodiscard]] std::string counts() const { return directory + "/counts"; }
};

}  // namespace netctl::metadata
