#include "tests/support/random_commands.h"

#include "modes/cloud/resource_ids.h"
#include "modes/cloud/rule_ids.h"
#include "tests/support/example_cloud.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

namespace netctl::testing {
namespace {

using namespace cloud;

constexpr std::array kOwners{"alice", "bob", "carol", "dave"};
/// Comes and goes, since it never has more than keys and a default group.
constexpr auto kGuest = "guest";
constexpr std::array kGroups{"default", "web", "db", "cache", "ops", "batch"};
constexpr std::array kCidrs{"0.0.0.0/0", "203.0.113.0/24", "203.0.113.7/32", "198.51.100.3/32",
                            "10.0.0.0/8"};
/// Of lists; two of them are one prefix and its half.
constexpr std::array kListed{"0.0.0.0/0",      "128.0.0.0/1",     "203.0.113.0/24",
                             "203.0.113.7/32", "198.51.100.0/29", "198.51.100.3/32",
                             "10.0.0.16/28",   "8.0.0.0/8"};
constexpr std::array<net::PortRange, 4> kPorts{{{22, 22}, {80, 80}, {8000, 8007}, {0, 65535}}};

template <class Set>
auto nth(const Set& set, std::uint32_t number) {
  return *std::next(set.begin(), number);
}

/// The request that means exactly this permission.
PermissionRequest requestOf(const Permission& permission) {
  PermissionRequest request{.protocol = permission.protocol,
                            .ports = permission.ports,
                            .icmp = permission.icmp,
                            .direction = permission.direction};
  if (const auto* group = std::get_if<GroupId>(&permission.source)) {
    request.groups.push_back({"", group->value});
  } else if (const auto* prefix = std::get_if<net::Ipv6Prefix>(&permission.source)) {
    request.ipv6_cidrs.push_back(*prefix);
  } else if (const auto* list = std::get_if<PrefixListId>(&permission.source)) {
    request.prefix_lists.push_back(list->value);
  } else {
    request.cidrs.push_back(std::get<net::Ipv4Prefix>(permission.source));
  }
  return request;
}

}  // namespace

std::uint32_t RandomCommands::below(std::uint32_t limit) {
  // Not a distribution of the standard library: those differ between libraries.
  return static_cast<std::uint32_t>(random_() % limit);
}

std::string RandomCommands::hex(int digits) {
  std::string text;
  for (int i = 0; i < digits; ++i) text += "0123456789abcdef"[below(16)];
  return text;
}

std::string RandomCommands::owner() {
  return oneIn(50) ? "nobody" : kOwners[below(kOwners.size())];
}

std::string RandomCommands::groupName() {
  return kGroups[below(kGroups.size())];
}

std::string RandomCommands::ownersGroup(const Cloud& cloud, const std::string& owner) {
  const auto account = cloud.accountByName(owner);
  if (!account || oneIn(8)) return groupName();
  const auto& groups = cloud.groupsOf(account->id);
  if (groups.empty()) return "default";
  const auto [name, id] = nth(groups, below(static_cast<std::uint32_t>(groups.size())));
  return oneIn(3) ? id.value : name;
}

std::vector<std::string> RandomCommands::someGroups(const Cloud& cloud, const std::string& owner) {
  std::vector<std::string> groups;
  for (auto count = below(4); count > 0; --count) groups.push_back(ownersGroup(cloud, owner));
  return groups;
}

net::Ipv4Address RandomCommands::publicAddress(const Cloud& cloud) {
  const auto& ranges = cloud.settings().pool.ranges();
  if (ranges.empty() || oneIn(20)) return address("203.0.113.1");
  const auto& range = ranges[below(static_cast<std::uint32_t>(ranges.size()))];
  return range.first + below(range.last.value - range.first.value + 1);
}

net::Ipv4Address RandomCommands::heldAddress(const Cloud& cloud, const std::string& owner) {
  const auto account = cloud.accountByName(owner);
  if (!account || oneIn(8)) return publicAddress(cloud);
  const auto& held = cloud.addressesOf(account->id);
  if (held.empty()) return publicAddress(cloud);
  return nth(held, below(static_cast<std::uint32_t>(held.size())));
}

InstanceId RandomCommands::instanceId() {
  // Few ids, so that they come again; some differ in case or length alone and so share a MAC.
  const auto number = below(60);
  if (number >= 56) return instance(fmt::format("i-000000000{:08x}", number - 56));
  return instance(fmt::format("{}-{:08X}", oneIn(9) ? "I" : "i", number + 0xa0));
}

InstanceId RandomCommands::attached(const Cloud& cloud, const std::string& owner) {
  const auto account = cloud.accountByName(owner);
  const auto& all = cloud.instances();
  if (all.empty() || oneIn(10)) return instanceId();
  const auto start = below(static_cast<std::uint32_t>(all.size()));
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    const auto [id, found] = nth(all, (start + i) % static_cast<std::uint32_t>(all.size()));
    if (account && found->owner == account->id) return id;
  }
  return instanceId();
}

