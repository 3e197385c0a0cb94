#include "tests/property/render_history.h"

#include "tests/support/example_cloud.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

namespace netctl::testing {
namespace {

/// About so many are attached.
constexpr std::size_t kInstances = 20;
constexpr std::size_t kGroups = 6;
constexpr std::array kSources{"0.0.0.0/0",       "128.0.0.0/1",     "203.0.113.0/24",
                              "203.0.113.7/32",  "198.51.100.0/24", "198.51.100.0/29",
                              "198.51.100.2/32", "198.51.100.3/32", "10.0.0.0/25",
                              "10.0.0.16/28",    "10.0.0.25/32",    "0.0.0.0/1"};
constexpr std::array<std::uint8_t, 7> kProtocols{4, 47, 50, 58, 132, 136, 253};
constexpr std::array<net::PortRange, 7> kPorts{
    {{0, 0}, {22, 22}, {80, 82}, {20, 83}, {20, 84}, {0, 65535}, {65530, 65535}}};

}  // namespace

HostFacts historyFacts() {
  return {.private_interface = "br0",
          .public_interface = "eth1",
          .mtu = 1500,
          .dns_is_local = true,
          .private_port = "eth0",
          .has_other_hosts = true};
}

RenderHistory::RenderHistory(cloud::Settings settings, std::uint32_t seed)
    : cloud_(std::move(settings)),
      mode_(makeMode(cloud_.settings(), historyFacts())),
      commands_(seed),
      random_(seed + 1) {}

cloud::Changes RenderHistory::run(unsigned commands) {
  cloud::Changes changes;
  for (unsigned i = 0; i < commands; ++i) {
    if (!cloud::run(cloud_, next())) continue;
    changes.merge(cloud_.takeChanges());
  }
  return changes;
}

cloud::Command RenderHistory::next() {
  const auto& groups = cloud_.groups();
  if (groups.size() < kGroups && below(4) == 0) return group();
  if (groups.empty() || below(2) != 0) return commands_.next(cloud_);
  if (cloud_.instances().size() < kInstances && below(2) == 0) return attach();
  if (!cloud_.instances().empty() && below(4) == 0) return forward();
  const auto group =
      std::next(groups.begin(), below(static_cast<std::uint32_t>(groups.size())))->second;
  if (below(8) == 0) return changedList(*group);
  if (below(3) != 0) {
    return cloud::Authorize{group->owner.value, group->id.value, {permission(group->owner)}};
  }
  if (group->permissions.empty()) return commands_.next(cloud_);
  const auto& gone = *std::next(group->permissions.begin(),
                                below(static_cast<std::uint32_t>(group->permissions.size())));
  cloud::PermissionRequest request{.protocol = gone.protocol,
                                   .ports = gone.ports,
                                   .icmp = gone.icmp,
                                   .direction = gone.direction};
  if (const auto* source = std::get_if<cloud::GroupId>(&gone.source)) {
    request.groups.push_back({cloud_.group(*source)->owner.value, source->value});
  } else if (const auto* prefix = std::get_if<net::Ipv6Prefix>(&gone.source)) {
    request.ipv6_cidrs.push_back(*prefix);
  } else if (const auto* list = std::get_if<cloud::PrefixListId>(&gone.source)) {
    request.prefix_lists.push_back(list->value);
  } else {
    request.cidrs.push_back(std::get<net::Ipv4Prefix>(gone.source));
  }
  return cloud::Revoke{group->owner.value, group->id.value, {request}};
}

cloud::Command RenderHistory::forward() {
  constexpr std::array<std::uint16_t, 5> kInstancePorts{22, 80, 81, 83, 65530};
  const auto& instances = cloud_.instances();
  const auto instance =
      std::next(instances.begin(), below(static_cast<std::uint32_t>(instances.size())))->second;
  auto address = testing::address("192.0.2.1");
  for (const auto held : cloud_.addressesOf(instance->owner)) {
    if (!cloud_.address(held)->instance && below(2) == 0) address = held;
  }
  const auto protocol = below(2) == 0 ? net::kTcp : net::kUdp;
  const auto first = static_cast<std::uint16_t>(80 + 2 * below(4));
  if (const auto there = cloud_.forwardOf(address, protocol, first)) {
    return cloud::DeleteForward{there->owner.value, address, protocol, there->ports.first};
  }
  return cloud::CreateForward{.owner = instance->owner.value,
                              .address = address,
                              .protocol = protocol,
                              .ports = {first, static_cast<std::uint16_t>(first + below(2))},
                              .instance = instance->id,
                              .instance_port = kInstancePorts[below(kInstancePorts.size())]};
}

cloud::Command RenderHistory::group() {
  const std::string owner = below(2) == 0 ? "alice" : "bob";
  if (!cloud_.accountByName(owner)) {
    return cloud::CreateAccount{
        owner, {owner == "alice" ? "000000000901" : "000000000902"}, "AKI" + owner, "secret"};
  }
  ++groups_;
  return cloud::CreateGroup{owner,
                            fmt::format("history{}", groups_),
                            "of a history",
                            {fmt::format("sg-{:08x}", 0x1000U + groups_)}};
}

cloud::Command RenderHistory::attach() {
  const auto& groups = cloud_.groups();
  const auto first =
      std::next(groups.begin(), below(static_cast<std::uint32_t>(groups.size())))->second;
  cloud::AttachInstance command{
      .instance = instance(fmt::format("i-{:08x}", 0x1000U + ++attached_)),
      .owner = first->owner.value,
      .groups = {first->id.value},
      .device = below(3) == 0 ? std::string() : fmt::format("tap{}", attached_),
      .addressing = below(2) == 0 ? cloud::Addressing::Private : cloud::Addressing::Public};
  for (const auto& [name, id] : cloud_.groupsOf(first->owner)) {
    if (id != first->id && below(3) == 0) command.groups.push_back(id.value);
  }
  return command;
}

/// Makes the list of the group's account, or changes one entry of it.
cloud::Command RenderHistory::changedList(const cloud::Group& group) {
  const auto cidr = prefix(kSources[below(kSources.size())]);
  const auto& lists = cloud_.prefixListsOf(group.owner);
  if (lists.size() < 2) {
    return cloud::CreatePrefixList{.owner = group.owner.value,
                                   .name = fmt::format("history{}", lists.size()),
                                   .entries = {{cidr}},
                                   .fresh_id = {fmt::format("pl-{:017x}", 0x1000U + ++lists_)}};
  }
  const auto& list =
      std::next(lists.begin(), below(static_cast<std::uint32_t>(lists.size())))->second;
  cloud::ModifyPrefixList command{.owner = group.owner.value, .prefix_list = list.value};
  if (cloud_.prefixList(list)->family == cloud::AddressFamily::Ipv6) return commands_.next(cloud_);
  if (below(2) == 0) {
    command.add = {{cidr}};
  } else {
    command.remove = {cidr};
  }
  return command;
}

cloud::PermissionRequest RenderHistory::permission(const cloud::AccountId& owner) {
  cloud::PermissionRequest request{.protocol = net::kTcp};
  if (below(3) == 0) request.direction = cloud::Direction::Egress;
  switch (below(6)) {
    case 0:
      request.protocol = net::kIcmp;
      if (below(3) != 0) request.icmp.type = static_cast<std::uint8_t>(below(2) == 0 ? 8 : 13);
      if (request.icmp.type && below(2) == 0) {
        request.icmp.code = static_cast<std::uint8_t>(below(2));
      }
      break;
    case 1:
      request.protocol = {kProtocols[below(kProtocols.size())]};
      break;
    case 2:
      request.protocol = net::kAnyProtocol;
      break;
    default:
      if (below(3) == 0) request.protocol = net::kUdp;
      request.ports = kPorts[below(kPorts.size())];
  }
  const auto& lists = cloud_.prefixListsOf(owner);
  if (!lists.empty() && below(4) == 0) {
    request.prefix_lists.push_back(
        std::next(lists.begin(), below(static_cast<std::uint32_t>(lists.size())))->second.value);
  } else if (below(3) == 0) {
    const auto& groups = cloud_.groups();
    const auto source =
        std::next(groups.begin(), below(static_cast<std::uint32_t>(groups.size())))->second;
    request.groups.push_back({source->owner.value, source->id.value});
  } else {
    request.cidrs.push_back(prefix(kSources[below(kSources.size())]));
  }
  return request;
}

}  // namespace netctl::testing
