#include "modes/metadata/items.h"

#include "modes/metadata/object_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

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

std::string groupIds(const cloud::Instance& instance) {
  std::vector<std::string_view> ids;
  for (const auto& id : instance.groups) ids.push_back(id.value);
  return fmt::format("{}", fmt::join(ids, "\n"));
}

/// As the "instance identity document", without Amazon's own parts; nobody has signed it.
std::string identityDocument(const cloud::Instance& instance, const cloud::Settings& settings) {
  constexpr std::size_t kUsualSize = 512;
  ObjectText document(kUsualSize);
  const auto addAttribute = [&](std::string_view name, std::string_view key) {
    const auto* const value = attribute(instance, key);
    if (value == nullptr) return document.addJson(name, "null");
    document.add(name, *value);
  };
  const auto* const architecture = attribute(instance, "architecture");
  document.add("accountId", instance.owner.value);
  document.add("architecture", architecture == nullptr ? "x86_64" : *architecture);
  document.add("availabilityZone", settings.zone);
  addAttribute("imageId", "ami-id");
  document.add("instanceId", instance.id.text());
  addAttribute("instanceType", "instance-type");
  addAttribute("kernelId", "kernel-id");
  document.add("privateIp", net::format(instance.private_address.value()));
  addAttribute("ramdiskId", "ramdisk-id");
  document.add("region", settings.region);
  document.add("version", "2017-09-30");
  return document.take();
}

/// EC2 shows none with such a key ("Allow access to tags in instance metadata", EC2 user guide).
bool canBeItem(std::string_view key) {
  return key.find_first_of("/ ") == std::string_view::npos && key != "." && key != ".." &&
         key != "_index";
}

/// Adds an item, but for one whose path would go on below another's.
void addBeside(Items& items, const std::string& path, const std::string& value) {
  const auto below = items.lower_bound(path + "/");
  if (below != items.end() && below->first.starts_with(path + "/")) return;
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    if (items.contains(path.substr(0, slash))) return;
  }
  items.emplace(path, value);
}

}  // namespace

Items itemsOf(const InstanceFacts& facts) {
  const auto& instance = facts.instance;
  const auto& settings = facts.settings;
  const auto group_names = fmt::format("{}", fmt::join(facts.group_names, "\n"));
  const auto private_address = net::format(instance.private_address.value());
  const auto host = qualified(instance, settings);
  const auto mac = net::format(instance.mac);
  // One by one: an initializer list would copy each, and there is a document for each instance.
  Items items;
  items["dynamic/instance-identity/document"] = identityDocument(instance, settings);
  items["meta-data/hostname"] = host;
  items["meta-data/instance-action"] = "none";
  items["meta-data/instance-id"] = instance.id.text();
  items["meta-data/instance-life-cycle"] = "on-demand";
  items["meta-data/local-hostname"] = host;
  items["meta-data/local-ipv4"] = private_address;
  items["meta-data/mac"] = mac;
  items["meta-data/placement/availability-zone"] = settings.zone;
  items["meta-data/placement/region"] = settings.region;
  items["meta-data/security-groups"] = group_names;
  const auto interface = "meta-data/network/interfaces/macs/" + mac + "/";
  items[interface + "device-number"] = "0";
  items[interface + "local-hostname"] = host;
  items[interface + "local-ipv4s"] = private_address;
  items[interface + "mac"] = mac;
  items[interface + "owner-id"] = instance.owner.value;
  items[interface + "security-group-ids"] = groupIds(instance);
  items[interface + "security-groups"] = group_names;
  items[interface + "subnet-ipv4-cidr-block"] =
      net::format(settings.plan.network(instance.tag.value()));
  if (facts.public_address) {
    const auto public_address = net::format(*facts.public_address);
    for (const auto& prefix : {std::string("meta-data/"), interface}) {
      // No DNS knows a name for it, and the address does wherever a name would.
      items[prefix + "public-hostname"] = public_address;
    }
    items["meta-data/public-ipv4"] = public_address;
    items[interface + "public-ipv4s"] = public_address;
    items[interface + "ipv4-associations/" + public_address] = private_address;
  }
  if (!instance.user_data.empty()) items[std::string(kUserData)] = instance.user_data;
  if (instance.metadata.shows_tags) {
    for (const auto& [key, value] : instance.resource_tags) {
      if (canBeItem(key)) items["meta-data/tags/instance/" + key] = value;
    }
  }
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

}  // namespace netctl::metadata
