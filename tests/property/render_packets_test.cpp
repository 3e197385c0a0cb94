// The rendered rules and sets, read literally, say what the permissions say; and so does the
// judgement of flows.

#include "modes/firewall/flows.h"
#include "tests/property/render_history.h"
#include "tests/support/example_cloud.h"
#include "tests/support/packet_walk.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace netctl {
namespace {

using cloud::Cloud;
using cloud::Instance;
using cloud::Ref;
using firewall::FlowFate;
using host::Flow;
using net::Ipv4Address;
using testing::address;
using testing::Delivered;
using testing::Packet;

cloud::Settings settings() {
  auto settings = testing::smallSettings();
  settings.dns = address("192.0.2.1");
  settings.deny = {testing::prefix("203.0.113.128/25"), testing::prefix("10.0.0.0/16")};
  settings.no_nat = {testing::prefix("10.0.0.0/8")};
  return settings;
}

testing::Surroundings surroundings() {
  return {.private_interface = "br0",
          .public_interface = "eth1",
          .private_subnet = settings().plan.subnet,
          .public_address = address("192.0.2.1")};
}

/// What is promised, told from the cloud alone.
class Promise {
 public:
  Promise(const Cloud& cloud, const Packet& packet) : cloud_(cloud), packet_(packet) {
    place_ = placeOf(packet.destination);
    port_ = packet.destination_port;
    const auto forward = cloud.forwardOf(packet.destination, {packet.protocol}, port_);
    if (forward && !place_) {
      place_ = cloud.instance(forward->instance)->private_address.value();
      port_ = static_cast<std::uint16_t>(forward->instance_port + port_ - forward->ports.first);
    }
    target_ = place_.value_or(packet.destination);
  }

  [[nodiscard]] std::optional<Delivered> delivered() const {
    auto end = deliveredAt();
    if (end) end->port = port_;
    return end;
  }

 private:
  [[nodiscard]] std::optional<Delivered> deliveredAt() const {
    const auto& plan = cloud_.settings().plan;
    const bool from_inside = plan.subnet.contains(packet_.source);
    if (packet_.in == "br0" && from_inside && isPrivate(target_) && !isOurGateway(target_)) {
      return fromInstance();
    }
    if (from_inside && (packet_.in != "br0" || !isInActiveNetwork(packet_.source))) {
      return std::nullopt;
    }
    if (isAtHost()) return toHost();
    if (from_inside) return outwards();
    if (isPrivate(target_)) return fromOutside();
    if (cloud_.settings().pool.contains(target_)) return std::nullopt;
    return Delivered{packet_.source, target_};
  }

  [[nodiscard]] std::optional<Ipv4Address> placeOf(Ipv4Address address) const {
    const auto object = cloud_.address(address);
    if (!object || !object->instance) return std::nullopt;
    return cloud_.instance(*object->instance)->private_address.value();
  }
  [[nodiscard]] bool isPrivate(Ipv4Address address) const {
    return cloud_.settings().plan.subnet.contains(address);
  }
  [[nodiscard]] net::Ipv4Prefix networkOf(Ipv4Address address) const {
    return net::prefixOf(address, 28);
  }
  [[nodiscard]] bool isInActiveNetwork(Ipv4Address address) const {
    const auto place = cloud_.settings().plan.locate(address);
    return place && cloud_.groupByTag(place->tag);
  }
  [[nodiscard]] bool isOurGateway(Ipv4Address address) const {
    const auto place = cloud_.settings().plan.locate(address);
    return isInActiveNetwork(address) && cloud_.settings().plan.gateway(place->tag) == address;
  }
  [[nodiscard]] bool isAtHost() const {
    return target_ == address("192.0.2.1") || isOurGateway(target_);
  }