std::string RandomCommands::device() {
  return oneIn(5) ? std::string() : fmt::format("vnet{}", below(40));
}

PermissionRequest RandomCommands::permission(const Cloud& cloud, const std::string& owner) {
  PermissionRequest request{.protocol = net::kTcp};
  switch (below(8)) {
    case 0:
      request.protocol = net::kIcmp;
      if (oneIn(2)) request.icmp.type = 8;
      if (oneIn(3)) request.icmp.code = 0;  // wrong where it has no type
      break;
    case 1:
      request.protocol = net::kAnyProtocol;
      break;
    case 2:
      request.protocol = {47};
      break;
    case 3:
      request.protocol = net::kUdp;
      [[fallthrough]];
    default:
      request.ports = kPorts[below(kPorts.size())];
  }
  for (auto count = below(3); count > 0; --count) {
    request.cidrs.push_back(prefix(kCidrs[below(kCidrs.size())]));
  }
  if (oneIn(2)) {
    const auto other = oneIn(3) ? this->owner() : owner;
    request.groups.push_back({other == owner ? "" : other, ownersGroup(cloud, other)});
  }
  if (oneIn(8)) request.ipv6_cidrs.push_back(net::parseIpv6Prefix("2001:db8::/32").value());
  if (const auto account = cloud.accountByName(owner); account && oneIn(3)) {
    const auto list = cloud.prefixListByName(account->id, prefixListName());
    if (list) request.prefix_lists.push_back(list->id.value);
  }
  if (oneIn(4)) request.direction = Direction::Egress;
  if (oneIn(6)) request.note = "note " + hex(1);
  return request;
}

std::vector<PermissionRequest> RandomCommands::permissions(const Cloud& cloud,
                                                           const std::string& owner) {
  std::vector<PermissionRequest> requests{permission(cloud, owner)};
  while (oneIn(4)) requests.push_back(permission(cloud, owner));
  return requests;
}

std::vector<PermissionRequest> RandomCommands::revocations(const Cloud& cloud,
                                                           const std::string& owner,
                                                           const std::string& group) {
  const auto account = cloud.accountByName(owner);
  const auto found = account ? findGroup(cloud, account->id, group)
                             : Result<Ref<Group>>(Error{ErrorCode::NotFound, "", ""});
  if (!found || (*found)->permissions.empty() || oneIn(6)) return permissions(cloud, owner);
  std::vector<PermissionRequest> requests;
  for (const auto& permission : (*found)->permissions) {
    if (oneIn(2)) requests.push_back(requestOf(permission));
  }
  return requests;
}

AttachInstance RandomCommands::attach(const Cloud& cloud) {
  const auto owner = this->owner();
  AttachInstance command{
      .instance = instanceId(), .owner = owner, .groups = someGroups(cloud, owner)};
  if (oneIn(3)) command.node = fmt::format("node{}", below(3));
  command.device = device();
  if (oneIn(8)) command.mac = mac(fmt::format("52:54:00:00:00:{:02x}", below(12)));
  // Where there are several clusters, a group's first attach needs a tag.
  if (oneIn(cloud.settings().plan.clusters > 1 ? 2 : 8)) {
    command.tag = net::Tag{static_cast<std::uint16_t>(2 + below(12))};
  }
  if (oneIn(8)) command.address_index = 8 + below(12);
  if (oneIn(2)) command.addressing = Addressing::Private;
  if (oneIn(4)) command.user_data = hex(8);
  if (oneIn(4)) command.attributes["ami-id"] = hex(4);
  if (hasNetworks(cloud.settings().mode) && oneIn(6)) command.metadata.token_hops = 1 + below(3);
  command.now = time();
  return command;
}

