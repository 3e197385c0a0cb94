#include "netctl/ec2/rules.h"

#include "base/text.h"
#include "modes/cloud/rule_ids.h"
#include "netctl/ec2/actions.h"
#include "netctl/ec2/groups.h"
#include "netctl/ec2/listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

namespace netctl::ec2 {
namespace {

using cloud::Group;
using cloud::Permission;

int orAny(const std::optional<std::uint8_t>& number) {
  return number ? *number : -1;
}

void writeTraffic(XmlWriter& xml, const Permission& permission) {
  xml.text("ipProtocol", protocolText(permission.protocol));
  if (const auto ports = portsOf(permission)) {
    xml.number("fromPort", ports->first).number("toPort", ports->second);
  }
}

void writeNote(XmlWriter& xml, const Group& group, const Permission& permission) {
  const auto& note = cloud::detailsOf(group, permission).note;
  if (!note.empty()) xml.text("description", note);
}

void writeSourceGroup(XmlWriter& xml, const cloud::Cloud& cloud, const Group& group,
                      const cloud::GroupId& id) {
  const auto source = cloud.group(id);
  if (source) xml.text("userId", source->owner.value);
  xml.text("groupId", id.value);
  // Another account's group is shown by the id that was asked for, without its name.
  if (source && source->owner == group.owner) xml.text("groupName", source->name);
}

/// Permissions of one group that differ in their source only.
using Same = std::vector<const Permission*>;

void writeItem(XmlWriter& xml, const cloud::Cloud& cloud, const Group& group, const Same& same) {
  const auto with = [&]<class Source>(std::type_identity<Source> /*sort*/) {
    Same found;
    std::ranges::copy_if(same, std::back_inserter(found), [](const Permission* permission) {
      return std::holds_alternative<Source>(permission->source);
    });
    return found;
  };
  writeTraffic(xml, *same.front());
  xml.list("groups", with(std::type_identity<cloud::GroupId>()), [&](const Permission* permission) {
    writeSourceGroup(xml, cloud, group, std::get<cloud::GroupId>(permission->source));
    writeNote(xml, group, *permission);
  });
  const auto write_other = [&](const char* element) {
    return [&xml, &group, element](const Permission* permission) {
      xml.text(element, cloud::format(permission->source));
      writeNote(xml, group, *permission);
    };
  };
  xml.list("ipRanges", with(std::type_identity<net::Ipv4Prefix>()), write_other("cidrIp"));
  xml.list("ipv6Ranges", with(std::type_identity<net::Ipv6Prefix>()), write_other("cidrIpv6"));
  xml.list("prefixListIds", with(std::type_identity<cloud::PrefixListId>()),
           write_other("prefixListId"));
}

/// Those of one direction.
void writeItems(XmlWriter& xml, const char* element, const cloud::Cloud& cloud, const Group& group,
                cloud::Direction direction) {
  using Traffic = std::tuple<net::Protocol, net::PortRange, net::IcmpMatch>;
  std::map<Traffic, Same> items;
  for (const auto& permission : group.permissions) {
    if (permission.direction != direction) continue;
    items[{permission.protocol, permission.ports, permission.icmp}].push_back(&permission);
  }
  xml.list(element, items, [&](const auto& item) { writeItem(xml, cloud, group, item.second); });
}

/// One rule of a group.
struct Rule {
  cloud::Ref<Group> group;
  Permission permission;

