#include "netctl/node/part_json.h"

#include "modes/cloud/text_rules.h"
#include "netctl/config/configuration.h"
#include "netctl/config/values.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <bit>

namespace netctl::node {
namespace {

namespace json = boost::json;
using cloud::Part;
using cloud::PartDifference;
using cloud::PartInstance;
using cloud::PartNetwork;
using cloud::PartSettings;

json::object write(const PartSettings& settings) {
  const auto& plan = settings.plan;
  return {{"mode", cloud::format(settings.mode)},
          {"subnet", net::format(plan.subnet)},
          {"network_size", plan.network_size},
          {"cluster_index", plan.cluster_index},
          {"clusters", plan.clusters},
          {"mac_prefix", net::format(settings.mac_prefix)},
          {"zone", settings.zone},
          {"region", settings.region}};
}

json::value write(const PartNetwork& network) {
  return json::object{
      {"group", network.group.value}, {"owner", network.owner.value}, {"name", network.name}};
}

json::value write(const PartInstance& instance) {
  json::object object{{"tag", nullptr},     {"index", instance.address_index},
                      {"address", nullptr}, {"mac", net::format(instance.mac)},
                      {"device", nullptr},  {"owner", nullptr}};
  if (instance.tag) object["tag"] = instance.tag->value;
  if (instance.private_address) object["address"] = net::format(*instance.private_address);
  if (instance.device) object["device"] = *instance.device;
  if (instance.owner) object["owner"] = instance.owner->value;
  return object;
}

std::string keyOf(net::Tag tag) {
  return std::to_string(tag.value);
}
std::string keyOf(const cloud::InstanceId& id) {
  return id.text();
}

template <class Key, class Value>
json::object write(const std::map<Key, Value>& values) {
  json::object object;
  for (const auto& [key, value] : values) object[keyOf(key)] = write(value);
  return object;
}

template <class Key, class Value>
json::object write(const std::map<Key, std::optional<Value>>& values) {
  json::object object;
  for (const auto& [key, value] : values) {
    object[keyOf(key)] = value ? write(*value) : json::value(nullptr);
  }
  return object;
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

PartSettings readSettings(const json::value& value, const std::string& path, Verdict& verdict) {
  const Members members(value, path,
                        {"mode", "subnet", "network_size", "cluster_index", "clusters",
                         "mac_prefix", "zone", "region"},
                        verdict);
  PartSettings settings;
  auto& plan = settings.plan;
  members.read("mode", settings.mode, config::parseMode);
  members.read("subnet", plan.subnet, parsePrefix);
  plan.network_size = static_cast<std::uint32_t>(members.number("network_size", 16, 2048));
  plan.clusters = static_cast<std::uint32_t>(members.number("clusters", 1, 8));
  plan.cluster_index = static_cast<std::uint32_t>(members.number("cluster_index", 0, 7));
  members.read("mac_prefix", settings.mac_prefix, net::parseMacPrefix);
  members.read("zone", settings.zone, parseLabel);
  members.read("region", settings.region, parseLabel);
  if (!std::has_single_bit(plan.network_size) || plan.network_size > plan.subnet.size() ||
      plan.cluster_index >= plan.clusters) {
    verdict.refuse(path, "is no address plan");
  }
  return settings;
}

PartNetwork readNetwork(const json::value& value, const std::string& path, Verdict& verdict) {
  const Members members(value, path, {"group", "owner", "name"}, verdict);
  PartNetwork network;
  members.read("group", network.group, parseId<cloud::isGroupId, cloud::GroupId>);
  members.read("owner", network.owner, parseId<cloud::isAccountId, cloud::AccountId>);
  members.read("name", network.name, parseGroupName);
  return network;
}

PartInstance readInstance(const json::value& value, const std::string& path, Verdict& verdict) {
  const Members members(value, path, {"tag", "index", "address", "mac", "device", "owner"},
                        verdict);
  PartInstance instance;
  const auto has = [&](std::string_view name) { return !members.at(name).is_null(); };
  if (has("tag")) {
    instance.tag = net::Tag{
        static_cast<std::uint16_t>(members.number("tag", net::Tag::kFirst, net::Tag::kLast))};
  }
  instance.address_index = static_cast<std::uint32_t>(members.number("index", 0, 65535));
  if (has("address")) {
    members.read("address", instance.private_address.emplace(), net::parseIpv4Address);
  }
  members.read("mac", instance.mac, net::parseMacAddress);
  if (has("owner")) {
    members.read("owner", instance.owner.emplace(), parseId<cloud::isAccountId, cloud::AccountId>);
  }
  if (!has("device")) return instance;
  instance.device = members.text("device");
  if (!instance.device->empty() && !cloud::checkDeviceName(*instance.device)) {
    verdict.refuse(members.pathOf("device"), "is no name of a device");
  }
  return instance;
}

/// Calls `read(key, value, path)` for the members of an object, whose names `parse` reads.
template <class Parse, class Read>
void readMap(const Members& members, std::string_view name, Parse parse, Read read) {
  const auto path = members.pathOf(name);
  for (const auto& member : members.object(name)) {
    if (members.verdict().refused()) return;
    const std::string_view key = member.key();
    const auto at = fmt::format("{}.{}", path, key);
    if (const auto parsed = parse(key)) {
      read(*parsed, member.value(), at);
    } else {
      members.verdict().refuse(at, "has a wrong name");
    }
  }
}

/// A value, or null for what is gone.
template <class Read>
auto orGone(Read read, const json::value& value, const std::string& path, Verdict& verdict) {
  return value.is_null() ? std::nullopt : std::optional(read(value, path, verdict));
}

}  // namespace

json::value toJson(const Part& part) {
  return json::object{{"settings", write(part.settings)},
                      {"networks", write(part.networks)},
                      {"instances", write(part.instances)}};
}

json::value toJson(const PartDifference& difference) {
  return json::object{{"networks", write(difference.networks)},
                      {"instances", write(difference.instances)}};
}

Part readPart(const json::value& value, const std::string& path, Verdict& verdict) {
  const Members members(value, path, {"settings", "networks", "instances"}, verdict);
  Part part;
  part.settings = readSettings(members.at("settings"), members.pathOf("settings"), verdict);
  readMap(members, "networks", parseTag, [&](net::Tag tag, const auto& network, const auto& at) {
    part.networks.emplace(tag, readNetwork(network, at, verdict));
  });
  readMap(members, "instances", cloud::InstanceId::parse,
          [&](const cloud::InstanceId& id, const auto& instance, const auto& at) {
            if (!part.instances.emplace(id, readInstance(instance, at, verdict)).second) {
              verdict.refuse(at, "is there twice");
            }
          });
  if (verdict.refused()) return part;
  if (const auto sound = cloud::check(part); !sound) {
    verdict.refuse(path, sound.error().message);
  }
  return part;
}

PartDifference readDifference(const json::value& value, const std::string& path, Verdict& verdict) {
  const Members members(value, path, {"networks", "instances"}, verdict);
  PartDifference difference;
  readMap(members, "networks", parseTag, [&](net::Tag tag, const auto& network, const auto& at) {
    difference.networks.emplace(tag, orGone(readNetwork, network, at, verdict));
  });
  readMap(
      members, "instances", cloud::InstanceId::parse,
      [&](const cloud::InstanceId& id, const auto& instance, const auto& at) {
        if (!difference.instances.emplace(id, orGone(readInstance, instance, at, verdict)).second) {
          verdict.refuse(at, "is there twice");
        }
      });
  return difference;
}

}  // namespace netctl::node
