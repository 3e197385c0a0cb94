#include "netctl/surroundings/observe.h"

#include "base/file.h"
#include "netctl/kernel/links/link.h"
#include "netctl/kernel/links/routes.h"
#include "netctl/kernel/netlink/route_socket.h"
#include "netctl/pki/certificate.h"
#include "netctl/surroundings/prerouting_chains.h"
#include "netctl/surroundings/untracking_rules.h"

#include <fmt/format.h>

#include <linux/rtnetlink.h>
#include <sys/timex.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

namespace netctl::surroundings {
namespace {

/// The first number of a file; absent where the file or the number is not there.
std::optional<std::uint64_t> numberIn(const std::filesystem::path& path) {
  const auto text = files::read(path);
  if (!text || !*text) return {};
  std::uint64_t number = 0;
  const auto read = std::from_chars((*text)->data(), (*text)->data() + (*text)->size(), number);
  if (read.ec != std::errc()) return {};
  return number;
}

/// The rules before our jump, and the chains that they lead to.
RulesBeforeOurs readRulesBeforeOurs() {
  RulesBeforeOurs before;
  const auto dump = kernel::TableDump::read(host::Table::Filter);
  if (!dump) return before;
  const auto jumps = dump->ownJumps("FORWARD");
  if (jumps.empty() || jumps.front().rule == 0) return before;
  before.rules = dump->heads("FORWARD");
  before.rules.resize(std::min(before.rules.size(), jumps.front().rule));
  std::vector<std::string> called;
  const auto follow = [&](const std::vector<kernel::RuleHead>& rules) {
    for (const auto& rule : rules) {
      if (dump->has(rule.verdict) && !before.chains.contains(rule.verdict)) {
        called.push_back(rule.verdict);
      }
    }
  };
  follow(before.rules);
  while (!called.empty()) {
    const auto name = std::move(called.back());
    called.pop_back();
    const auto [chain, is_new] = before.chains.try_emplace(name, dump->heads(name));
    if (is_new) follow(chain->second);
  }
  return before;
}

std::vector<DefaultRoute> readDefaultRoutes() {
  auto socket = kernel::RouteSocket::open();
  if (!socket) return {};
  const auto routes = kernel::readRoutes(*socket);
  const auto links = kernel::readLinks(*socket);
  if (!routes || !links) return {};
  std::vector<DefaultRoute> found;
  for (const auto& route : *routes) {
    if (route.prefix.length != 0 || route.table != RT_TABLE_MAIN) continue;
    const auto link = links->find(route.index);
    if (link != links->end()) found.push_back({link->second.name, route.metric});
  }
  return found;
}

/// The larger one of an interface's own and that of all counts (ip-sysctl.rst).
std::map<std::string, int> readReversePathFilters(const Place& place) {
  const auto of = [](std::string_view name) {
    return numberIn(fmt::format("/proc/sys/net/ipv4/conf/{}/rp_filter", name));
  };
  std::map<std::string, int> filters;
  for (const auto& name : {place.public_interface, place.private_interface}) {
    const auto own = of(name);
    if (own) filters[name] = static_cast<int>(std::max(*own, of("all").value_or(0)));
  }
  return filters;
}

std::map<std::string, std::chrono::milliseconds> readStpDelays(const Place& place) {
  const auto of = [&](std::string_view what) {
    return numberIn(fmt::format("/sys/class/net/{}/bridge/{}", place.bridge, what));
  };
  if (place.bridge.empty() || of("stp_state").value_or(0) == 0) return {};
  constexpr int kTick = 10;  // the kernel tells times in hundredths of a second there
  return {{place.bridge, std::chrono::milliseconds(kTick * of("forward_delay").value_or(0))}};
}

Filling readNeighbours() {
  // The table is one for all namespaces, and the first one alone has its limit.
  const auto limit = numberIn("/proc/sys/net/ipv4/neigh/default/gc_thresh3");
  const auto statistics = files::read("/proc/net/stat/arp_cache");
  if (!limit || !statistics || !*statistics) return {};
  // Below the headings: the number of entries first, in hexadecimal.
  const std::string_view text = **statistics;
  const auto line = text.find('\n');
  if (line == std::string_view::npos) return {};
  std::uint64_t used = 0;
  std::from_chars(text.data() + line + 1, text.data() + text.size(), used, 16);
  return {used, *limit};
}

bool isClockSynchronised() {
  timex clock{};
  return adjtimex(&clock) < 0 || (static_cast<unsigned>(clock.status) & STA_UNSYNC) == 0;
}

std::vector<Certificate> readCertificates(const config::ServiceSettings& services) {
  std::vector<Certificate> certificates;
  const auto add = [&](std::string key, const std::filesystem::path& path) {
    const auto text = files::read(path);
    if (!text || !*text) return;
    const auto end = pki::endOf(**text);
    if (end) certificates.push_back({std::move(key), path.string(), *end});
  };
  if (services.listen || services.cluster) {
    add("NETCTL_TLS_CA", services.tls_ca);
    add("NETCTL_TLS_CERT", services.tls_cert);
  }
  if (services.ec2_listen && services.ec2_cert) add("NETCTL_EC2_CERT", *services.ec2_cert);
  if (services.metrics_listen && services.metrics_cert) {
    add("NETCTL_METRICS_CERT", *services.metrics_cert);
  }
  return certificates;
}

}  // namespace

Surroundings observe(const config::Configuration& configuration, const Place& place) {
  Surroundings surroundings;
  if (auto chains = kernel::readForwardChains()) surroundings.forward_chains = *std::move(chains);
  if (place.serves_dhcp) {
    if (auto chains = kernel::readInputChains()) surroundings.input_chains = *std::move(chains);
  }
  if (place.routes) {
    surroundings.before_ours = readRulesBeforeOurs();
    surroundings.untracking = readUntrackingRules();
    surroundings.prerouting_chains = readPreroutingChains();
    surroundings.default_routes = readDefaultRoutes();
    surroundings.rp_filter = readReversePathFilters(place);
    surroundings.flows = {numberIn("/proc/sys/net/netfilter/nf_conntrack_count").value_or(0),
                          numberIn("/proc/sys/net/netfilter/nf_conntrack_max").value_or(0)};
    surroundings.neighbours = readNeighbours();
  }
  surroundings.stp_delays = readStpDelays(place);
  surroundings.clock_is_synchronised = isClockSynchronised();
  surroundings.certificates = readCertificates(configuration.services);
  return surroundings;
}

}  // namespace netctl::surroundings
