#include "tests/golden/host_text.h"

#include "modes/host/describe.h"

#include <fmt/format.h>

#include <iterator>

namespace netctl::testing {
namespace {

class Writer {
 public:
  Writer(const host::HostState& state, const host::HostState& known)
      : state_(state), known_(known) {}

  std::string write() {
    sysctlsAndLinks();
    guards();
    sets();
    nat();
    for (const auto table : {host::Table::Filter, host::Table::Nat}) chains(table);
    dhcp();
    others();
    return std::move(text_);
  }

 private:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    text_ += '\n';
  }

  template <class Key, class Value>
  static bool isKnown(const std::map<Key, Value>& known, const Key& key, const Value& value) {
    const auto found = known.find(key);
    return found != known.end() && found->second == value;
  }

  void sysctlsAndLinks() {
    for (const auto& [name, value] : state_.sysctls) {
      if (isKnown(known_.sysctls, name, value)) continue;
      line("sysctl {} = {}", name, value);
    }
    for (const auto& [tag, segment] : state_.segments) {
      line("segment {}: {} on {}, bridge {}, mtu {}", tag.value, segment.vlan_device, segment.trunk,
           segment.bridge, segment.mtu);
    }
    for (const auto& [device, redirect] : state_.redirects) {
      line("redirect {}: to {} from {}", device, redirect.bridge, net::format(redirect.source));
    }
    for (const auto& own : state_.addresses) {
      line("address {} {}/{}", own.interface, net::format(own.address), own.length);
    }
    for (const auto& [device, port] : state_.ports) {
      line("port {} of {}: {}{}", device, port.bridge, port.instance, port.up ? ", up" : "");
    }
  }

  void guards() {
    const auto& guards = state_.guards;
    if (guards.rules && guards.rules != known_.guards.rules) {
      line("\nguards of {}{}, macs {}, ipv6 {}, networks {}",
           guards.rules->shared_bridge.empty() ? "bridges " : "bridge ",
           guards.rules->shared_bridge + guards.rules->own_bridges,
           net::format(guards.rules->mac_prefix), guards.rules->ipv6 ? "yes" : "no",
           guards.rules->parts_networks ? "parted" : "together");
    }
    if (guards.rules == known_.guards.rules && !guards.members.empty()) line("\nguards");
    for (const auto& [device, guard] : guards.ports) line("  port {}: {}", device, text(guard));
    for (const auto& [mac, guard] : guards.unseen) line("  device of {}", text(guard));
    for (const auto& [mac, tag] : guards.members) {
      line("  member {}: network {}", net::format(mac), tag.value);
    }
  }

  static std::string text(const host::Guard& guard) {
    return fmt::format("{}, {}, network {}{}", net::format(guard.mac),
                       guard.address ? net::format(*guard.address) : "any address",
                       guard.network ? fmt::format("{}", guard.network->value) : "any",
                       guard.migrates ? ", migrating" : "");
  }

  void sets() {
    for (const auto& [name, set] : state_.sets) {
      if (isKnown(known_.sets, name, set)) continue;
      line("\nset {} {}", name, format(set.type));
      for (const auto& member : set.members) line("  {}", format(set.type, member));
    }
  }

  void nat() {
    const auto& nat = state_.nat;
    if (nat.rules && nat.rules != known_.nat.rules) {
      line("\nnat and wall of {}", net::format(nat.rules->subnet));
      for (const auto& prefix : nat.rules->kept) line("  not to {}", net::format(prefix));
      for (const auto own : nat.rules->own) line("  after the host at {}", net::format(own));
      if (nat.rules->counts_usage) line("  counted");
      if (const auto& wire = nat.rules->shared_wire; !wire.empty()) line("  others on {}", wire);
    }
    const bool has_elements = !nat.elastic.empty() || !nat.forwards.empty() || !nat.senders.empty();
    if (nat.rules == known_.nat.rules && has_elements) line("\nnat");
    for (const auto& [address, mac] : nat.senders) {
      line("  from {} by {}", net::format(address), net::format(mac));
    }
    for (const auto& [address, place] : nat.elastic) {
      line("  {}: {}", net::format(address), net::format(place));
    }
    for (const auto& [port, place] : nat.forwards) {
      if (port.protocol == 0) {
        line("  {}: all else to nobody", net::format(port.address));
        continue;
      }
      line("  {} protocol {} port {}: {} port {}", net::format(port.address), port.protocol,
           port.port, net::format(place.address), place.port);
    }
  }

  void chains(host::Table table) {
    for (const auto& [chain, target] : state_.jumps) {
      if (chain.table != table || isKnown(known_.jumps, chain, target)) continue;
      line("\n{} {} -> {}", format(table), chain.name, target);
    }
    for (const auto& [chain, rules] : state_.chains) {
      if (chain.table != table || isKnown(known_.chains, chain, rules)) continue;
      line("\n{} {}", format(table), chain.name);
      for (const auto& rule : rules) line("  {}", format(rule));
    }
  }

  void dhcp() {
    const auto& dhcp = state_.dhcp;
    if (dhcp.server && dhcp.server != known_.dhcp.server) {
      line("\ndhcp {} on {}, netmask {}, dns {}, domain {}, lease {} s, mtu {}",
           net::format(dhcp.server->range), fmt::join(dhcp.server->interfaces, " "),
           net::format(dhcp.server->netmask), net::format(dhcp.server->dns),
           dhcp.server->domain_name, dhcp.server->lease_seconds, dhcp.server->mtu);
    }
    if (dhcp.server == known_.dhcp.server) line("\ndhcp");
    if (state_.public_router && state_.public_router != known_.public_router) {
      line("  public router {} by {}, of what comes from {}",
           net::format(state_.public_router->router), state_.public_router->interface,
           net::format(state_.public_router->source));
    }
    if (state_.dhcp_checksums && state_.dhcp_checksums != known_.dhcp_checksums) {
      line("  checksums by {}", state_.dhcp_checksums->name);
    }
    for (const auto& [tag, network] : dhcp.networks) {
      line("  network {}: router {}", tag.value, net::format(network.router));
    }
    for (const auto& [mac, host] : dhcp.hosts) {
      line("  host {}: {}, network {}, {}", net::format(mac), net::format(host.address),
           host.tag.value, host.hostname);
    }
  }

  /// Kinds that have no text of their own here: as a plan tells of them.
  void others() {
    auto rest = state_;
    rest.sysctls.clear();
    rest.segments.clear();
    rest.redirects.clear();
    rest.addresses.clear();
    rest.ports.clear();
    rest.guards = {};
    rest.sets.clear();
    rest.nat = {};
    rest.jumps.clear();
    rest.chains.clear();
    rest.dhcp_checksums.reset();
    rest.public_router.reset();
    rest.dhcp = {};
    if (rest.metadata.server == known_.metadata.server) rest.metadata.server.reset();
    for (const auto& step : host::describe(host::diff(rest, {}))) {
      line("\n{}: {}", step.object, step.detail);
    }
  }

  const host::HostState& state_;
  const host::HostState& known_;
  std::string text_;
};

}  // namespace

std::string toText(const host::HostState& state, const host::HostState& known) {
  return Writer(state, known).write();
}

}  // namespace netctl::testing
