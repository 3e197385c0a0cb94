#include "netctl/cli/config_check.h"

#include "base/text.h"
#include "netctl/cli/exit_code.h"
#include "netctl/config/configuration.h"
#include "netctl/config/summary.h"

#include "base/text.h"

#include <boost/json.hpp>

#include <algorithm>
#include <iostream>

namespace netctl::cli {
namespace {

namespace json = boost::json;

constexpr auto* kHelp =
    "Checks a configuration without a daemon. Shows its faults, or the networks that it gives.\n\n"
    "usage: netctl config check FILE [--json]\n\n"
    "example:\n  netctl config check /etc/eucalyptus/eucalyptus.conf\n";

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

void printText(const config::Loaded& loaded) {
  for (const auto& problem : loaded.problems) std::cerr << config::format(problem) << "\n";
  if (loaded.configuration) std::cout << config::format(config::summary(*loaded.configuration));
}

void printJson(const config::Loaded& loaded) {
  json::object object{{"valid", loaded.configuration.has_value()}};
  json::array problems;
  for (const auto& problem : loaded.problems) problems.push_back(toJson(problem));
  object["problems"] = std::move(problems);
  if (loaded.configuration) object["summary"] = toJson(config::summary(*loaded.configuration));
  std::cout << json::serialize(object) << "\n";
}

}  // namespace

int runConfigCheck(const std::vector<std::string>& typed) {
  auto words = typed;
  const bool as_json = std::erase(words, "--json") > 0;
  if (std::ranges::find(words, "--help") != words.end()) {
    std::cout << kHelp;
    return kDone;
  }
  if (words.size() != 2 || words[0] != "check" || words[1].starts_with("--")) {
    std::cerr << "netctl: config: name the file to check\n" << kHelp;
    return kUsage;
  }
  const auto loaded = config::load(words[1]);
  if (as_json) {
    printJson(loaded);
  } else {
    printText(loaded);
  }
  return loaded.configuration ? kDone : kRefused;
}

}  // namespace netctl::cli
