#include "netctl/config/configuration.h"
#include "netctl/daemon/daemon.h"
#include "netctl/kernel/system/modules.h"
#include "netctl/program/log_lines.h"
#include "netctl/program/program_options.h"

#include <unistd.h>

#include <spdlog/spdlog.h>
#include <boost/program_options.hpp>

#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace {

namespace options = boost::program_options;

options::options_description describeOptions() {
  options::options_description description("options");
  description.add_options()("config", options::value<std::string>(),
                            "the configuration; without it /etc/netctl/netctl.conf, else "
                            "/etc/eucalyptus/eucalyptus.conf")(
      "purge", options::bool_switch(),
      "end the DHCP and the metadata server, remove all that is netctl's from this host but its "
      "state, and exit")(
      "accept-overlap", options::bool_switch(),
      "start although this host has other addresses or routes inside a VNET_SUBNET that is new to "
      "it")("load-modules", options::bool_switch(),
            "load the kernel modules that netctld needs, and exit: for a unit in which netctld may "
            "not");
  return description;
}

/// Prints what there is to say about the configuration; absent where it cannot be used.
std::optional<netctl::config::Configuration> loadConfiguration(const std::filesystem::path& path) {
  auto loaded = netctl::config::load(path);
  for (const auto& problem : loaded.problems) {
    if (loaded.configuration && problem.severity == netctl::config::Severity::Notice) continue;
    std::cerr << netctl::config::format(problem) << "\n";
  }
  return std::move(loaded.configuration);
}

}  // namespace

int main(int argc, char** argv) {
  auto description = describeOptions();
  const auto read = netctl::readProgramOptions(
      argc, argv,
      {.name = "netctld",
       .usage = "netctld is the network controller of a private cloud.\n\n"
                "usage: netctld [--config FILE] [--accept-overlap | --purge]\n"
                "       netctld --load-modules",
       .example = "\nexample:\n  netctld --config /etc/eucalyptus/eucalyptus.conf\n"},
      description);
  if (const auto* status = std::get_if<int>(&read)) return *status;
  const auto& given = std::get<options::variables_map>(read);
  if (geteuid() != 0) {
    std::cerr << "netctld: must be started as root, since it programs the kernel's network\n";
    return EXIT_FAILURE;
  }
  netctl::logToStderr("netctld");
  if (given["load-modules"].as<bool>()) {
    const auto loaded = netctl::kernel::loadModules();
    if (!loaded) std::cerr << "netctld: " << loaded.error().message << "\n";
    return loaded ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  const auto path = netctl::config::choosePath(
      given.count("config") > 0
          ? std::optional<std::filesystem::path>(given["config"].as<std::string>())
          : std::nullopt);
  const auto configuration = loadConfiguration(path);
  if (!configuration) return netctl::daemon::kUnusable;
  spdlog::set_level(spdlog::level::from_str(configuration->services.log_level));
  return given["purge"].as<bool>()
             ? netctl::daemon::purge(*configuration)
             : netctl::daemon::serve(*configuration, {path, given["accept-overlap"].as<bool>()});
}