MigrateInstance RandomCommands::migrate(const Cloud& cloud) {
  using enum MigrateInstance::Step;
  MigrateInstance command{.instance = attached(cloud, owner()),
                          .step = oneIn(3)   ? Finish
                                  : oneIn(3) ? Cancel
                                             : Begin};
  if (command.step == Begin || oneIn(2)) command.node = fmt::format("node{}", below(3));
  if (command.step == Begin && oneIn(2)) command.device = device();
  return command;
}

ModifyInstance RandomCommands::modify(const Cloud& cloud) {
  const auto owner = this->owner();
  ModifyInstance command{.instance = attached(cloud, owner), .keep_flows = oneIn(4)};
  if (!oneIn(4)) {
    auto groups = someGroups(cloud, owner);
    if (const auto found = cloud.instance(command.instance); found && !oneIn(8)) {
      groups.insert(groups.begin(), found->groups[0].value);
    }
    command.groups = std::move(groups);
  }
  if (oneIn(4)) command.node = fmt::format("node{}", below(3));
  if (oneIn(3)) command.device = device();
  if (oneIn(4)) command.attributes = {{"ami-id", hex(4)}};
  if (hasNetworks(cloud.settings().mode) && oneIn(6)) {
    command.metadata = {.needs_token = oneIn(2), .enabled = !oneIn(3), .shows_tags = oneIn(2)};
  }
  return command;
}

std::chrono::sys_seconds RandomCommands::time() {
  return std::chrono::sys_seconds(std::chrono::seconds(below(8000)));
}

Command RandomCommands::keyPairCommand() {
  const auto owner = oneIn(4) ? kGuest : this->owner();
  const auto name = fmt::format("key{}", below(4));
  if (oneIn(3)) return DeleteKeyPair{owner, name};
  return AddKeyPair{.owner = owner,
                    .name = name,
                    .public_key = fmt::format("ssh-rsa {}", below(3)),
                    .fingerprint = hex(4),
                    .now = time(),
                    .resource_tags = {{"for", hex(1)}},
                    .fresh_id = {"key-" + hex(17)}};
}

std::string RandomCommands::prefixListName() {
  return fmt::format("list{}", below(3));
}

std::vector<PrefixListEntry> RandomCommands::entries() {
  std::vector<PrefixListEntry> entries;
  for (auto count = below(4); count > 0; --count) {
    entries.push_back({prefix(kListed[below(kListed.size())]), oneIn(4) ? "note " + hex(1) : ""});
  }
  return entries;
}

Command RandomCommands::prefixListCommand(const Cloud& cloud) {
  const auto owner = this->owner();
  const auto account = cloud.accountByName(owner);
  const auto list = account ? cloud.prefixListByName(account->id, prefixListName()) : nullptr;
  const auto name = list ? list->name : prefixListName();
  if (!list || oneIn(6)) {
    CreatePrefixList command{.owner = owner,
                             .name = name,
                             .entries = entries(),
                             .resource_tags = {{"for", hex(1)}},
                             .fresh_id = {"pl-" + hex(17)}};
    if (oneIn(6)) {
      command.family = AddressFamily::Ipv6;
      command.entries = {{net::parseIpv6Prefix("2001:db8::/32").value()}};
    }
    if (oneIn(4)) command.client_token = fmt::format("token{}", below(3));
    return command;
  }
  if (oneIn(4)) return DeletePrefixList{owner, name};
  ModifyPrefixList command{.owner = owner, .prefix_list = name, .add = entries()};
  for (const auto& [cidr, description] : list->entries) {
    if (oneIn(3)) command.remove.push_back(cidr);
  }
  if (oneIn(6)) command.name = prefixListName();
  if (oneIn(6)) command.max_entries = 1 + below(5);
  if (oneIn(4)) command.version = list->version;
  command.keep_flows = oneIn(4);
  return command;
}

