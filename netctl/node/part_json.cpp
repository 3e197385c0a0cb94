#include "netctl/node/part_json.h"

#include "modes/cloud/text_rules.h"
#include "netctl/config/configuration.h"
#include "netctl/config/values.h"
#include "netctl/node/member_readers.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <array>
#include <bit>
#include <vector>

namespace netctl::node {
namespace {

using boost::json::object;
using boost::json::value;
using cloud::Part;
using cloud::PartDifference;
using cloud::PartInstance;
using cloud::PartMigration;
using cloud::PartNetwork;
using cloud::PartSettings;
using json::Fields;

constexpr std::array kSettings{text("mode"),
                               text("subnet"),
                               number("network_size", 16, 2048),
                               number("cluster_index", 0, 7),
                               number("clusters", 1, 8),
                               text("mac_prefix"),
                               text("zone"),
                               text("region"),
                               texts("gateway_macs")};
constexpr std::array kNetwork{text("group"), text("owner"), text("name")};
constexpr std::array kInstance{orNull(number("tag", net::Tag::kFirst, net::Tag::kLast)),
                               number("index", 0, 65535),
                               orNull(text("address")),
                               text("mac"),
                               orNull(text("device")),
                               orNull(text("owner")),
                               optional(text("migration"))};
constexpr std::string_view kLeaves = "leaves";
constexpr std::string_view kArrives = "arrives";
constexpr std::array kPart{members("settings"), members("networks"), members("instances")};
constexpr std::array kDifference{members("networks"), members("instances")};

object write(const PartSettings& settings) {
  const auto& plan = settings.plan;
  boost::json::array gateways;
  for (const auto& mac : settings.gateway_macs) gateways.emplace_back(net::format(mac));
  return {{"mode", cloud::format(settings.mode)},
          {"subnet", net::format(plan.subnet)},
          {"network_size", plan.network_size},
          {"cluster_index", plan.cluster_index},
          {"clusters", plan.clusters},
          {"mac_prefix", net::format(settings.mac_prefix)},
          {"zone", settings.zone},
          {"region", settings.region},
          {"gateway_macs", std::move(gateways)}};
}

value write(const PartNetwork& network) {
  return object{
      {"group", network.group.value}, {"owner", network.owner.value}, {"name", network.name}};
}

value write(const PartInstance& instance) {
  object written{{"tag", nullptr},     {"index", instance.address_index},
                 {"address", nullptr}, {"mac", net::format(instance.mac)},
                 {"device", nullptr},  {"owner", nullptr}};
  if (instance.tag) written["tag"] = instance.tag->value;
  if (instance.private_address) written["address"] = net::format(*instance.private_address);
  if (instance.device) written["device"] = *instance.device;
  if (instance.owner) written["owner"] = instance.owner->value;
  // Absent where there is none, which a node of a former version understands.
  if (instance.migration == PartMigration::Leaves) written["migration"] = kLeaves;
  if (instance.migration == PartMigration::Arrives) written["migration"] = kArrives;
  return written;
}

/// Null for what is gone.
template <class Value>
value write(const std::optional<Value>& now) {
  return now ? write(*now) : value(nullptr);
}

std::string keyOf(net::Tag tag) {
  return std::to_string(tag.value);
}
std::string keyOf(const cloud::InstanceId& id) {
  return id.text();
}

template <class Key, class Value>
object write(const std::map<Key, Value>& values) {
  object written;
  for (const auto& [key, entry] : values) written[keyOf(key)] = write(entry);
  return written;
}

std::optional<net::Tag> parseTag(std::string_view text) {
  const auto number = config::parseNumber(text, net::Tag::kFirst, net::Tag::kLast);
  if (!number || std::to_string(*number) != text) return {};
  return net::Tag{static_cast<std::uint16_t>(*number)};
}

/// A prefix as it is written: without host bits.
std::optional<net::Ipv4Prefix> parsePrefix(std::string_view text) {
  const auto prefix = net::parseIpv4Prefix(text);
  if (!prefix || net::format(*prefix) != text) return {};
  return *prefix;
}

std::optional<std::string> parseLabel(std::string_view text) {
  return config::parseName(text, 63);
}

template <auto kIs, class Id>
std::optional<Id> parseId(std::string_view text) {
  return kIs(text) ? std::optional(Id{std::string(text)}) : std::nullopt;
}

std::optional<std::string> parseGroupName(std::string_view text) {
  return cloud::checkGroupName(text) ? std::optional(std::string(text)) : std::nullopt;
}

/// Empty where the device is known by its instance's MAC.
std::optional<std::string> parseDevice(std::string_view text) {
  const bool right = text.empty() || cloud::checkDeviceName(text);
  return right ? std::optional(std::string(text)) : std::nullopt;
}

constexpr auto kParseGroup = parseId<cloud::isGroupId, cloud::GroupId>;
constexpr auto kParseAccount = parseId<cloud::isAccountId, cloud::AccountId>;

/// The limits of these numbers are within 32 bits.
std::uint32_t readNumber(const Fields& fields, std::string_view name, std::uint32_t otherwise) {
  return static_cast<std::uint32_t>(fields.number(name).value_or(otherwise));
}

PartSettings readSettings(const Fields& part) {
  const auto* const given = part.object("settings");
  if (given == nullptr) return {};
  const auto fields = membersOf(*given, kSettings, part.pathOf("settings."), part.faults());
  PartSettings settings;
  auto& plan = settings.plan;
  settings.mode = readAs(fields, "mode", config::parseMode).value_or(settings.mode);
  plan.subnet = readAs(fields, "subnet", parsePrefix).value_or(plan.subnet);
  plan.network_size = readNumber(fields, "network_size", 16);
  plan.clusters = readNumber(fields, "clusters", 1);
  plan.cluster_index = readNumber(fields, "cluster_index", 0);
  settings.mac_prefix =
      readAs(fields, "mac_prefix", net::parseMacPrefix).value_or(settings.mac_prefix);
  settings.zone = readAs(fields, "zone", parseLabel).value_or("");
  settings.region = readAs(fields, "region", parseLabel).value_or("");
  for (const auto& text : fields.texts("gateway_macs").value_or(std::vector<std::string>{})) {
    if (const auto mac = net::parseMacAddress(text)) {
      settings.gateway_macs.insert(*mac);
    } else {
      fields.fault("gateway_macs", fmt::format("has a wrong value: {}", quote(text)));
    }
  }
  if (!std::has_single_bit(plan.network_size) || plan.network_size > plan.subnet.size() ||
      plan.cluster_index >= plan.clusters) {
    part.fault("settings", "are not an address plan");
  }
  return settings;
}

PartNetwork readNetwork(const value& of, const std::string& path, cloud::Faults& faults) {
  const auto fields = membersOf(of, kNetwork, path, faults);
  return {readAs(fields, "group", kParseGroup).value_or(cloud::GroupId{}),
          readAs(fields, "owner", kParseAccount).value_or(cloud::AccountId{}),
          readAs(fields, "name", parseGroupName).value_or("")};
}

Result<PartMigration> parseMigration(std::string_view text) {
  if (text == kLeaves) return PartMigration::Leaves;
  if (text == kArrives) return PartMigration::Arrives;
  return cloud::invalid("is not a migration");
}

PartInstance readInstance(const value& of, const std::string& path, cloud::Faults& faults) {
  const auto fields = membersOf(of, kInstance, path, faults);
  PartInstance instance{
      .address_index = readNumber(fields, "index", 0),
      .private_address = readAs(fields, "address", net::parseIpv4Address),
      .mac = readAs(fields, "mac", net::parseMacAddress).value_or(net::MacAddress{}),
      .device = readAs(fields, "device", parseDevice),
      .migration = readAs(fields, "migration", parseMigration).value_or(PartMigration::None),
      .owner = readAs(fields, "owner", kParseAccount)};
  if (const auto tag = fields.number("tag")) instance.tag = {static_cast<std::uint16_t>(*tag)};
  return instance;
}

/// A value, or null for what is gone.
template <class Read>
auto orGone(Read read, const value& of, const std::string& path, cloud::Faults& faults) {
  return of.is_null() ? std::nullopt : std::optional(read(of, path, faults));
}

}  // namespace

value toJson(const Part& part) {
  return object{{"settings", write(part.settings)},
                {"networks", write(part.networks)},
                {"instances", write(part.instances)}};
}

value toJson(const PartDifference& difference) {
  return object{{"networks", write(difference.networks)},
                {"instances", write(difference.instances)}};
}

Part readPart(const object& of, const std::string& path, cloud::Faults& faults) {
  const auto fields = membersOf(of, kPart, path, faults);
  Part part{readSettings(fields), {}, {}};
  readMap(fields, "networks", parseTag, [&](net::Tag tag, const auto& network, const auto& at) {
    return part.networks.emplace(tag, readNetwork(network, at, faults)).second;
  });
  readMap(fields, "instances", cloud::InstanceId::parse,
          [&](const cloud::InstanceId& id, const auto& instance, const auto& at) {
            return part.instances.emplace(id, readInstance(instance, at, faults)).second;
          });
  if (!faults.empty()) return part;
  if (const auto sound = cloud::check(part); !sound) faults.add("part", sound.error());
  return part;
}

PartDifference readDifference(const object& of, const std::string& path, cloud::Faults& faults) {
  const auto fields = membersOf(of, kDifference, path, faults);
  PartDifference difference;
  readMap(fields, "networks", parseTag, [&](net::Tag tag, const auto& network, const auto& at) {
    return difference.networks.emplace(tag, orGone(readNetwork, network, at, faults)).second;
  });
  readMap(
      fields, "instances", cloud::InstanceId::parse,
      [&](const cloud::InstanceId& id, const auto& instance, const auto& at) {
        return difference.instances.emplace(id, orGone(readInstance, instance, at, faults)).second;
      });
  return difference;
}

}  // namespace netctl::node
