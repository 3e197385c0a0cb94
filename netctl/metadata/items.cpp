#include "netctl/metadata/items.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/json.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace netctl::metadata {
namespace {

constexpr std::string_view kKey = "meta-data/public-keys/0/openssh-key";
constexpr std::string_view kKeys = "meta-data/public-keys";
constexpr std::string_view kKeyName = "key-name";

/// Null where there is none.
const std::string* attribute(const cloud::Instance& instance, std::string_view key) {
  const auto found = instance.attributes.find(std::string(key));
  return found == instance.attributes.end() ? nullptr : &found->second;
}

std::string qualified(const cloud::Instance& instance, const cloud::Settings& settings) {
  const auto name = cloud::hostName(instance);
  return settings.domain_name.empty() ? name : name + "." + settings.domain_name;
}

std::string groupNames(const cloud::Cloud& cloud, const cloud::Instance& instance) {
  std::vector<std::string_view> names;
  for (const auto& id : instance.groups) names.push_back(cloud.group(id)->name);
  return fmt::format("{}", fmt::join(names, "\n"));
}

std::string groupIds(const cloud::Instance& instance) {
  std::vector<std::string_view> ids;
  for (const auto& id : instance.groups) ids.push_back(id.value);
  return fmt::format("{}", fmt::join(ids, "\n"));
}

/// As the "instance identity document", without Amazon's own parts; nobody has signed it.
std::string identityDocument(const cloud::Instance& instance, const cloud::Settings& settings) {
  const auto text = [&](std::string_view key) -> boost::json::value {
    const auto* value = attribute(instance, key);
    if (value == nullptr) return nullptr;
    return boost::json::value(*value);
  };
  return boost::json::serialize(
      boost::json::object{{"accountId", instance.owner.value},
                          {"architecture", text("architecture")},
                          {"availabilityZone", settings.zone},
                          {"imageId", text("ami-id")},
                          {"instanceId", instance.id.text()},
                          {"instanceType", text("instance-type")},
                          {"kernelId", text("kernel-id")},
                          {"privateIp", net::format(instance.private_address.value())},
                          {"ramdiskId", text("ramdisk-id")},
                          {"region", settings.region},
                          {"version", "2017-09-30"}});
}

/// Adds an item, but for one whose path would go on below another's.
void addBeside(Items& items, const std::string& path, const std::string& value) {
  const auto above = [&](const std::string& upper, const std::string& lower) {
    return lower.starts_with(upper + "/");
  };
  const bool collides = std::ranges::any_of(items, [&](const auto& item) {
    return item.first == path || above(item.first, path) || above(path, item.first);
  });
  if (!collides) items.emplace(path, value);
}

}  // namespace

Items itemsOf(const cloud::Cloud& cloud, const cloud::Instance& instance) {
  const auto& settings = cloud.settings();
  const auto private_address = net::format(instance.private_address.value());
  const auto host = qualified(instance, settings);
  const auto mac = net::format(instance.mac);
  Items items{
      {"dynamic/instance-identity/document", identityDocument(instance, settings)},
      {"meta-data/hostname", host},
      {"meta-data/instance-action", "none"},
      {"meta-data/instance-id", instance.id.text()},
      {"meta-data/instance-life-cycle", "on-demand"},
      {"meta-data/local-hostname", host},
      {"meta-data/local-ipv4", private_address},
      {"meta-data/mac", mac},
      {"meta-data/placement/availability-zone", settings.zone},
      {"meta-data/placement/region", settings.region},
      {"meta-data/security-groups", groupNames(cloud, instance)},
  };
  const auto interface = "meta-data/network/interfaces/macs/" + mac + "/";
  items[interface + "device-number"] = "0";
  items[interface + "local-hostname"] = host;
  items[interface + "local-ipv4s"] = private_address;
  items[interface + "mac"] = mac;
  items[interface + "owner-id"] = instance.owner.value;
  items[interface + "security-group-ids"] = groupIds(instance);
  items[interface + "security-groups"] = groupNames(cloud, instance);
  items[interface + "subnet-ipv4-cidr-block"] =
      net::format(settings.plan.network(instance.tag.value()));
  if (const auto address = cloud.addressOf(instance.id)) {
    const auto public_address = net::format(address->address);
    for (const auto& prefix : {std::string("meta-data/"), interface}) {
      // No DNS knows a name for it, and the address does wherever a name would.
      items[prefix + "public-hostname"] = public_address;
    }
    items["meta-data/public-ipv4"] = public_address;
    items[interface + "public-ipv4s"] = public_address;
    items[interface + "ipv4-associations/" + public_address] = private_address;
  }
  if (!instance.user_data.empty()) items["user-data"] = instance.user_data;
  for (const auto& [key, value] : instance.attributes) {
    if (key != kKeyName) addBeside(items, "meta-data/" + key, value);
  }
  addBeside(items, "meta-data/ami-launch-index", "0");
  if (items.contains(std::string(kKey))) {
    const auto* name = attribute(instance, kKeyName);
    items[std::string(kKeys)] = "0=" + (name == nullptr ? std::string("key") : *name);
  }
  return items;
}

std::optional<std::string> show(const Items& items, std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  if (const auto item = items.find(std::string(path)); item != items.end()) return item->second;
  const auto prefix = path.empty() ? std::string() : std::string(path) + "/";
  std::map<std::string, std::string_view> names;  // and the slash
  for (auto item = items.lower_bound(prefix);
       item != items.end() && item->first.starts_with(prefix); ++item) {
    const auto rest = std::string_view(item->first).substr(prefix.size());
    const auto end = rest.find('/');
    auto& slash = names[std::string(rest.substr(0, end))];
    // At the top EC2 shows none.
    if (end != std::string_view::npos && !prefix.empty()) slash = "/";
  }
  if (names.empty()) return std::nullopt;
  std::string list;
  for (const auto& [name, slash] : names) {
    if (!list.empty()) list += '\n';
    list.append(name).append(slash);
  }
  return list;
}

const std::vector<std::string_view>& versions() {
  static const std::vector<std::string_view> all{
      "1.0",        "2007-01-19", "2007-03-01", "2007-08-29", "2007-10-10", "2007-12-15",
      "2008-02-01", "2008-09-01", "2009-04-04", "2011-01-01", "2011-05-01", "2012-01-12",
      "2014-02-25", "2014-11-05", "2015-10-20", "2016-04-19", "2016-06-30", "2016-09-02",
      "2018-03-28", "2018-08-17", "2018-09-24", "2019-10-01", "2020-10-27", "2021-01-03",
      "2021-03-23", "2021-07-15", "2022-09-24", "latest"};
  return all;
}

}  // namespace netctl::metadata
