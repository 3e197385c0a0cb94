#include "base/base64.h"
#include "base/text.h"
#include "modes/cloud/faults.h"
#include "modes/cloud/prefix_lists.h"
#include "netctl/json/fields.h"
#include "netctl/store/etcd/values.h"
#include "netctl/store/limit_names.h"
#include "netctl/store/permission_row.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

namespace netctl::store::etcd_values {
namespace {

using json::Field;
using json::Fields;
using json::Type;

constexpr auto kAnyTime = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kU32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::int64_t kU16 = std::numeric_limits<std::uint16_t>::max();

constexpr Field text(std::string_view name) {
  return {.name = name};
}
constexpr Field maybe(std::string_view name) {
  return {.name = name, .required = false};
}
constexpr Field number(std::string_view name, std::int64_t least, std::int64_t most) {
  return {.name = name, .type = Type::Number, .minimum = least, .maximum = most};
}
constexpr Field time(std::string_view name) {
  return number(name, -kAnyTime, kAnyTime);
}
constexpr Field flag(std::string_view name) {
  return {.name = name, .type = Type::Boolean};
}
constexpr Field map(std::string_view name) {
  return {.name = name, .type = Type::StringMap};
}
constexpr Field maybeTag(std::string_view name) {
  return {.name = name, .type = Type::Number, .required = false, .minimum = 0, .maximum = kU16};
}

std::string textOf(const Fields& fields, std::string_view name) {
  return fields.text(name).value_or("");
}
template <class T>
T numberOf(const Fields& fields, std::string_view name) {
  return static_cast<T>(fields.number(name).value_or(0));
}
std::chrono::sys_seconds timeOf(const Fields& fields, std::string_view name) {
  return std::chrono::sys_seconds(std::chrono::seconds(fields.number(name).value_or(0)));
}
std::map<std::string, std::string> mapOf(const Fields& fields, std::string_view name) {
  return fields.textMap(name).value_or(std::map<std::string, std::string>{});
}
std::optional<net::Tag> tagOf(const Fields& fields, std::string_view name) {
  const auto tag = fields.number(name);
  if (!tag) return {};
  return net::Tag{static_cast<std::uint16_t>(*tag)};
}
net::Ipv4Address addressOf(const Fields& fields, std::string_view name) {
  return fields.parsed(name, net::parseIpv4Address).value_or(net::Ipv4Address{});
}
/// Only where nothing is at fault it is the right one.
cloud::InstanceId instanceOf(const Fields& fields, std::string_view name) {
  static const auto none = cloud::InstanceId::parse("i-00000000").value();
  return fields.parsed(name, cloud::InstanceId::parse).value_or(none);
}

constexpr Field kAccount[] = {text("id"), text("name"), {.name = "limits", .type = Type::Object}};

cloud::Account readAccount(const Fields& fields) {
  cloud::Account account{{textOf(fields, "id")}, textOf(fields, "name")};
  const auto* limits = fields.object("limits");
  if (limits == nullptr) return account;
  std::vector<Field> names;
  for (const auto& [limit, name] : kLimitNames) {
    names.push_back(
        {.name = name, .type = Type::Number, .required = false, .minimum = 0, .maximum = kU32});
  }
  const Fields values(*limits, names, fields.pathOf("limits."), fields.faults(), "member");
  for (const auto& [limit, name] : kLimitNames) {
    const auto value = values.number(name);
    if (value) account.limits.emplace(limit, static_cast<std::uint32_t>(*value));
  }
  return account;
}

constexpr Field kAccessKey[] = {text("id"), text("owner"), text("secret"), flag("enabled")};

cloud::AccessKey readAccessKey(const Fields& fields) {
  return {textOf(fields, "id"),
          {textOf(fields, "owner")},
          textOf(fields, "secret"),
          fields.flag("enabled")};
}

constexpr Field kKeyPair[] = {text("id"),         text("owner"),       text("name"),
                              text("public_key"), text("fingerprint"), time("created"),
                              map("tags")};

cloud::KeyPair readKeyPair(const Fields& fields) {
  return {.id = {textOf(fields, "id")},
          .owner = {textOf(fields, "owner")},
          .name = textOf(fields, "name"),
          .public_key = textOf(fields, "public_key"),
          .fingerprint = textOf(fields, "fingerprint"),
          .created = timeOf(fields, "created"),
          .resource_tags = mapOf(fields, "tags")};
}

constexpr Field kPrefixList[] = {text("id"),
                                 text("owner"),
                                 text("name"),
                                 text("family"),
                                 number("max_entries", 0, kU32),
                                 number("version", 0, kU32),
                                 flag("modified"),
                                 text("client_token"),
                                 map("entries"),
                                 map("tags")};

cloud::PrefixList readPrefixList(const Fields& fields) {
  cloud::PrefixList list{
      .id = {textOf(fields, "id")},
      .owner = {textOf(fields, "owner")},
      .name = textOf(fields, "name"),
      .family =
          fields.parsed("family", cloud::parseAddressFamily).value_or(cloud::AddressFamily::Ipv4),
      .max_entries = numberOf<std::uint32_t>(fields, "max_entries"),
      .version = numberOf<std::uint32_t>(fields, "version"),
      .modified = fields.flag("modified"),
      .client_token = textOf(fields, "client_token"),
      .resource_tags = mapOf(fields, "tags")};
  for (const auto& [written, description] : mapOf(fields, "entries")) {
    const auto cidr = cloud::parseCidr(written);
    if (fields.check("entries", cidr)) list.entries.emplace(*cidr, description);
  }
  return list;
}

constexpr Field kPermission[] = {number("protocol", -1, 255),
                                 number("first_port", 0, kU16),
                                 number("last_port", 0, kU16),
                                 number("icmp_type", -1, 255),
                                 number("icmp_code", -1, 255),
                                 text("source"),
                                 flag("egress"),
                                 maybe("note"),
                                 maybe("rule_id"),
                                 {.name = "tags", .type = Type::StringMap, .required = false}};

constexpr Field kGroup[] = {text("id"),      text("owner"),
                            text("name"),    text("description"),
                            maybeTag("tag"), maybeTag("last_tag"),
                            map("tags"),     {.name = "permissions", .type = Type::Objects}};

cloud::Group readGroup(const Fields& fields) {
  cloud::Group group{.id = {textOf(fields, "id")},
                     .owner = {textOf(fields, "owner")},
                     .name = textOf(fields, "name"),
                     .description = textOf(fields, "description"),
                     .tag = tagOf(fields, "tag"),
                     .last_tag = tagOf(fields, "last_tag"),
                     .resource_tags = mapOf(fields, "tags")};
  for (const auto& [path, object] : fields.objects("permissions")) {
    const Fields members(*object, kPermission, path, fields.faults(), "member");
    auto permission = permissionOf({.protocol = members.number("protocol").value_or(-1),
                                    .first_port = members.number("first_port").value_or(0),
                                    .last_port = members.number("last_port").value_or(0),
                                    .icmp_type = members.number("icmp_type").value_or(-1),
                                    .icmp_code = members.number("icmp_code").value_or(-1),
                                    .source = textOf(members, "source"),
                                    .egress = members.flag("egress") ? 1 : 0});
    if (!members.check("source", permission)) continue;
    cloud::PermissionDetails details{textOf(members, "note"), textOf(members, "rule_id"),
                                     mapOf(members, "tags")};
    if (details != cloud::PermissionDetails{}) {
      group.details.emplace(*permission, std::move(details));
    }
    if (!group.permissions.insert(*std::move(permission)).second) {
      fields.fault("permissions", "it has one twice");
    }
  }
  return group;
}

constexpr Field kInstance[] = {text("id"),
                               text("owner"),
                               {.name = "groups", .type = Type::Strings},
                               text("node"),
                               text("device"),
                               text("mac"),
                               maybeTag("tag"),
                               number("address_index", 0, kU32),
                               maybe("private_address"),
                               flag("public_addressing"),
                               text("user_data"),
                               map("attributes"),
                               text("seen_device"),
                               time("attached"),
                               map("tags"),
                               flag("metadata_needs_token"),
                               number("metadata_token_hops", 0, kU32),
                               flag("metadata_enabled"),
                               flag("metadata_shows_tags"),
                               maybe("destination_node"),
                               maybe("destination_device"),
                               maybe("destination_seen_device")};

cloud::Instance readInstance(const Fields& fields) {
  cloud::Instance instance{
      .id = instanceOf(fields, "id"),
      .owner = {textOf(fields, "owner")},
      .groups = {},
      .node = textOf(fields, "node"),
      .device = textOf(fields, "device"),
      .mac = fields.parsed("mac", net::parseMacAddress).value_or(net::MacAddress{}),
      .tag = tagOf(fields, "tag"),
      .address_index = numberOf<std::uint32_t>(fields, "address_index"),
      .private_address = fields.parsed("private_address", net::parseIpv4Address),
      .addressing =
          fields.flag("public_addressing") ? cloud::Addressing::Public : cloud::Addressing::Private,
      .attributes = mapOf(fields, "attributes"),
      .seen_device = textOf(fields, "seen_device"),
      .attached = timeOf(fields, "attached"),
      .resource_tags = mapOf(fields, "tags"),
      .metadata = {.needs_token = fields.flag("metadata_needs_token"),
                   .token_hops = numberOf<std::uint32_t>(fields, "metadata_token_hops"),
                   .enabled = fields.flag("metadata_enabled"),
                   .shows_tags = fields.flag("metadata_shows_tags")}};
  if (auto node = fields.text("destination_node")) {
    instance.destination = {*std::move(node), fields.text("destination_device").value_or(""),
                            fields.text("destination_seen_device").value_or("")};
  }
  for (auto& group : fields.texts("groups").value_or(std::vector<std::string>{})) {
    instance.groups.push_back({std::move(group)});
  }
  if (instance.groups.empty()) fields.fault("groups", "it needs one at least");
  if (auto bytes = decodeBase64(textOf(fields, "user_data"))) {
    instance.user_data = *std::move(bytes);
  } else {
    fields.fault("user_data", "it is not Base64");
  }
  return instance;
}

constexpr Field kEnded[] = {text("id"),    text("owner"),     time("attached"),
                            time("ended"), map("attributes"), map("tags")};

cloud::EndedInstance readEnded(const Fields& fields) {
  return {.id = instanceOf(fields, "id"),
          .owner = {textOf(fields, "owner")},
          .attached = timeOf(fields, "attached"),
          .ended = timeOf(fields, "ended"),
          .attributes = mapOf(fields, "attributes"),
          .resource_tags = mapOf(fields, "tags")};
}

constexpr Field kAddress[] = {text("address"),   text("owner"),        maybe("instance"),
                              flag("automatic"), text("client_token"), flag("long_id"),
                              map("tags")};

cloud::Address readAddress(const Fields& fields) {
  return {.address = addressOf(fields, "address"),
          .owner = {textOf(fields, "owner")},
          .instance = fields.parsed("instance", cloud::InstanceId::parse),
          .automatic = fields.flag("automatic"),
          .client_token = textOf(fields, "client_token"),
          .resource_tags = mapOf(fields, "tags"),
          .long_id = fields.flag("long_id")};
}

constexpr Field kReturned[] = {text("address"), text("owner"), time("at")};

cloud::ReturnedAddress readReturned(const Fields& fields) {
  return {addressOf(fields, "address"), {textOf(fields, "owner")}, timeOf(fields, "at")};
}

constexpr Field kForward[] = {text("address"),
                              number("protocol", 0, 255),
                              number("first_port", 0, kU16),
                              number("last_port", 0, kU16),
                              text("owner"),
                              text("instance"),
                              number("instance_port", 0, kU16)};

cloud::Forward readForward(const Fields& fields) {
  const auto first = fields.number("first_port").value_or(0);
  const auto last = fields.number("last_port").value_or(0);
  if (last < first) fields.fault("last_port", "it is below the first");
  if (fields.number("instance_port").value_or(0) + last - first > kU16) {
    fields.fault("instance_port", "there are not as many ports from it on");
  }
  return {.address = addressOf(fields, "address"),
          .protocol = {numberOf<std::uint8_t>(fields, "protocol")},
          .ports = {numberOf<std::uint16_t>(fields, "first_port"),
                    numberOf<std::uint16_t>(fields, "last_port")},
          .owner = {textOf(fields, "owner")},
          .instance = instanceOf(fields, "instance"),
          .instance_port = numberOf<std::uint16_t>(fields, "instance_port")};
}

/// Reads the object and puts it there, where nothing is at fault and it is the key's.
template <class T, std::size_t kFields, T (*kRead)(const Fields&)>
void putObject(cloud::Cloud& cloud, std::string_view key, const boost::json::value& value,
               const Field (&table)[kFields], cloud::Faults& faults) {
  const Fields fields(value, table, "", faults, "member");
  auto object = kRead(fields);
  if (!faults.empty()) return;
  if (keyOf(object) != key) {
    return faults.add("id", {ErrorCode::Internal, "InternalError",
                             fmt::format("it is the value of {}", keyOf(object))});
  }
  cloud.put(std::move(object));
}

/// False where there is no such kind.
bool putByKind(cloud::Cloud& cloud, std::string_view key, const boost::json::value& value,
               cloud::Faults& faults) {
  const auto kind = key.substr(0, key.find('/'));
  const auto put = [&]<auto kRead>(const auto& table) {
    using T = decltype(kRead(std::declval<const Fields&>()));
    putObject<T, std::extent_v<std::remove_reference_t<decltype(table)>>, kRead>(cloud, key, value,
                                                                                 table, faults);
    return true;
  };
  if (kind == "accounts") return put.template operator()<&readAccount>(kAccount);
  if (kind == "access-keys") return put.template operator()<&readAccessKey>(kAccessKey);
  if (kind == "key-pairs") return put.template operator()<&readKeyPair>(kKeyPair);
  if (kind == "prefix-lists") return put.template operator()<&readPrefixList>(kPrefixList);
  if (kind == "groups") return put.template operator()<&readGroup>(kGroup);
  if (kind == "instances") return put.template operator()<&readInstance>(kInstance);
  if (kind == "ended-instances") return put.template operator()<&readEnded>(kEnded);
  if (kind == "addresses") return put.template operator()<&readAddress>(kAddress);
  if (kind == "returned-addresses") return put.template operator()<&readReturned>(kReturned);
  if (kind == "forwards") return put.template operator()<&readForward>(kForward);
  return false;
}

Error wrong(std::string_view key, std::string_view why) {
  return {ErrorCode::Internal, "InternalError",
          fmt::format("etcd: key {}: {}", printable(key, 200), why)};
}

}  // namespace

Result<void> readInto(cloud::Cloud& cloud, std::string_view key, std::string_view value) {
  boost::system::error_code error;
  const auto parsed =
      boost::json::parse(boost::json::string_view(value.data(), value.size()), error);
  if (error) return wrong(key, fmt::format("its value {} is not JSON", quote(value)));
  cloud::Faults faults;
  try {
    if (!putByKind(cloud, key, parsed, faults))
      return wrong(key, "there is no such kind of object");
  } catch (const std::logic_error& broken) {
    return wrong(key, fmt::format("it contradicts another: {}", broken.what()));
  }
  if (faults.empty()) return {};
  auto fault = faults.error();
  const auto& first = fault.faults.front();
  return wrong(key,
               fmt::format("{}: {} (its value: {})", first.where, first.message, quote(value)));
}

}  // namespace netctl::store::etcd_values
