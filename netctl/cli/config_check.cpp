#include "netctl/cli/config_check.h"

#include "base/text.h"
#include "netctl/api/in_force.h"
#include "netctl/cli/exit_code.h"
#include "netctl/config/configuration.h"
#include "netctl/config/host_check.h"
#include "netctl/config/summary.h"
#include "netctl/controller/problem.h"
#include "netctl/daemon/setup/controller_setup.h"
#include "netctl/surroundings/host_network.h"
#include "netctl/surroundings/observe.h"
#include "netctl/surroundings/problems.h"

#include <unistd.h>

#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <optional>
#include <vector>

namespace netctl::cli {
namespace {

namespace json = boost::json;

constexpr auto* kHelp =
    "Checks a configuration without a daemon. Shows its faults, or the networks that it gives. "
    "With\n"
    "--host, and as root, it also shows what netctld would refuse or name as a problem on this "
    "host. Without FILE it checks what netctld reads without --config.\n\n"
    "usage: netctl config check [FILE] [--host] [--json]\n\n"
    "example:\n  netctl config check /etc/eucalyptus/eucalyptus.conf --host\n";

json::object toJson(const config::Problem& problem) {
  json::object object{{"severity", config::format(problem.severity)},
                      {"file", problem.file},
                      {"line", problem.line},
                      {"key", problem.key},
                      {"value", nullptr},
                      {"message", problem.message}};
  if (problem.value) object["value"] = printable(*problem.value);
  return object;
}

json::object toJson(const config::NetworkExample& network) {
  return {{"tag", network.tag},
          {"subnet", network.subnet},
          {"gateway", network.gateway},
          {"first_host", network.first_host},
          {"last_host", network.last_host}};
}

json::object toJson(const config::Summary& summary) {
  json::object object{
      {"mode", summary.mode}, {"role", summary.role}, {"node_name", summary.node_name}};
  if (summary.map) {
    object["subnet"] = summary.map->subnet;
    object["router"] = summary.map->router;
    object["pairs"] = summary.map->pairs;
  }
  if (!summary.plan) return object;
  const auto& plan = *summary.plan;
  object["subnet"] = plan.subnet;
  object["network_size"] = plan.network_size;
  object["networks"] = plan.networks;
  object["hosts_per_group"] = plan.hosts_per_group;
  object["hosts_per_cluster"] = plan.hosts_per_cluster;
  object["public_addresses"] = plan.public_addresses;
  object["first_network"] = toJson(plan.first);
  object["last_network"] = toJson(plan.last);
  return object;
}

/// What there is to say of this host.
struct HostReport {
  std::vector<config::Problem> notices = {};
  std::vector<controller::Problem> problems = {};
  bool has_overlap = false;

  /// netctld starts with it, and brings all into force.
  [[nodiscard]] bool isGood() const {
    return !has_overlap && std::ranges::none_of(problems, [](const auto& problem) {
      return problem.severity == controller::Severity::error;
    });
  }
};

Result<HostReport> checkThisHost(const config::Configuration& configuration) {
  const auto network = surroundings::readHostNetwork();
  if (!network) return network.error();
  auto check = config::checkHost(configuration, *network);
  HostReport report{.notices = std::move(check.notices)};
  for (const auto& condition : check.conditions) {
    report.problems.push_back(daemon::problemOf(condition));
    report.has_overlap = report.has_overlap || condition.is_overlap;
  }
  const auto place = surroundings::placeOf(configuration, check.facts);
  std::ranges::move(surroundings::problemsIn(surroundings::observe(configuration, place), place,
                                             std::chrono::system_clock::now()),
                    std::back_inserter(report.problems));
  return report;
}

void printText(const config::Loaded& loaded, const std::optional<HostReport>& host) {
  for (const auto& problem : loaded.problems) std::cerr << config::format(problem) << "\n";
  if (loaded.configuration) std::cout << config::format(config::summary(*loaded.configuration));
  if (!host) return;
  for (const auto& notice : host->notices) std::cout << config::format(notice) << "\n";
  for (const auto& problem : host->problems) std::cout << controller::format(problem);
  if (host->has_overlap) {
    std::cout
        << "netctld refuses to start with a VNET_SUBNET that is new to this host and overlaps "
           "what it has, unless --accept-overlap is given.\n";
  }
  if (host->problems.empty()) std::cout << "this host: no problems\n";
}

void printJson(const config::Loaded& loaded, const std::optional<HostReport>& host) {
  json::object object{{"valid", loaded.configuration.has_value()}};
  json::array problems;
  for (const auto& problem : loaded.problems) problems.push_back(toJson(problem));
  object["problems"] = std::move(problems);
  if (loaded.configuration) object["summary"] = toJson(config::summary(*loaded.configuration));
  if (host) {
    json::object of_host;
    api::addProblems(of_host, host->problems);
    json::array notices;
    for (const auto& notice : host->notices) notices.push_back(toJson(notice));
    of_host["notices"] = std::move(notices);
    of_host["overlaps"] = host->has_overlap;
    object["host"] = std::move(of_host);
  }
  std::cout << json::serialize(object) << "\n";
}

}  // namespace

int runConfigCheck(const std::vector<std::string>& typed) {
  auto words = typed;
  const bool as_json = std::erase(words, "--json") > 0;
  const bool with_host = std::erase(words, "--host") > 0;
  if (std::ranges::find(words, "--help") != words.end()) {
    std::cout << kHelp;
    return kDone;
  }
  const bool is_check = !words.empty() && words[0] == "check" && words.size() <= 2;
  if (!is_check || words.back().starts_with("-")) {
    std::cerr << "netctl: config: write 'config check', and one file at most\n" << kHelp;
    return kUsage;
  }
  if (with_host && geteuid() != 0) {
    std::cerr << "netctl: config: --host reads this host's tables, which root alone may\n";
    return kUsage;
  }
  using Path = std::filesystem::path;
  const auto path =
      config::choosePath(words.size() > 1 ? std::optional<Path>(words[1]) : std::nullopt);
  if (words.size() == 1 && !as_json) std::cout << path.string() << ":\n";
  const auto loaded = config::load(path);
  std::optional<HostReport> host;
  if (with_host && loaded.configuration) {
    auto report = checkThisHost(*loaded.configuration);
    if (!report) {
      std::cerr << "netctl: config: " << report.error().message << "\n";
      return kRefused;
    }
    host = *std::move(report);
  }
  if (as_json) {
    printJson(loaded, host);
  } else {
    printText(loaded, host);
  }
  return loaded.configuration && (!host || host->isGood()) ? kDone : kRefused;
}

}  // namespace netctl::cli
