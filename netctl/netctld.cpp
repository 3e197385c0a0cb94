#include "netctl/config/configuration.h"
#include "netctl/daemon/daemon.h"
#include "netctl/kernel/system/modules.h"
#include "netctl/program/command_lines.h"
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
  auto command_line = netctl::netctldCommandLine();
  const auto read = netctl::readProgramOptions(argc, argv, command_line.help, command_line.options);
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
