#include "netctl/controller/gauges.h"

#include "netctl/controller/counts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <string>
#include <string_view>

namespace netctl::controller {
namespace {

void writeHead(std::string& text, std::string_view name, std::string_view help) {
  fmt::format_to(std::back_inserter(text), "# HELP {0} {1}\n# TYPE {0} gauge\n", name, help);
}

void writeGauge(std::string& text, std::string_view name, std::string_view help,
                std::size_t value) {
  writeHead(text, name, help);
  fmt::format_to(std::back_inserter(text), "{} {}\n", name, value);
}

void writePart(std::string& text, std::string_view name, std::string_view label,
               std::string_view value, std::size_t count) {
  fmt::format_to(std::back_inserter(text), "{}{{{}=\"{}\"}} {}\n", name, label, value, count);
}

void writeStanding(std::string& text, const Status& status) {
  writeGauge(text, "netctl_healthy",
             "1 while all that can be in force is, and no problem is an "
             "error.",
             isHealthy(status) ? 1 : 0);
  const auto waits = std::ranges::count(status.not_in_force, true, &NotInForce::waits_for_device);
  writeGauge(text, "netctl_not_in_force",
             "Objects that are not in force, though all that they need is there.",
             status.not_in_force.size() - static_cast<std::size_t>(waits));
  writeGauge(text, "netctl_dhcp_running", "1 while the DHCP server runs.",
             status.dhcp.running ? 1 : 0);
  writeGauge(text, "netctl_metadata_running", "1 while the metadata server runs.",
             status.metadata.running ? 1 : 0);
  writeGauge(text, "netctl_repairs_paused", "1 while repairs are held back.",
             status.paused_until ? 1 : 0);
}

void writePorts(std::string& text, const View& view) {
  constexpr std::string_view kName = "netctl_ports";
  writeHead(text, kName, "Ports of instances on this host.");
  const auto counts = countPorts(view);
  writePart(text, kName, "state", "open", counts.open);
  writePart(text, kName, "state", "waiting", counts.waiting);
  writePart(text, kName, "state", "failed", counts.failed);
}

void writeCloud(std::string& text, const cloud::Cloud& cloud) {
  writeGauge(text, "netctl_accounts", "Accounts.", cloud.accounts().size());
  writeGauge(text, "netctl_groups", "Security groups.", cloud.groups().size());
  writeGauge(text, "netctl_instances", "Instances that are attached.", cloud.instances().size());
  const auto networks = countNetworks(cloud);
  const auto& settings = cloud.settings();
  writeGauge(text, "netctl_networks", "Networks in use.", networks);
  writeGauge(text, "netctl_networks_free", "Networks that groups can still get.",
             settings.plan.tags.size() - std::min(networks, settings.plan.tags.size()));
  const auto held = cloud.addresses().size();
  writeGauge(text, "netctl_public_addresses", "Public addresses that accounts hold.", held);
  writeGauge(text, "netctl_public_addresses_free", "Public addresses that nobody holds.",
             settings.pool.size() - std::min<std::size_t>(held, settings.pool.size()));
}

void writeNodes(std::string& text, const View& view) {
  constexpr std::string_view kName = "netctl_nodes";
  writeHead(text, kName, "Node hosts of this cluster.");
  const auto connected = static_cast<std::size_t>(
      std::ranges::count_if(view.nodes, [](const auto& node) { return node.second.connected; }));
  writePart(text, kName, "state", "connected", connected);
  writePart(text, kName, "state", "away", view.nodes.size() - connected);
}

void writeUsage(std::string& text, const View& view) {
  std::map<std::string, host::TrafficOfAddress> by_account;
  for (const auto& [key, entry] : view.usage.entries()) {
    const auto account = view.cloud.account(key.owner);
    if (account) by_account[account->name] += entry.traffic;
  }
  const auto write = [&](std::string_view name, std::string_view help, auto number) {
    auto out = std::back_inserter(text);
    fmt::format_to(out, "# HELP {0} {1}\n# TYPE {0} counter\n", name, help);
    for (const auto& [account, traffic] : by_account) {
      fmt::format_to(out, "{0}{{account=\"{1}\",direction=\"received\"}} {2}\n", name, account,
                     traffic.received.*number);
      fmt::format_to(out, "{0}{{account=\"{1}\",direction=\"sent\"}} {2}\n", name, account,
                     traffic.sent.*number);
    }
  };
  write("netctl_usage_bytes_total",
        "Bytes that an account's instances and the outside of the cloud exchanged.",
        &host::Traffic::bytes);
  write("netctl_usage_packets_total", "The same in packets.", &host::Traffic::packets);
}

/// A label's value as Prometheus' text format wants it: accounts choose their groups' names.
std::string labelText(std::string_view value) {
  std::string text;
  for (const char byte : value) {
    if (byte == '"' || byte == '\\') text += '\\';
    text += byte;
  }
  return text;
}

void writeDenied(std::string& text, const View& view) {
  constexpr std::string_view kName = "netctl_denied_packets_total";
  auto out = std::back_inserter(text);
  fmt::format_to(out,
                 "# HELP {0} Packets that the permissions of a group did not let pass.\n"
                 "# TYPE {0} counter\n",
                 kName);
  for (const auto& [id, packets] : view.metrics.denied.byGroup()) {
    const auto group = view.cloud.group(id);
    const auto account = group ? view.cloud.account(group->owner) : nullptr;
    if (!account) continue;
    fmt::format_to(out, "{}{{account=\"{}\",group=\"{}\",group_name=\"{}\"}} {}\n", kName,
                   account->name, id.value, labelText(group->name), packets);
  }
}

}  // namespace

std::string gaugesText(const View& view) {
  std::string text;
  writeStanding(text, view.status);
  writePorts(text, view);
  writeCloud(text, view.cloud);
  writeNodes(text, view);
  writeUsage(text, view);
  writeDenied(text, view);
  return text;
}

}  // namespace netctl::controller