Command RandomCommands::accountCommand(const Cloud& cloud) {
  const auto owner = oneIn(2) ? kGuest : this->owner();
  const auto account = cloud.accountByName(owner);
  std::string key = "AKNONE";
  if (account && !cloud.keysOf(account->id).empty()) key = *cloud.keysOf(account->id).begin();
  switch (below(11)) {
    case 0:
      return DeleteAccount{owner};
    case 10:
      return ModifyAccount{owner,
                           {{Limit::Groups, oneIn(2) ? std::optional(5 + below(3)) : std::nullopt},
                            {Limit::Addresses, 2 + below(8)}}};
    case 1:
      return CreateKey{owner, "AK" + hex(16), hex(40)};
    case 2:
      return DisableKey{owner, key};
    case 3:
      return DeleteKey{owner, key};
    case 4:
    case 5:
      return Revoke{owner, "default", permissions(cloud, owner)};
    default:
      return CreateAccount{owner,
                           {fmt::format("{:06}{:06}", below(1000000), below(1000000))},
                           "AK" + hex(16),
                           hex(40)};
  }
}

Command RandomCommands::ruleCommand(const Cloud& cloud, const std::string& owner) {
  const auto name = ownersGroup(cloud, owner);
  const auto account = cloud.accountByName(owner);
  const auto group = account ? findGroup(cloud, account->id, name)
                             : Result<Ref<Group>>(Error{ErrorCode::NotFound, "", ""});
  if (!group || (*group)->permissions.empty()) {
    return NotePermissions{owner, name, permissions(cloud, owner)};
  }
  const auto& all = (*group)->permissions;
  const auto permission = nth(all, below(static_cast<std::uint32_t>(all.size())));
  const auto id = oneIn(9) ? "sgr-" + hex(17) : ruleId(**group, permission);
  auto request = requestOf(permission);
  request.note = oneIn(2) ? "note " + hex(1) : "";
  if (oneIn(3)) return NotePermissions{owner, name, {request}};
  if (oneIn(3)) return TagResources{owner, {id}, {{"key", hex(1)}}};
  if (oneIn(2)) {
    request.protocol = net::kTcp;
    request.ports = kPorts[below(kPorts.size())];
    request.icmp = {};
  }
  return ModifyPermissions{owner, name, {{id, request}}};
}

Command RandomCommands::groupCommand(const Cloud& cloud) {
  const auto owner = this->owner();
  switch (below(16)) {
    case 0:
    case 1:
    case 2:
      return CreateGroup{owner, groupName(), oneIn(9) ? "other" : "", {"sg-" + hex(8)}};
    case 3:
    case 4:
    case 5:
      return DeleteGroup{owner, ownersGroup(cloud, owner)};
    case 6:
    case 7:
    case 8:
    case 9: {
      const auto group = ownersGroup(cloud, owner);
      return Revoke{owner, group, revocations(cloud, owner, group), oneIn(4)};
    }
    case 10:
      return ruleCommand(cloud, owner);
    default:
      return Authorize{owner, ownersGroup(cloud, owner), permissions(cloud, owner)};
  }
}

Command RandomCommands::addressCommand(const Cloud& cloud) {
  const auto owner = this->owner();
  switch (below(8)) {
    case 0:
    case 1: {
      AllocateAddress command{.owner = owner, .now = time()};
      if (oneIn(3)) command.address = publicAddress(cloud);
      if (oneIn(3)) command.client_token = fmt::format("token{}", below(6));
      return command;
    }
    case 2:
      return ReleaseAddress{owner, heldAddress(cloud, owner), time()};
    case 3:
    case 4:
      return DisassociateAddress{owner, heldAddress(cloud, owner), oneIn(4)};
    default:
      return AssociateAddress{owner, heldAddress(cloud, owner), attached(cloud, owner), oneIn(2),
                              time()};
  }
}