  [[nodiscard]] std::optional<Delivered> toHost() const {
    const Delivered arrived{packet_.source, target_, true};
    if (!isPrivate(packet_.source)) return arrived;
    const bool echo = packet_.protocol == 1 && packet_.icmp_type == 8 &&
                      networkOf(packet_.source) == networkOf(target_);
    const bool dhcp = packet_.protocol == 17 && packet_.source_port == 68 &&
                      packet_.destination_port == 67 && isPrivate(target_);
    const bool dns = (packet_.protocol == 17 || packet_.protocol == 6) &&
                     packet_.destination_port == 53 && target_ == address("192.0.2.1");
    return echo || dhcp || dns ? std::optional(arrived) : std::nullopt;
  }

  [[nodiscard]] std::optional<Delivered> outwards() const {
    const auto& settings = cloud_.settings();
    if (settings.pool.contains(target_)) return std::nullopt;
    const bool may_send =
        mayBegin() ? isPermittedOut() && !isIn(settings.deny, target_) : isPermittedBack();
    if (!may_send) return std::nullopt;
    if (isIn(settings.no_nat, target_)) return Delivered{packet_.source, target_};
    const auto elastic = elasticOfSource();
    return Delivered{elastic.value_or(address("192.0.2.1")), target_};
  }

  [[nodiscard]] std::optional<Delivered> fromOutside() const {
    if (!isPermitted()) return std::nullopt;
    return Delivered{packet_.source, target_};
  }

  [[nodiscard]] std::optional<Delivered> fromInstance() const {
    if (!isInActiveNetwork(packet_.source)) return std::nullopt;
    const bool neighbours = networkOf(packet_.source) == networkOf(target_);
    if (!neighbours && !mayCross()) return std::nullopt;
    if (!place_) return Delivered{packet_.source, target_};
    const auto gateway = networkOf(target_).first() + 1;
    return Delivered{elasticOfSource().value_or(gateway), target_};
  }

  /// From an instance of one network to one of another: both sides' groups must permit it. In the
  /// middle of a flow one whose egress is restricted is let go on in its own direction only.
  [[nodiscard]] bool mayCross() const {
    const bool out = isPermittedOut();
    if (out && isPermitted()) return true;
    if (mayBegin()) return false;
    return (!out || sendsAnything(packet_.source)) && sendsAnything(target_) && isPermittedBack();
  }

  /// Whether the groups of an instance permit everything out.
  [[nodiscard]] bool sendsAnything(Ipv4Address address) const {
    const auto instance = cloud_.instanceByPrivateAddress(address);
    return instance && std::ranges::any_of(instance->groups, [&](const cloud::GroupId& id) {
             return cloud_.group(id)->permissions.contains(cloud::everythingOut());
           });
  }

  [[nodiscard]] bool isPermittedOut() const {
    return hasPermission(packet_.source, [&](const cloud::Permission& permission) {
      return permission.direction == cloud::Direction::Egress && isOfKind(permission) &&
             isOther(permission.source);
    });
  }

  [[nodiscard]] bool hasPermission(Ipv4Address address, const auto& is_it) const {
    const auto instance = cloud_.instanceByPrivateAddress(address);
    return instance && std::ranges::any_of(instance->groups, [&](const cloud::GroupId& id) {
             return std::ranges::any_of(cloud_.group(id)->permissions, is_it);
           });
  }

  [[nodiscard]] bool mayBegin() const { return packet_.protocol != 6 || packet_.syn; }

  [[nodiscard]] std::optional<Ipv4Address> elasticOfSource() const {
    const auto asker = cloud_.instanceByPrivateAddress(packet_.source);
    const auto object = asker ? cloud_.addressOf(asker->id) : nullptr;
    return object ? std::optional(object->address) : std::nullopt;
  }

  static bool isIn(const std::vector<net::Ipv4Prefix>& prefixes, Ipv4Address address) {
    return std::ranges::any_of(prefixes, [&](const auto& p) { return p.contains(address); });
  }

  [[nodiscard]] bool isPermitted() const {
    return hasPermission(target_, [&](const cloud::Permission& permission) {
      return permission.direction == cloud::Direction::Ingress && isOfKind(permission) &&
             isFrom(permission.source);
    });
  }

