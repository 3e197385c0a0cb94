#include "netctl/config/configuration.h"
#include "netctl/daemon/daemon.h"

#include <unistd.h>

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <boost/program_options.hpp>

#include <iostream>
#include <optional>
#include <string>

namespace {

namespace options = boost::program_options;

constexpr int kUsage = 2;

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
      "it")("version", options::bool_switch(), "print the version")(
      "help,h", options::bool_switch(), "print this text");
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
  const auto description = describeOptions();
  options::variables_map given;
  try {
    options::store(options::command_line_parser(argc, argv)
                       .options(description)
                       .positional(options::positional_options_description())
                       .run(),
                   given);
  } catch (const options::error& error) {
    std::cerr << "netctld: " << error.what() << "\n" << description;
    return kUsage;
  }
  if (given["help"].as<bool>()) {
    std::cout << "netctld is the network controller of a private cloud.\n\n"
                 "usage: netctld [--config FILE] [--accept-overlap | --purge]\n\n"
              << description << "\nexample:\n  netctld --config /etc/eucalyptus/eucalyptus.conf\n";
    return EXIT_SUCCESS;
  }
  if (given["version"].as<bool>()) {
    std::cout << "netctld " NETCTL_VERSION "\n";
    return EXIT_SUCCESS;
  }
  if (geteuid() != 0) {
    std::cerr << "netctld: must be started as root, since it programs the kernel's network\n";
    return EXIT_FAILURE;
  }
  spdlog::set_default_logger(spdlog::stderr_logger_mt("netctld"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
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
