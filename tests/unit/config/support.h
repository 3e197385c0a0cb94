#pragma once

#include "netctl/config/configuration.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace netctl::config::test {

/// A sound MANAGED-NOVLAN configuration, to add lines to or to replace some of.
inline constexpr std::string_view kSound = R"(VNET_MODE="MANAGED-NOVLAN"
VNET_PRIVINTERFACE="eth0"
VNET_PUBINTERFACE="eth1"
VNET_SUBNET="172.16.0.0"
VNET_NETMASK="255.255.0.0"
VNET_ADDRSPERNET="32"
VNET_DNS="8.8.8.8"
VNET_PUBLICIPS="203.0.113.10-203.0.113.60"
)";

inline Loaded parseText(std::string text, std::string_view local = {}) {
  Sources sources{{"test.conf", std::move(text)}, {}, false, "host1"};
  if (!local.empty()) sources.local = SourceText{"local.conf", std::string(local)};
  return parse(sources);
}

/// The sound configuration with these lines in `eucalyptus.local.conf`.
inline Loaded soundWith(std::string_view lines) {
  return parseText(std::string(kSound), lines);
}

inline std::string textOf(const std::vector<Problem>& problems) {
  std::string text;
  for (const auto& problem : problems) text += format(problem) + "\n";
  return text;
}

/// The configuration, which a test says is sound.
inline Configuration sound(const Loaded& loaded) {
  if (loaded.configuration) return *loaded.configuration;
  ADD_FAILURE() << textOf(loaded.problems);
  return {};
}

/// The problems of one key and severity, without their place.
inline std::vector<std::string> messages(const Loaded& loaded, Severity severity,
                                         std::string_view key) {
  std::vector<std::string> result;
  for (const auto& problem : loaded.problems) {
    if (problem.severity == severity && problem.key == key) result.push_back(problem.message);
  }
  return result;
}

inline std::vector<std::string> errors(const Loaded& loaded, std::string_view key) {
  return messages(loaded, Severity::Error, key);
}

}  // namespace netctl::config::test