  /// In the middle of a flow of TCP: whether the other side may begin it.
  [[nodiscard]] bool isPermittedBack() const {
    const auto is_of_kind = [&](const cloud::Permission& permission) {
      if (!permission.protocol.number) return true;
      return *permission.protocol.number == 6 && permission.ports.first <= packet_.source_port &&
             packet_.source_port <= permission.ports.last;
    };
    return hasPermission(packet_.source, [&](const cloud::Permission& permission) {
      return permission.direction == cloud::Direction::Ingress && is_of_kind(permission) &&
             isOther(permission.source);
    });
  }

  /// Whether the permission's source is whom the packet goes to.
  [[nodiscard]] bool isOther(const cloud::PermissionSource& source) const {
    if (const auto* group = std::get_if<cloud::GroupId>(&source)) {
      const auto other = cloud_.instanceByPrivateAddress(target_);
      return other && cloud_.members(*group).contains(other->id);
    }
    if (isAmong(target_, source)) return true;
    const auto other = place_ ? cloud_.instanceByPrivateAddress(*place_) : nullptr;
    const auto seen_as = other ? cloud_.addressOf(other->id) : nullptr;
    return seen_as && isAmong(seen_as->address, source);
  }

  /// Whether the source is a prefix or a list, one of whose prefixes has the address.
  [[nodiscard]] bool isAmong(Ipv4Address address, const cloud::PermissionSource& source) const {
    if (const auto* const prefix = std::get_if<net::Ipv4Prefix>(&source)) {
      return prefix->contains(address);
    }
    const auto* const id = std::get_if<cloud::PrefixListId>(&source);
    if (id == nullptr) return false;
    const auto list = cloud_.prefixList(*id);
    return std::ranges::any_of(list->entries, [&](const auto& entry) {
      const auto* const prefix = std::get_if<net::Ipv4Prefix>(&entry.first);
      return prefix != nullptr && prefix->contains(address);
    });
  }

  [[nodiscard]] bool isOfKind(const cloud::Permission& permission) const {
    if (!permission.protocol.number) return true;
    if (*permission.protocol.number != packet_.protocol) return false;
    if (packet_.protocol == 1) {
      return permission.icmp.type.value_or(packet_.icmp_type) == packet_.icmp_type &&
             permission.icmp.code.value_or(packet_.icmp_code) == packet_.icmp_code;
    }
    if (packet_.protocol != 6 && packet_.protocol != 17) return true;
    return permission.ports.first <= port_ && port_ <= permission.ports.last;
  }

  [[nodiscard]] bool isFrom(const cloud::PermissionSource& source) const {
    if (const auto* group = std::get_if<cloud::GroupId>(&source)) {
      const auto asker = cloud_.instanceByPrivateAddress(packet_.source);
      return asker && cloud_.members(*group).contains(asker->id);
    }
    if (isAmong(packet_.source, source)) return true;
    const auto elastic = elasticOfSource();
    return place_ && elastic && isAmong(*elastic, source);
  }

