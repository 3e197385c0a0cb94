#include "base/base64.h"
#include "modes/cloud/prefix_lists.h"
#include "netctl/store/etcd/values.h"
#include "netctl/store/limit_names.h"
#include "netctl/store/permission_row.h"

#include <fmt/format.h>
#include <boost/json.hpp>

namespace netctl::store::etcd_values {
namespace {

boost::json::object objectOf(const std::map<std::string, std::string>& texts) {
  boost::json::object object;
  for (const auto& [key, value] : texts) object[key] = value;
  return object;
}

std::int64_t secondsOf(std::chrono::sys_seconds time) {
  return std::int64_t{time.time_since_epoch().count()};
}

boost::json::object permissionObject(const cloud::Group& group,
                                     const cloud::Permission& permission) {
  const auto row = rowOf(permission);
  const auto& details = cloud::detailsOf(group, permission);
  boost::json::object object{{"protocol", row.protocol},   {"first_port", row.first_port},
                             {"last_port", row.last_port}, {"icmp_type", row.icmp_type},
                             {"icmp_code", row.icmp_code}, {"source", row.source},
                             {"egress", row.egress == 1}};
  // Most bear nothing, and a group may have thousands.
  if (!details.note.empty()) object["note"] = details.note;
  if (!details.rule_id.empty()) object["rule_id"] = details.rule_id;
  if (!details.resource_tags.empty()) object["tags"] = objectOf(details.resource_tags);
  return object;
}

}  // namespace

std::string keyOf(const cloud::Account& account) {
  return "accounts/" + account.id.value;
}
std::string keyOf(const cloud::AccessKey& key) {
  return "access-keys/" + key.id;
}
std::string keyOf(const cloud::KeyPair& pair) {
  return "key-pairs/" + pair.id.value;
}
std::string keyOf(const cloud::PrefixList& list) {
  return "prefix-lists/" + list.id.value;
}
std::string keyOf(const cloud::Group& group) {
  return "groups/" + group.id.value;
}
std::string keyOf(const cloud::Instance& instance) {
  return "instances/" + instance.id.canonical();
}
std::string keyOf(const cloud::EndedInstance& ended) {
  return "ended-instances/" + ended.id.canonical();
}
std::string keyOf(const cloud::Address& address) {
  return "addresses/" + net::format(address.address);
}
std::string keyOf(const cloud::ReturnedAddress& returned) {
  return "returned-addresses/" + net::format(returned.address);
}
std::string keyOf(const cloud::Forward& forward) {
  return fmt::format("forwards/{},{},{}", net::format(forward.address),
                     int{forward.protocol.number.value_or(0)}, forward.ports.first);
}

std::string valueOf(const cloud::Account& account) {
  boost::json::object limits;
  for (const auto& [limit, name] : kLimitNames) {
    if (const auto at = account.limits.find(limit); at != account.limits.end()) {
      limits[name] = std::int64_t{at->second};
    }
  }
  return boost::json::serialize(boost::json::object{
      {"id", account.id.value}, {"name", account.name}, {"limits", std::move(limits)}});
}

std::string valueOf(const cloud::AccessKey& key) {
  return boost::json::serialize(boost::json::object{{"id", key.id},
                                                    {"owner", key.owner.value},
                                                    {"secret", key.secret},
                                                    {"enabled", key.enabled}});
}

std::string valueOf(const cloud::KeyPair& pair) {
  return boost::json::serialize(boost::json::object{{"id", pair.id.value},
                                                    {"owner", pair.owner.value},
                                                    {"name", pair.name},
                                                    {"public_key", pair.public_key},
                                                    {"fingerprint", pair.fingerprint},
                                                    {"created", secondsOf(pair.created)},
                                                    {"tags", objectOf(pair.resource_tags)}});
}

std::string valueOf(const cloud::PrefixList& list) {
  boost::json::object entries;
  for (const auto& [cidr, description] : list.entries) entries[cloud::format(cidr)] = description;
  return boost::json::serialize(boost::json::object{{"id", list.id.value},
                                                    {"owner", list.owner.value},
                                                    {"name", list.name},
                                                    {"family", cloud::format(list.family)},
                                                    {"max_entries", std::int64_t{list.max_entries}},
                                                    {"version", std::int64_t{list.version}},
                                                    {"modified", list.modified},
                                                    {"client_token", list.client_token},
                                                    {"entries", std::move(entries)},
                                                    {"tags", objectOf(list.resource_tags)}});
}

std::string valueOf(const cloud::Group& group) {
  boost::json::array permissions;
  for (const auto& permission : group.permissions) {
    permissions.push_back(permissionObject(group, permission));
  }
  boost::json::object object{{"id", group.id.value},
                             {"owner", group.owner.value},
                             {"name", group.name},
                             {"description", group.description},
                             {"permissions", std::move(permissions)},
                             {"tags", objectOf(group.resource_tags)}};
  if (group.tag) object["tag"] = std::int64_t{group.tag->value};
  if (group.last_tag) object["last_tag"] = std::int64_t{group.last_tag->value};
  return boost::json::serialize(object);
}

std::string valueOf(const cloud::Instance& instance) {
  boost::json::array groups;
  for (const auto& group : instance.groups) groups.emplace_back(group.value);
  boost::json::object object{
      {"id", instance.id.text()},
      {"owner", instance.owner.value},
      {"groups", std::move(groups)},
      {"node", instance.node},
      {"device", instance.device},
      {"mac", net::format(instance.mac)},
      {"address_index", std::int64_t{instance.address_index}},
      {"public_addressing", instance.addressing == cloud::Addressing::Public},
      {"user_data", encodeBase64(instance.user_data)},
      {"attributes", objectOf(instance.attributes)},
      {"seen_device", instance.seen_device},
      {"attached", secondsOf(instance.attached)},
      {"tags", objectOf(instance.resource_tags)},
      {"metadata_needs_token", instance.metadata.needs_token},
      {"metadata_token_hops", std::int64_t{instance.metadata.token_hops}},
      {"metadata_enabled", instance.metadata.enabled},
      {"metadata_shows_tags", instance.metadata.shows_tags}};
  if (instance.tag) object["tag"] = std::int64_t{instance.tag->value};
  if (instance.private_address) object["private_address"] = net::format(*instance.private_address);
  if (const auto& destination = instance.destination) {
    object["destination_node"] = destination->node;
    object["destination_device"] = destination->device;
    object["destination_seen_device"] = destination->seen_device;
  }
  return boost::json::serialize(object);
}

std::string valueOf(const cloud::EndedInstance& ended) {
  return boost::json::serialize(boost::json::object{{"id", ended.id.text()},
                                                    {"owner", ended.owner.value},
                                                    {"attached", secondsOf(ended.attached)},
                                                    {"ended", secondsOf(ended.ended)},
                                                    {"attributes", objectOf(ended.attributes)},
                                                    {"tags", objectOf(ended.resource_tags)}});
}

std::string valueOf(const cloud::Address& address) {
  boost::json::object object{{"address", net::format(address.address)},
                             {"owner", address.owner.value},
                             {"automatic", address.automatic},
                             {"client_token", address.client_token},
                             {"long_id", address.long_id},
                             {"tags", objectOf(address.resource_tags)}};
  if (address.instance) object["instance"] = address.instance->text();
  return boost::json::serialize(object);
}

std::string valueOf(const cloud::ReturnedAddress& returned) {
  return boost::json::serialize(boost::json::object{{"address", net::format(returned.address)},
                                                    {"owner", returned.owner.value},
                                                    {"at", secondsOf(returned.at)}});
}

std::string valueOf(const cloud::Forward& forward) {
  return boost::json::serialize(
      boost::json::object{{"address", net::format(forward.address)},
                          {"protocol", std::int64_t{forward.protocol.number.value_or(0)}},
                          {"first_port", std::int64_t{forward.ports.first}},
                          {"last_port", std::int64_t{forward.ports.last}},
                          {"owner", forward.owner.value},
                          {"instance", forward.instance.text()},
                          {"instance_port", std::int64_t{forward.instance_port}}});
}

}  // namespace netctl::store::etcd_values
