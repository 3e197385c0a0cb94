#include "netctl/ec2/rules.h"

#include "base/text.h"
#include "netctl/crypto/hash.h"
#include "netctl/ec2/actions.h"
#include "netctl/ec2/groups.h"
#include "netctl/ec2/listing.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <tuple>
#include <vector>

namespace netctl::ec2 {
namespace {

using cloud::Group;
using cloud::Permission;

constexpr std::string_view kEverywhere = "0.0.0.0/0";
constexpr std::string_view kEgress = "egress";

int orAny(const std::optional<std::uint8_t>& number) {
  return number ? *number : -1;
}

std::string idOf(const cloud::GroupId& group, std::string_view rule) {
  return "sgr-" + hex(crypto::sha256(group.value + " " + std::string(rule))).substr(0, 17);
}

std::string sourceText(const cloud::PermissionSource& source) {
  if (const auto* const prefix = std::get_if<net::Ipv4Prefix>(&source)) return net::format(*prefix);
  return std::get<cloud::GroupId>(source).value;
}

std::string noteOf(const Group& group, const Permission& permission) {
  const auto at = group.notes.find(permission);
  return at == group.notes.end() ? "" : at->second;
}

void writeTraffic(XmlWriter& xml, const Permission& permission) {
  xml.text("ipProtocol", protocolText(permission.protocol));
  if (const auto ports = portsOf(permission)) {
    xml.number("fromPort", ports->first).number("toPort", ports->second);
  }
}

void writeNote(XmlWriter& xml, const Group& group, const Permission& permission) {
  if (const auto note = noteOf(group, permission); !note.empty()) xml.text("description", note);
}

void writeSourceGroup(XmlWriter& xml, const cloud::Cloud& cloud, const Group& group,
                      const cloud::GroupId& id) {
  const auto source = cloud.group(id);
  if (source) xml.text("userId", source->owner.value);
  xml.text("groupId", id.value);
  // Another account's group is shown by the id that was asked for, without its name.
  if (source && source->owner == group.owner) xml.text("groupName", source->name);
}

/// Permissions that differ in their source only.
void writeItem(XmlWriter& xml, const cloud::Cloud& cloud, const Group& group,
               const std::vector<Permission>& same) {
  std::vector<Permission> groups;
  std::vector<Permission> ranges;
  for (const auto& permission : same) {
    const bool is_group = std::holds_alternative<cloud::GroupId>(permission.source);
    (is_group ? groups : ranges).push_back(permission);
  }
  writeTraffic(xml, same.front());
  xml.list("groups", groups, [&](const Permission& permission) {
    writeSourceGroup(xml, cloud, group, std::get<cloud::GroupId>(permission.source));
    writeNote(xml, group, permission);
  });
  xml.list("ipRanges", ranges, [&](const Permission& permission) {
    xml.text("cidrIp", sourceText(permission.source));
    writeNote(xml, group, permission);
  });
  xml.open("ipv6Ranges").close().open("prefixListIds").close();
}

/// One rule of a group.
struct Rule {
  cloud::Ref<Group> group;
  std::optional<Permission> permission;

  [[nodiscard]] std::string id() const {
    return permission ? ruleId(group->id, *permission) : egressRuleId(group->id);
  }
};

/// All rules of an account, by their ids.
std::map<std::string, Rule> rulesOf(const cloud::Cloud& cloud, const cloud::AccountId& owner) {
  std::map<std::string, Rule> rules;
  for (const auto& [name, id] : cloud.groupsOf(owner)) {
    const auto group = cloud.group(id);
    rules.emplace(egressRuleId(id), Rule{group, {}});
    for (const auto& permission : group->permissions) {
      rules.emplace(ruleId(id, permission), Rule{group, permission});
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
      {"tag-key", [](const Rule&, Values&) {}},
      {"tag-value", [](const Rule&, Values&) {}},
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

std::string ruleId(const cloud::GroupId& group, const Permission& permission) {
  const auto ports = portsOf(permission).value_or(std::pair(-1, -1));
  return idOf(group, fmt::format("{} {} {} {}", protocolText(permission.protocol), ports.first,
                                 ports.second, sourceText(permission.source)));
}

std::string egressRuleId(const cloud::GroupId& group) {
  return idOf(group, kEgress);
}

void writeIpPermissions(XmlWriter& xml, const cloud::Cloud& cloud, const Group& group) {
  using Traffic = std::tuple<net::Protocol, net::PortRange, net::IcmpMatch>;
  std::map<Traffic, std::vector<Permission>> items;
  for (const auto& permission : group.permissions) {
    items[{permission.protocol, permission.ports, permission.icmp}].push_back(permission);
  }
  xml.list("ipPermissions", items,
           [&](const auto& item) { writeItem(xml, cloud, group, item.second); });
  xml.open("ipPermissionsEgress").open("item").text("ipProtocol", "-1");
  xml.open("groups").close();
  xml.open("ipRanges").open("item").text("cidrIp", kEverywhere).close().close();
  xml.open("ipv6Ranges").close().open("prefixListIds").close();
  xml.close().close();
}

void writeRule(XmlWriter& xml, const cloud::Cloud& cloud, const Group& group,
               const std::optional<Permission>& permission) {
  xml.text("groupId", group.id.value).text("groupOwnerId", group.owner.value);
  xml.flag("isEgress", !permission);
  if (!permission) {
    xml.text("securityGroupRuleId", egressRuleId(group.id)).text("ipProtocol", "-1");
    xml.number("fromPort", -1).number("toPort", -1).text("cidrIpv4", kEverywhere);
  } else {
    const auto ports = portsOf(*permission).value_or(std::pair(-1, -1));
    xml.text("securityGroupRuleId", ruleId(group.id, *permission));
    xml.text("ipProtocol", protocolText(permission->protocol));
    xml.number("fromPort", ports.first).number("toPort", ports.second);
    if (const auto* const source = std::get_if<cloud::GroupId>(&permission->source)) {
      xml.open("referencedGroupInfo").text("groupId", source->value);
      if (const auto found = cloud.group(*source)) xml.text("userId", found->owner.value);
      xml.close();
    } else {
      xml.text("cidrIpv4", sourceText(permission->source));
    }
    writeNote(xml, group, *permission);
  }
  writeTags(xml, {});
}

Result<Step> describeSecurityGroupRules(const Call& call) {
  const auto& parameters = call.parameters;
  const auto filters = Filters::read(parameters, ruleFilters(), true);
  const auto page = Page::read(parameters);
  const auto& cloud = call.cloud();
  const auto rules = rulesOf(cloud, call.account.id);
  std::set<std::string> wanted;
  for (const auto& id : parameters.list("SecurityGroupRuleId")) {
    if (!rules.contains(id)) return noSuchRule(id);
    wanted.insert(id);
  }
  if (!parameters.faults().empty()) return Step{Elements()};  // they are the answer
  XmlWriter xml;
  writePage(
      xml, "securityGroupRuleSet", page, rules,
      [&](const Rule& rule) {
        return (wanted.empty() || wanted.contains(rule.id())) && filters.hold(rule, ruleFilters());
      },
      [&](const Rule& rule) { writeRule(xml, cloud, *rule.group, rule.permission); });
  return Step{xml.take()};
}

}  // namespace netctl::ec2