  const Cloud& cloud_;
  Packet packet_;
  std::optional<Ipv4Address> place_;  ///< where the public address leads that was asked
  std::uint16_t port_ = 0;            ///< and its port
  Ipv4Address target_;
};

template <class Map>
auto pick(testing::RenderHistory& history, const Map& map) {
  return std::next(map.begin(), history.below(static_cast<std::uint32_t>(map.size())))->second;
}

Ipv4Address randomAddress(testing::RenderHistory& history) {
  static constexpr std::array kOutside{"203.0.113.7", "203.0.113.9",  "203.0.113.200",
                                       "8.8.8.8",     "150.1.2.3",    "10.9.0.1",
                                       "192.0.2.1",   "198.51.100.77"};
  const auto& cloud = history.cloud();
  switch (history.below(8)) {
    case 0:
      return address(kOutside[history.below(kOutside.size())]);
    case 1:
      return address("10.0.0.0") + history.below(256);
    case 2:
      return address("198.51.100.1") + history.below(8);
    case 3:
    case 4:
      if (cloud.addresses().empty()) return address("8.8.8.8");
      return pick(history, cloud.addresses())->address;
    default:
      if (cloud.instances().empty()) return address("10.0.0.9");
      return pick(history, cloud.instances())->private_address.value();
  }
}

Packet randomPacket(testing::RenderHistory& history) {
  static constexpr std::array<std::uint8_t, 10> kOther{0, 2, 4, 47, 50, 58, 132, 136, 253, 255};
  static constexpr std::array<std::uint16_t, 12> kPorts{0,  19, 20, 22, 53,   67,
                                                        80, 83, 84, 85, 8000, 65535};
  Packet packet{.source = randomAddress(history), .destination = randomAddress(history), .in = {}};
  // The kernel takes no packet from outside that bears an address of the host as its source.
  while (history.cloud().settings().pool.contains(packet.source) ||
         packet.source == address("192.0.2.1")) {
    packet.source = randomAddress(history);
  }
  const bool inside = history.cloud().settings().plan.subnet.contains(packet.source);
  packet.in = inside == (history.below(10) != 0) ? "br0" : "eth1";
  packet.destination_port = kPorts[history.below(kPorts.size())];
  packet.source_port = 40000;
  if (history.below(8) == 0) packet.source_port = 68;
  if (history.below(4) == 0) packet.source_port = kPorts[history.below(kPorts.size())];
  packet.syn = history.below(8) != 0;
  switch (history.below(4)) {
    case 0:
      packet.protocol = 17;
      break;
    case 1:
      packet.protocol = 1;
      packet.icmp_type = static_cast<std::uint8_t>(history.below(2) == 0 ? 8 : 13);
      packet.icmp_code = static_cast<std::uint8_t>(history.below(2));
      break;
    case 2:
      packet.protocol = kOther[history.below(kOther.size())];
      break;
    default:
      break;
  }
  const auto& forwards = history.cloud().forwards();
  if (!forwards.empty() && history.below(10) == 0) {
    const auto forward = pick(history, forwards);
    packet.destination = forward->address;
    packet.protocol = forward->protocol.number.value();
    packet.destination_port =
        static_cast<std::uint16_t>(forward->ports.first + history.below(forward->ports.size()));
  }
  return packet;
}

std::string describe(const Packet& packet) {
  return net::format(packet.source) + " -> " + net::format(packet.destination) + " by " +
         packet.in + ", protocol " + std::to_string(packet.protocol) + " port " +
         std::to_string(packet.destination_port) + " icmp " + std::to_string(packet.icmp_type) +
         "/" + std::to_string(packet.icmp_code);
}
std::string describe(const std::optional<Delivered>& end) {
  if (!end) return "dropped";
  return net::format(end->source) + " -> " + net::format(end->destination) + " port " +
         std::to_string(end->port) + (end->at_host ? " at the host" : "");
}

TEST(RenderedPackets, GoWhereThePermissionsSay) {
  for (unsigned seed = 100; seed < 104; ++seed) {
    testing::RenderHistory history(settings(), seed);
    history.run(100);
    unsigned accepted = 0;
    unsigned forwarded = 0;
    for (unsigned round = 0; round < 60; ++round) {
      history.run(10);
      const auto state = history.mode().render(history.cloud()).desired;
      for (unsigned i = 0; i < 150; ++i) {
        const auto packet = randomPacket(history);
        const auto is = testing::walk(state, surroundings(), packet);
        const auto promised = Promise(history.cloud(), packet).delivered();
        ASSERT_EQ(is, promised) << describe(packet) << ": is " << describe(is) << ", promised "
                                << describe(promised) << " seed " << seed << " round " << round;
        accepted += is ? 1 : 0;
        const auto& cloud = history.cloud();
        const auto port = packet.destination_port;
        forwarded += is && cloud.forwardOf(packet.destination, {packet.protocol}, port) ? 1 : 0;
      }
    }
    EXPECT_GT(accepted, 1000U);
    EXPECT_GT(forwarded, 50U);
  }
}

/// The conntrack entry of a flow that begins with this packet.
Flow flowOf(const Packet& packet, const Delivered& end) {
  Flow flow;
  const bool ports = packet.protocol == 6 || packet.protocol == 17;
  flow.original = {.source = packet.source,
                   .destination = packet.destination,
                   .protocol = packet.protocol,
                   .source_port = ports ? packet.source_port : std::uint16_t{0},
                   .destination_port = ports ? packet.destination_port : std::uint16_t{0},
                   .icmp_type = packet.icmp_type,
                   .icmp_code = packet.icmp_code};
  flow.reply = flow.original;
  flow.reply.source = end.destination;
  flow.reply.destination = end.source;
  std::swap(flow.reply.source_port, flow.reply.destination_port);
  if (ports) flow.reply.source_port = end.port;
  return flow;
}

/// Whether the judgement is about the flow: not where the host itself answers, nor where only
/// somebody forges the address of no instance.
bool isJudged(const Cloud& cloud, const Packet& packet, const Delivered& end) {
  const auto isInside = [&](Ipv4Address address) {
    return cloud.settings().plan.subnet.contains(address);
  };
  return !end.at_host && (isInside(packet.source) || isInside(end.destination)) &&
         (!isInside(packet.source) || cloud.instanceByPrivateAddress(packet.source)) &&
         (!isInside(end.destination) || cloud.instanceByPrivateAddress(end.destination));
}

bool isTouched(const Flow& flow, const std::set<Ipv4Address>& addresses) {
  return addresses.contains(flow.original.source) ||
         addresses.contains(flow.original.destination) || addresses.contains(flow.reply.source) ||
         addresses.contains(flow.reply.destination);
}

TEST(RenderedPackets, AreJudgedLikeTheRulesDecide) {
  struct Begun {
    Packet packet;
    Delivered end;
    bool kept = true;
  };
  std::array<unsigned, 3> fates{};
  for (unsigned seed = 200; seed < 206; ++seed) {
    testing::RenderHistory history(settings(), seed);
    history.run(100);
    std::vector<Begun> flows;
    for (unsigned round = 0; round < 80; ++round) {
      const auto changes = history.run(4);
      const auto& cloud = history.cloud();
      const auto state = history.mode().render(cloud).desired;
      const auto at_stake = firewall::addressesAtStake(cloud, changes);
      for (auto& [packet, end, kept] : flows) {
        const auto flow = flowOf(packet, end);
        const bool was_kept = std::exchange(kept, firewall::isLegal(cloud, flow));
        ASSERT_TRUE(!was_kept || kept || isTouched(flow, at_stake)) << describe(packet);
        if (!isJudged(cloud, packet, end)) continue;
        const auto now = testing::walk(state, surroundings(), packet);
        // A masqueraded flow goes on when its instance gets a public address.
        const bool as_before =
            now && now->destination == end.destination && now->port == end.port &&
            (now->source == end.source || !cloud.settings().pool.contains(end.source));
        const auto fate = firewall::fateOf(cloud, flow);
        ASSERT_EQ(fate == FlowFate::Keep, as_before)
            << describe(packet) << " began as " << describe(end) << ", would now be "
            << describe(now);
        if (fate == FlowFate::Cut) {
          // Where a forward of the host's own address has ended, what is new is the host's.
          ASSERT_TRUE(!now || now->at_host) << describe(packet);
        }
        if (fate == FlowFate::BeginAnew) {
          ASSERT_NE(now, std::optional(end)) << describe(packet);
        }
        ++fates.at(static_cast<std::size_t>(fate));
      }
      for (unsigned i = 0; i < 60; ++i) {
        const auto packet = randomPacket(history);
        const auto end = testing::walk(state, surroundings(), packet);
        if (!end || !packet.syn || packet.protocol == 0 || !isJudged(cloud, packet, *end)) continue;
        ASSERT_TRUE(firewall::isLegal(cloud, flowOf(packet, *end))) << describe(packet);
        flows.push_back({packet, *end});
      }
      if (flows.size() > 200) flows.erase(flows.begin(), flows.end() - 200);
    }
  }
  for (const auto count : fates) EXPECT_GT(count, 200U) << "too few of one fate to tell";
}

}  // namespace
}  // namespace netctl