  [[nodiscard]] std::string id() const { return cloud::ruleId(*group, permission); }
  [[nodiscard]] const cloud::ResourceTags& tags() const {
    return cloud::detailsOf(*group, permission).resource_tags;
  }
};

/// All rules of an account, by their ids.
std::map<std::string, Rule> rulesOf(const cloud::Cloud& cloud, const cloud::AccountId& owner) {
  std::map<std::string, Rule> rules;
  for (const auto& [name, id] : cloud.groupsOf(owner)) {
    const auto group = cloud.group(id);
    for (const auto& permission : group->permissions) {
      rules.emplace(cloud::ruleId(*group, permission), Rule{group, permission});
    }
  }
  return rules;
}

const FilterTable<Rule>& ruleFilters() {
  static const FilterTable<Rule> table{
      {"group-id",
       [](const Rule& rule, Values& values) { values.push_back(rule.group->id.value); }},
      {"security-group-rule-id",
       [](const Rule& rule, Values& values) { values.push_back(rule.id()); }},
      {"tag-key",
       [](const Rule& rule, Values& values) {
         for (const auto& [key, value] : rule.tags()) values.push_back(key);
       }},
      {"tag-value",
       [](const Rule& rule, Values& values) {
         for (const auto& [key, value] : rule.tags()) values.push_back(value);
       }},
  };
  return table;
}

}  // namespace

std::string protocolText(const net::Protocol& protocol) {
  return protocol == net::kAnyProtocol ? "-1" : net::format(protocol);
}

std::optional<std::pair<int, int>> portsOf(const Permission& permission) {
  if (permission.protocol == net::kTcp || permission.protocol == net::kUdp) {
    return std::pair<int, int>(permission.ports.first, permission.ports.last);
  }
  if (permission.protocol != net::kIcmp) return {};
  return std::pair(orAny(permission.icmp.type), orAny(permission.icmp.code));
}

cloud::PermissionRequest requestOf(const cloud::Cloud& cloud, const Permission& permission) {
  cloud::PermissionRequest request{.protocol = permission.protocol,
                                   .ports = permission.ports,
                                   .icmp = permission.icmp,
                                   .direction = permission.direction};
  if (const auto* const prefix = std::get_if<net::Ipv4Prefix>(&permission.source)) {
    request.cidrs = {*prefix};
  } else if (const auto* const ipv6 = std::get_if<net::Ipv6Prefix>(&permission.source)) {
    request.ipv6_cidrs = {*ipv6};
  } else if (const auto* const list = std::get_if<cloud::PrefixListId>(&permission.source)) {
    request.prefix_lists = {list->value};
  } else {
    const auto& id = std::get<cloud::GroupId>(permission.source);
    const auto group = cloud.group(id);
    request.groups = {{group ? group->owner.value : "", id.value}};
  }
  return request;
}

Result<cloud::PermissionRequest> requestOfRule(const Call& call, const Group& group,
                                               cloud::Direction direction, std::string_view id) {
  const auto* const permission = cloud::permissionOfRule(group, id);
  if (permission == nullptr || permission->direction != direction) return cloud::noSuchRule(id);
  return requestOf(call.cloud(), *permission);
}

void writeIpPermissions(XmlWriter& xml, const cloud::Cloud& cloud, const Group& group) {
  writeItems(xml, "ipPermissions", cloud, group, cloud::Direction::Ingress);
  writeItems(xml, "ipPermissionsEgress", cloud, group, cloud::Direction::Egress);
}

void writeRule(XmlWriter& xml, const cloud::Cloud& cloud, const Group& group,
               const Permission& permission) {
  const auto ports = portsOf(permission).value_or(std::pair(-1, -1));
  xml.text("groupId", group.id.value).text("groupOwnerId", group.owner.value);
  xml.flag("isEgress", permission.direction == cloud::Direction::Egress);
  xml.text("securityGroupRuleId", cloud::ruleId(group, permission));
  xml.text("ipProtocol", protocolText(permission.protocol));
  xml.number("fromPort", ports.first).number("toPort", ports.second);
  if (const auto* const source = std::get_if<cloud::GroupId>(&permission.source)) {
    xml.open("referencedGroupInfo").text("groupId", source->value);
    if (const auto found = cloud.group(*source)) xml.text("userId", found->owner.value);
    xml.close();
  } else if (const auto* const list = std::get_if<cloud::PrefixListId>(&permission.source)) {
    xml.text("prefixListId", list->value);
  } else {
    const bool is_ipv6 = std::holds_alternative<net::Ipv6Prefix>(permission.source);
    xml.text(is_ipv6 ? "cidrIpv6" : "cidrIpv4", cloud::format(permission.source));
  }
  writeNote(xml, group, permission);
  writeTags(xml, cloud::detailsOf(group, permission).resource_tags);
}

Result<Step> describeSecurityGroupRules(const Call& call) {
  const auto& parameters = call.parameters;
  const auto filters = Filters::read(parameters, ruleFilters(), true);
  const auto page = Page::read(parameters);
  const auto& cloud = call.cloud();
  const auto rules = rulesOf(cloud, call.account.id);
  std::set<std::string> wanted;
  for (const auto& id : parameters.list("SecurityGroupRuleId")) {
    if (!rules.contains(id)) return cloud::noSuchRule(id);
    wanted.insert(id);
  }
  if (!parameters.faults().empty()) return Step{Elements()};  // they are the answer
  XmlWriter xml;
  writePage(
      xml, "securityGroupRuleSet", page, rules,
      [&](const Rule& rule) {
        return (wanted.empty() || wanted.contains(rule.id())) &&
               filters.hold(rule, ruleFilters(), rule.tags());
      },
      [&](const Rule& rule) { writeRule(xml, cloud, *rule.group, rule.permission); });
  return Step{xml.take()};
}

}  // namespace netctl::ec2
