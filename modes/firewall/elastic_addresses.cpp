#include "modes/firewall/elastic_addresses.h"

#include "modes/render/by_object.h"

#include <algorithm>
#include <variant>

namespace netctl::firewall {
namespace {

using cloud::Address;
using cloud::Cloud;
using net::Ipv4Address;

/// The prefixes are sorted, and none is within another.
host::NatRules natRules(const cloud::Settings& settings, const InstanceInterface& interface) {
  host::NatRules rules{.subnet = settings.plan.subnet, .own = settings.host.public_addresses};
  rules.counts_usage = settings.host.counts_usage;
  if (interface.isShared()) rules.shared_wire = interface.pattern;
  auto prefixes = settings.no_nat;
  std::ranges::sort(prefixes);
  for (const auto& prefix : prefixes) {
    // One that encloses others is before them.
    if (rules.subnet.contains(prefix)) continue;
    if (rules.kept.empty() || !rules.kept.back().contains(prefix)) rules.kept.push_back(prefix);
  }
  return rules;
}

/// Each public address that leads to an instance.
struct Translations {
  using Source = Address;
  using Key = Ipv4Address;

  static std::optional<Key> key(const auto& /*cloud*/, const Address& address) {
    return address.instance ? std::optional(address.address) : std::nullopt;
  }
  static Ipv4Address value(const auto& cloud, const Address& address) {
    return cloud.instance(*address.instance)->private_address.value();
  }
  static cloud::Ref<Address> find(const Cloud& cloud, Key address) {
    return cloud.address(address);
  }
  static void touchBesides(const render::FormerCloud& former, const auto& touch) {
    for (const auto& [id, change] : former.changes().instances) {
      const auto& [was, is] = change;
      if (!was || !is || was->private_address == is->private_address) continue;
      if (const auto address = former.now().addressOf(id)) touch(address->address);
    }
  }
  static void claim(Key address, host::Rendering& rendering) {
    rendering.scope.elastic.insert(address);
  }
  static void put(Key address, Ipv4Address instance, host::HostState& state) {
    state.nat.elastic[address] = instance;
  }
};

/// Each instance, wherever it runs. A node's guard sees to it that it sends as this pair alone.
struct Senders {
  using Source = cloud::Instance;
  using Key = host::Sender;

  static std::optional<Key> key(const auto& /*cloud*/, const Source& instance) {
    return Key{instance.private_address.value(), instance.mac};
  }
  static std::monostate value(const auto& /*cloud*/, const Source& /*instance*/) { return {}; }
  static cloud::Ref<Source> find(const Cloud& cloud, const Key& sender) {
    return cloud.instanceByPrivateAddress(sender.address);
  }
  static void claim(const Key& sender, host::Rendering& rendering) {
    rendering.scope.senders.insert(sender);
  }
  static void put(const Key& sender, std::monostate /*value*/, host::HostState& state) {
    state.nat.senders.insert(sender);
  }
};

}  // namespace

void addElasticAddresses(const InstanceInterface& interface, render::Renderers& renderers) {
  addFixed(renderers, [interface](const cloud::Settings& settings, host::HostState& state) {
    state.nat.rules = natRules(settings, interface);
  });
  addByObject(renderers, Translations{});
  if (interface.isShared()) addByObject(renderers, Senders{});
}

}  // namespace netctl::firewall
