#include "netctl/store/read_cloud.h"

#include "modes/cloud/prefix_lists.h"
#include "netctl/store/limit_names.h"
#include "netctl/store/permission_row.h"

#include <fmt/format.h>

#include <limits>
#include <stdexcept>

namespace netctl::store {
namespace {

using cloud::GroupId;

/// The parsed value, or an error that says where it stands.
template <class T>
Result<T> in(std::string_view table, const std::string& key, Result<T> parsed) {
  if (parsed) return parsed;
  return Error{ErrorCode::Internal, "InternalError",
               fmt::format("state file: table {}, row {}: {}", table, key, parsed.error().message)};
}

template <class T>
Result<T> number(const Row& row, int column) {
  const auto value = row.integer(column);
  if (value >= 0 && value <= std::numeric_limits<T>::max()) return static_cast<T>(value);
  return Error{ErrorCode::Internal, "InternalError", fmt::format("{} is out of range", value)};
}

Result<std::optional<net::Tag>> optionalTag(const Row& row, int column) {
  if (row.isNull(column)) return std::optional<net::Tag>{};
  const auto value = number<std::uint16_t>(row, column);
  if (!value) return value.error();
  return std::optional{net::Tag{*value}};
}

Error nowhere(std::string_view table, const std::string& key, std::string_view other) {
  return {ErrorCode::Internal, "InternalError",
          fmt::format("state file: table {}, row {}: it is not in {}", table, key, other)};
}

using TagsOf = std::map<std::string, cloud::ResourceTags>;

/// The resource tags, or the attributes, of all objects of one kind, by the object's key.
Result<TagsOf> readTags(Database& database, const char* sql) {
  TagsOf tags;
  Statement rows(database, sql);
  auto read = rows.each([&](const Row& row) -> Result<void> {
    tags[row.text(0)].emplace(row.text(1), row.text(2));
    return {};
  });
  if (!read) return read.error();
  return tags;
}

cloud::ResourceTags take(TagsOf& tags, const std::string& key) {
  auto node = tags.extract(key);
  return node.empty() ? cloud::ResourceTags{} : std::move(node.mapped());
}

Result<void> readAccounts(Database& database, cloud::Cloud& cloud) {
  std::map<std::string, cloud::Limits> limits;
  Statement limit_rows(database, "SELECT account, name, value FROM account_limits");
  auto read = limit_rows.each([&](const Row& row) -> Result<void> {
    const auto limit = in("account_limits", row.text(0), limitOf(row.text(1)));
    if (!limit) return limit.error();
    const auto value = in("account_limits", row.text(0), number<std::uint32_t>(row, 2));
    if (!value) return value.error();
    limits[row.text(0)].emplace(*limit, *value);
    return {};
  });
  if (!read) return read;
  Statement accounts(database, "SELECT id, name FROM accounts");
  read = accounts.each([&](const Row& row) -> Result<void> {
    cloud.put(cloud::Account{{row.text(0)}, row.text(1), limits[row.text(0)]});
    return {};
  });
  if (!read) return read;
  Statement keys(database, "SELECT id, owner, secret, enabled FROM access_keys");
  return keys.each([&](const Row& row) -> Result<void> {
    cloud.put(cloud::AccessKey{row.text(0), {row.text(1)}, row.text(2), row.integer(3) != 0});
    return {};
  });
}

std::chrono::sys_seconds timeOf(const Row& row, int column) {
  return std::chrono::sys_seconds(std::chrono::seconds(row.integer(column)));
}

Result<void> readKeyPairs(Database& database, cloud::Cloud& cloud) {
  auto tags = readTags(database, "SELECT object, key, value FROM key_pair_tags");
  if (!tags) return tags.error();
  Statement rows(database,
                 "SELECT id, owner, name, public_key, fingerprint, created FROM key_pairs");
  return rows.each([&](const Row& row) -> Result<void> {
    cloud.put(cloud::KeyPair{.id = {row.text(0)},
                             .owner = {row.text(1)},
                             .name = row.text(2),
                             .public_key = row.text(3),
                             .fingerprint = row.text(4),
                             .created = timeOf(row, 5),
                             .resource_tags = take(*tags, row.text(0))});
    return {};
  });
}

Result<cloud::PrefixList> prefixListOf(const Row& row) {
  const auto family = cloud::parseAddressFamily(row.text(3));
  if (!family) return family.error();
  const auto max_entries = number<std::uint32_t>(row, 4);
  if (!max_entries) return max_entries.error();
  const auto version = number<std::uint32_t>(row, 5);
  if (!version) return version.error();
  return cloud::PrefixList{.id = {row.text(0)},
                           .owner = {row.text(1)},
                           .name = row.text(2),
                           .family = *family,
                           .max_entries = *max_entries,
                           .version = *version,
                           .modified = row.integer(6) != 0,
                           .client_token = row.text(7)};
}

Result<void> readPrefixLists(Database& database, cloud::Cloud& cloud) {
  auto tags = readTags(database, "SELECT object, key, value FROM prefix_list_tags");
  if (!tags) return tags.error();
  std::map<std::string, cloud::PrefixList> lists;
  Statement rows(database,
                 "SELECT id, owner, name, family, max_entries, version, modified, client_token "
                 "FROM prefix_lists");
  auto read = rows.each([&](const Row& row) -> Result<void> {
    auto list = in("prefix_lists", row.text(0), prefixListOf(row));
    if (!list) return list.error();
    list->resource_tags = take(*tags, row.text(0));
    lists.emplace(row.text(0), *std::move(list));
    return {};
  });
  if (!read) return read;
  Statement entries(database, "SELECT list, cidr, description FROM prefix_list_entries");
  read = entries.each([&](const Row& row) -> Result<void> {
    const auto cidr = in("prefix_list_entries", row.text(1), cloud::parseCidr(row.text(1)));
    if (!cidr) return cidr.error();
    const auto found = lists.find(row.text(0));
    if (found == lists.end()) return nowhere("prefix_list_entries", row.text(0), "prefix_lists");
    found->second.entries.emplace(*cidr, row.text(2));
    return {};
  });
  if (!read) return read;
  for (auto& [id, list] : lists) cloud.put(std::move(list));
  return {};
}

Result<void> readGroups(Database& database, cloud::Cloud& cloud) {
  auto tags = readTags(database, "SELECT object, key, value FROM group_tags");
  if (!tags) return tags.error();
  std::map<GroupId, cloud::Group> groups;
  Statement rows(database, "SELECT id, owner, name, description, tag, last_tag FROM groups");
  auto read = rows.each([&](const Row& row) -> Result<void> {
    cloud::Group group{.id = {row.text(0)},
                       .owner = {row.text(1)},
                       .name = row.text(2),
                       .description = row.text(3)};
    const auto tag = in("groups", group.id.value, optionalTag(row, 4));
    if (!tag) return tag.error();
    const auto last_tag = in("groups", group.id.value, optionalTag(row, 5));
    if (!last_tag) return last_tag.error();
    group.tag = *tag;
    group.last_tag = *last_tag;
    group.resource_tags = take(*tags, group.id.value);
    groups.emplace(group.id, std::move(group));
    return {};
  });
  if (!read) return read;
  const auto permission_of = [](const char* table, const Row& row) {
    return in(table, row.text(0),
              permissionOf({.protocol = row.integer(1),
                            .first_port = row.integer(2),
                            .last_port = row.integer(3),
                            .icmp_type = row.integer(4),
                            .icmp_code = row.integer(5),
                            .source = row.text(6),
                            .egress = row.integer(7)}));
  };
  Statement permissions(database,
                        "SELECT group_id, protocol, first_port, last_port, icmp_type, icmp_code, "
                        "source, egress, note, rule_id FROM permissions");
  read = permissions.each([&](const Row& row) -> Result<void> {
    auto permission = permission_of("permissions", row);
    if (!permission) return permission.error();
    const auto found = groups.find(GroupId{row.text(0)});
    if (found == groups.end()) return nowhere("permissions", row.text(0), "groups");
    auto& group = found->second;
    cloud::PermissionDetails details{.note = row.text(8), .rule_id = row.text(9)};
    if (details != cloud::PermissionDetails{}) {
      group.details.emplace(*permission, std::move(details));
    }
    group.permissions.insert(std::move(*permission));
    return {};
  });
  if (!read) return read;
  Statement permission_tags(database,
                            "SELECT group_id, protocol, first_port, last_port, icmp_type, "
                            "icmp_code, source, egress, key, value FROM permission_tags");
  read = permission_tags.each([&](const Row& row) -> Result<void> {
    const auto permission = permission_of("permission_tags", row);
    if (!permission) return permission.error();
    const auto found = groups.find(GroupId{row.text(0)});
    if (found == groups.end() || !found->second.permissions.contains(*permission)) {
      return nowhere("permission_tags", row.text(0), "permissions");
    }
    found->second.details[*permission].resource_tags.emplace(row.text(8), row.text(9));
    return {};
  });
  if (!read) return read;
  for (auto& [id, group] : groups) cloud.put(std::move(group));
  return {};
}

Result<cloud::Instance> instanceOf(const Row& row) {
  const auto id = cloud::InstanceId::parse(row.text(0));
  if (!id) return id.error();
  const auto mac = net::parseMacAddress(row.text(4));
  if (!mac) return mac.error();
  const auto tag = optionalTag(row, 5);
  if (!tag) return tag.error();
  const auto index = number<std::uint32_t>(row, 6);
  if (!index) return index.error();
  const auto hops = number<std::uint32_t>(row, 13);
  if (!hops) return hops.error();
  const cloud::MetadataOptions metadata{.needs_token = row.integer(12) != 0,
                                        .token_hops = *hops,
                                        .enabled = row.integer(14) != 0,
                                        .shows_tags = row.integer(15) != 0};
  std::optional<net::Ipv4Address> address;
  if (!row.isNull(7)) {
    const auto parsed = net::parseIpv4Address(row.text(7));
    if (!parsed) return parsed.error();
    address = *parsed;
  }
  std::optional<cloud::Destination> destination;
  if (!row.isNull(16)) destination = {row.text(16), row.text(17), row.text(18)};
  return cloud::Instance{
      .id = *id,
      .owner = {row.text(1)},
      .groups = {},
      .node = row.text(2),
      .device = row.text(3),
      .mac = *mac,
      .tag = *tag,
      .address_index = *index,
      .private_address = address,
      .addressing = row.integer(8) != 0 ? cloud::Addressing::Public : cloud::Addressing::Private,
      .user_data = row.text(9),
      .seen_device = row.text(10),
      .attached = timeOf(row, 11),
      .metadata = metadata,
      .destination = std::move(destination)};
}

Result<void> readInstances(Database& database, cloud::Cloud& cloud) {
  auto tags = readTags(database, "SELECT object, key, value FROM instance_tags");
  if (!tags) return tags.error();
  std::map<std::string, cloud::Instance> instances;
  Statement rows(
      database,
      "SELECT written_id, owner, node, device, mac, tag, address_index, "
      "private_address, public_addressing, user_data, seen_device, attached, "
      "metadata_needs_token, metadata_token_hops, metadata_enabled, metadata_shows_tags, "
      "destination_node, destination_device, destination_seen_device "
      "FROM instances");
  auto read = rows.each([&](const Row& row) -> Result<void> {
    auto instance = in("instances", row.text(0), instanceOf(row));
    if (!instance) return instance.error();
    const auto id = instance->id.canonical();
    instance->resource_tags = take(*tags, id);
    instances.emplace(id, std::move(*instance));
    return {};
  });
  if (!read) return read;
  Statement groups(database,
                   "SELECT instance, group_id FROM instance_groups ORDER BY instance, position");
  read = groups.each([&](const Row& row) -> Result<void> {
    const auto found = instances.find(row.text(0));
    if (found == instances.end()) return nowhere("instance_groups", row.text(0), "instances");
    found->second.groups.push_back({row.text(1)});
    return {};
  });
  if (!read) return read;
  Statement attributes(database, "SELECT instance, key, value FROM instance_attributes");
  read = attributes.each([&](const Row& row) -> Result<void> {
    const auto found = instances.find(row.text(0));
    if (found == instances.end()) return nowhere("instance_attributes", row.text(0), "instances");
    found->second.attributes.emplace(row.text(1), row.text(2));
    return {};
  });
  if (!read) return read;
  for (auto& [id, instance] : instances) cloud.put(std::move(instance));
  return {};
}

Result<void> readEnded(Database& database, cloud::Cloud& cloud) {
  auto tags = readTags(database, "SELECT object, key, value FROM ended_instance_tags");
  if (!tags) return tags.error();
  auto attributes = readTags(database, "SELECT object, key, value FROM ended_instance_attributes");
  if (!attributes) return attributes.error();
  Statement rows(database, "SELECT id, written_id, owner, attached, ended FROM ended_instances");
  return rows.each([&](const Row& row) -> Result<void> {
    const auto id = in("ended_instances", row.text(0), cloud::InstanceId::parse(row.text(1)));
    if (!id) return id.error();
    cloud.put(cloud::EndedInstance{.id = *id,
                                   .owner = {row.text(2)},
                                   .attached = timeOf(row, 3),
                                   .ended = timeOf(row, 4),
                                   .attributes = take(*attributes, row.text(0)),
                                   .resource_tags = take(*tags, row.text(0))});
    return {};
  });
}

Result<void> readAddresses(Database& database, cloud::Cloud& cloud) {
  auto tags = readTags(database, "SELECT object, key, value FROM address_tags");
  if (!tags) return tags.error();
  Statement rows(database,
                 "SELECT address, addresses.owner, written_id, automatic, client_token, long_id "
                 "FROM addresses LEFT JOIN instances ON instances.id = addresses.instance");
  return rows.each([&](const Row& row) -> Result<void> {
    const auto parsed = in("addresses", row.text(0), net::parseIpv4Address(row.text(0)));
    if (!parsed) return parsed.error();
    cloud::Address address{.address = *parsed, .owner = {row.text(1)}};
    if (!row.isNull(2)) {
      const auto instance = in("addresses", row.text(0), cloud::InstanceId::parse(row.text(2)));
      if (!instance) return instance.error();
      address.instance = *instance;
    }
    address.automatic = row.integer(3) != 0;
    address.client_token = row.text(4);
    address.long_id = row.integer(5) != 0;
    address.resource_tags = take(*tags, row.text(0));
    cloud.put(std::move(address));
    return {};
  });
}

Result<void> readReturned(Database& database, cloud::Cloud& cloud) {
  Statement rows(database, "SELECT address, owner, returned FROM returned_addresses");
  return rows.each([&](const Row& row) -> Result<void> {
    const auto address = in("returned_addresses", row.text(0), net::parseIpv4Address(row.text(0)));
    if (!address) return address.error();
    cloud.put(cloud::ReturnedAddress{*address, {row.text(1)}, timeOf(row, 2)});
    return {};
  });
}

Result<cloud::Forward> forwardOf(const Row& row) {
  const auto address = net::parseIpv4Address(row.text(0));
  if (!address) return address.error();
  const auto protocol = number<std::uint8_t>(row, 1);
  if (!protocol) return protocol.error();
  const auto first = number<std::uint16_t>(row, 2);
  if (!first) return first.error();
  const auto last = number<std::uint16_t>(row, 3);
  if (!last) return last.error();
  const auto instance = cloud::InstanceId::parse(row.text(5));
  if (!instance) return instance.error();
  const auto instance_port = number<std::uint16_t>(row, 6);
  if (!instance_port) return instance_port.error();
  return cloud::Forward{.address = *address,
                        .protocol = {*protocol},
                        .ports = {*first, *last},
                        .owner = {row.text(4)},
                        .instance = *instance,
                        .instance_port = *instance_port};
}

Result<void> readForwards(Database& database, cloud::Cloud& cloud) {
  Statement rows(database,
                 "SELECT address, protocol, first_port, last_port, forwards.owner, written_id, "
                 "instance_port FROM forwards JOIN instances ON instances.id = forwards.instance");
  return rows.each([&](const Row& row) -> Result<void> {
    auto forward = in("forwards", row.text(0), forwardOf(row));
    if (!forward) return forward.error();
    cloud.put(std::move(*forward));
    return {};
  });
}

}  // namespace

Result<void> readCloud(Database& database, cloud::Cloud& cloud) {
  try {
    for (const auto part : {readAccounts, readKeyPairs, readPrefixLists, readGroups, readInstances,
                            readEnded, readAddresses, readReturned, readForwards}) {
      if (auto done = part(database, cloud); !done) return done;
    }
  } catch (const std::logic_error& broken) {
    // Its tables keep two from having what only one may have; a damaged file does not.
    return Error{ErrorCode::Internal, "InternalError",
                 fmt::format("state file: its rows contradict each other: {}", broken.what())};
  }
  (void)cloud.takeChanges();
  return {};
}

}  // namespace netctl::store
