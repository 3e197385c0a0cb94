#include "netctl/config/summary.h"

#include "netctl/config/keys.h"

#include <fmt/format.h>

namespace netctl::config {
namespace {

NetworkExample exampleOf(const cloud::AddressPlan& plan, net::Tag tag) {
  return {tag.value, net::format(plan.network(tag)), net::format(plan.gateway(tag)),
          net::format(plan.host(tag, plan.firstOwnIndex())),
          net::format(plan.host(tag, plan.lastOwnIndex()))};
}

std::string line(std::string_view name, std::string_view text) {
  return fmt::format("{:<18}{}\n", name, text);
}

std::string exampleLine(std::string_view name, const NetworkExample& network) {
  return line(name,
              fmt::format("tag {}: {}, gateway {}, instances {}-{}", network.tag, network.subnet,
                          network.gateway, network.first_host, network.last_host));
}

}  // namespace

Summary summary(const Configuration& configuration) {
  const auto& settings = configuration.settings;
  Summary result{std::string(cloud::format(settings.mode)),
                 std::string(cloud::format(settings.host.role)),
                 settings.host.node_name,
                 {},
                 {}};
  const auto& plan = settings.plan;
  if (const auto& pairs = settings.mac_map.pairs(); !pairs.empty()) {
    result.map = MapSummary{net::format(plan.subnet), net::format(settings.router), pairs.size()};
  }
  if (!holds(kManagedModes, settings.mode) || plan.tags.empty()) return result;
  result.plan = PlanSummary{net::format(plan.subnet),
                            plan.network_size,
                            static_cast<std::uint32_t>(plan.tags.size()),
                            plan.lastHostIndex() - cloud::AddressPlan::kFirstHostIndex + 1,
                            plan.lastOwnIndex() - plan.firstOwnIndex() + 1,
                            plan.cluster_index,
                            plan.clusters,
                            settings.pool.size(),
                            exampleOf(plan, plan.tags.front()),
                            exampleOf(plan, plan.tags.back())};
  return result;
}

std::string format(const Summary& summary) {
  auto text = line(
      "mode", fmt::format("{}, role {}, host {}", summary.mode, summary.role, summary.node_name));
  if (summary.map) {
    text += line("subnet", fmt::format("{}, router {}", summary.map->subnet, summary.map->router));
    text += line("pairs", fmt::format("{}, one for each instance", summary.map->pairs));
  }
  if (!summary.plan) return text;
  const auto& plan = *summary.plan;
  text += line("private subnet", plan.subnet);
  text += line("networks", fmt::format("{} of {} addresses", plan.networks, plan.network_size));
  text += line("hosts per group",
               fmt::format("{}, of which cluster {} of {} hands out {}", plan.hosts_per_group,
                           plan.cluster_index, plan.clusters, plan.hosts_per_cluster));
  text += line("public addresses", fmt::format("{}", plan.public_addresses));
  text += exampleLine("first network", plan.first);
  text += exampleLine("last network", plan.last);
  return text;
}

}  // namespace netctl::config