Command RandomCommands::forwardCommand(const Cloud& cloud, const std::string& owner) {
  const auto& all = cloud.forwards();
  if (!all.empty() && oneIn(3)) {
    const auto [id, forward] = nth(all, below(static_cast<std::uint32_t>(all.size())));
    return DeleteForward{forward->owner.value, id.address, id.protocol, id.first_port, oneIn(4)};
  }
  const auto& own = cloud.settings().host.public_addresses;
  const auto protocol = oneIn(3) ? net::kUdp : net::kTcp;
  const auto address = !own.empty() && oneIn(3) ? own[0] : heldAddress(cloud, owner);
  constexpr std::array<std::uint16_t, 4> kFirst{22, 80, 83, 8000};
  const auto first = kFirst[below(kFirst.size())];
  if (oneIn(6)) return DeleteForward{owner, address, protocol, first, oneIn(4)};
  CreateForward command{.owner = owner,
                        .address = address,
                        .protocol = protocol,
                        .ports = {first, static_cast<std::uint16_t>(first + below(4))},
                        .instance = attached(cloud, owner),
                        .instance_port = kFirst[below(kFirst.size())]};
  if (oneIn(6)) command.listeners.push_back({protocol, {}, 83});
  return command;
}

std::string RandomCommands::resource(const Cloud& cloud, const std::string& owner) {
  switch (below(5)) {
    case 4: {
      const auto account = cloud.accountByName(owner);
      const auto list = account ? cloud.prefixListByName(account->id, "list0") : nullptr;
      return list ? list->id.value : "pl-" + hex(17);
    }
    case 3: {
      const auto account = cloud.accountByName(owner);
      const auto pair = account ? findKeyPair(cloud, account->id, "key0") : nullptr;
      return pair ? pair->id.value : "key-" + hex(17);
    }
    case 0: {
      const auto account = cloud.accountByName(owner);
      const auto found = account ? cloud.groupByName(account->id, groupName()) : nullptr;
      return found ? found->id.value : "sg-" + hex(8);
    }
    case 1:
      return attached(cloud, owner).text();
    default:
      return allocationId(
          Address{.address = heldAddress(cloud, owner), .owner = {}, .long_id = oneIn(2)});
  }
}

Command RandomCommands::tagCommand(const Cloud& cloud) {
  const auto owner = this->owner();
  std::vector<std::string> resources{resource(cloud, owner)};
  if (oneIn(3)) resources.push_back(resource(cloud, owner));
  const auto key = fmt::format("key{}", below(3));
  const auto value = hex(1);
  if (!oneIn(3)) return TagResources{owner, std::move(resources), {{key, value}}};
  UntagResources command{owner, std::move(resources), {}};
  if (!oneIn(3)) command.tags[key] = oneIn(2) ? std::optional(value) : std::nullopt;
  return command;
}

Command RandomCommands::next(const Cloud& cloud) {
  if (cloud.settings().mode == NetworkMode::System && oneIn(8)) {
    return LearnAddress{attached(cloud, owner()), {0x0a000000U + below(30)}, oneIn(2)};
  }
  switch (below(26)) {
    case 24:
    case 25:
      return forwardCommand(cloud, owner());
    case 20:
      return oneIn(2) ? keyPairCommand() : tagCommand(cloud);
    case 19:
      return prefixListCommand(cloud);
    case 21:
      return attach(cloud);
    case 22: {
      AttachInstances command{{attach(cloud), attach(cloud)}, below(3)};
      if (oneIn(2)) command.instances[1].owner = command.instances[0].owner;
      return command;
    }
    case 23: {
      if (!oneIn(8)) return attach(cloud);
      const auto owner = this->owner();
      return DetachInstances{owner, {attached(cloud, owner)}, time()};
    }
    case 0:
      return accountCommand(cloud);
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
    case 6:
      return groupCommand(cloud);
    case 7:
    case 8:
    case 9:
    case 10:
    case 11:
      return addressCommand(cloud);
    case 12:
      return oneIn(3) ? Command(migrate(cloud)) : Command(modify(cloud));
    case 13:
      return SeeDevice{attached(cloud, owner()), fmt::format("vnet{}", below(40))};
    case 14:
    case 15:
    case 16:
      return DetachInstance{attached(cloud, owner()), oneIn(4),
                            oneIn(2) ? std::optional(time()) : std::nullopt};
    default:
      return attach(cloud);
  }
}

}  // namespace netctl::testing
