#include "netctl/api/permissions.h"

#include "base/text.h"
#include "modes/cloud/text_rules.h"
#include "netctl/api/references.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <map>
#include <tuple>

namespace netctl::api {
namespace {

namespace json = boost::json;

constexpr std::int64_t kAnyIcmp = -1;
constexpr std::string_view kIngress = "ingress";
constexpr std::string_view kEgress = "egress";

bool hasPorts(const net::Protocol& protocol) {
  return protocol == net::kTcp || protocol == net::kUdp;
}

/// The protocol does not have these members: a fault for each that is given.
void refuse(const Fields& fields, std::initializer_list<std::string_view> names,
            std::string_view only_with) {
  for (const auto name : names) {
    if (fields.given(name)) {
      fields.fault(name, fmt::format("'{}' goes with {} only; leave it out", name, only_with),
                   "InvalidParameterCombination");
    }
  }
}

net::PortRange readPorts(const Fields& fields) {
  for (const auto* const name : {"from_port", "to_port"}) {
    if (!fields.given(name)) {
      fields.fault(name, fmt::format("'{}' is missing; tcp and udp need both ports", name),
                   "MissingParameter");
    }
  }
  const auto first = fields.number("from_port");
  const auto last = fields.number("to_port");
  if (!first || !last) return {};
  if (*first > *last) {
    fields.fault("from_port", fmt::format("the ports {}-{} are the wrong way round; write {}-{}",
                                          *first, *last, *last, *first));
  }
  return {static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
}

net::IcmpMatch readIcmp(const Fields& fields) {
  const auto type = fields.number("icmp_type").value_or(kAnyIcmp);
  const auto code = fields.number("icmp_code").value_or(kAnyIcmp);
  if (type == kAnyIcmp && code != kAnyIcmp &&
      fields.given("icmp_type") == fields.has("icmp_type")) {
    fields.fault("icmp_code", fmt::format("the code {} needs a type; give 'icmp_type'", code));
  }
  net::IcmpMatch match;
  if (type != kAnyIcmp) match.type = static_cast<std::uint8_t>(type);
  if (code != kAnyIcmp) match.code = static_cast<std::uint8_t>(code);
  return match;
}

/// Protocol, and what goes with it.
void readTraffic(const Fields& fields, cloud::PermissionRequest& request) {
  const auto protocol =
      fields.parsed("protocol", [](std::string_view text) -> Result<net::Protocol> {
        if (auto number = net::parseProtocol(text)) return number;
        return cloud::invalid(
            fmt::format("{} is not a protocol; write tcp, udp, icmp, all or a number of 0 to 255",
                        quote(text)));
      });
  if (!protocol) return;
  request.protocol = *protocol;
  if (hasPorts(*protocol)) {
    request.ports = readPorts(fields);
  } else {
    refuse(fields, {"from_port", "to_port"}, "tcp and udp");
  }
  if (*protocol == net::kIcmp) {
    request.icmp = readIcmp(fields);
  } else {
    refuse(fields, {"icmp_type", "icmp_code"}, "icmp");
  }
}

void readDirection(const Fields& fields, cloud::PermissionRequest& request) {
  const auto direction =
      fields.parsed("direction", [](std::string_view text) -> Result<cloud::Direction> {
        if (text == kIngress) return cloud::Direction::Ingress;
        if (text == kEgress) return cloud::Direction::Egress;
        return cloud::invalid(
            fmt::format("{} is not a direction; write ingress or egress", quote(text)));
      });
  request.direction = direction.value_or(cloud::Direction::Ingress);
}

void readCidrs(const Fields& fields, cloud::PermissionRequest& request) {
  const auto texts = fields.texts("cidrs");
  for (std::size_t i = 0; texts && i < texts->size(); ++i) {
    if (const auto prefix = net::parseIpv4Prefix((*texts)[i])) {
      request.cidrs.push_back(*prefix);
    } else if (const auto ipv6 = net::parseIpv6Prefix((*texts)[i])) {
      request.ipv6_cidrs.push_back(*ipv6);
    } else {
      fields.fault(
          fmt::format("cidrs[{}]", i),
          fmt::format("{} is not a CIDR block; write an address and a length of 0 to 32, as "
                      "10.0.0.0/8, or of 0 to 128, as 2001:db8::/32",
                      quote((*texts)[i])));
    }
  }
}

void readGroups(const Fields& fields, cloud::PermissionRequest& request) {
  for (const auto& [path, object] : fields.objects("groups")) {
    const Fields source(*object, sourceGroupParameters(), path, fields.faults());
    const auto owner = source.parsed("owner", parseOwner);
    const auto group = source.parsed("group", parseGroup);
    const auto id = source.parsed("group_id", parseGroupId);
    if (!source.given("group") && !source.given("group_id")) {
      source.fault("group", "a source group needs 'group' or 'group_id'", "MissingParameter");
    }
    request.groups.push_back({owner.value_or(""), id ? *id : group.value_or("")});
  }
}

void readPrefixLists(const Fields& fields, cloud::PermissionRequest& request) {
  const auto texts = fields.texts("prefix_lists");
  for (std::size_t i = 0; texts && i < texts->size(); ++i) {
    if (auto list = parsePrefixList((*texts)[i])) {
      request.prefix_lists.push_back(*std::move(list));
    } else {
      fields.fault(fmt::format("prefix_lists[{}]", i), list.error().message, list.error().reason);
    }
  }
}

bool isEmptyList(const json::object& object, std::string_view name) {
  const auto* const value = object.if_contains(name);
  return value == nullptr || (value->is_array() && value->get_array().empty());
}

/// The part that permissions for the same traffic share.
using Traffic =
    std::tuple<cloud::Direction, net::Protocol, net::PortRange, net::IcmpMatch, std::string_view>;

struct Sources {
  json::array cidrs;
  json::array groups;
  json::array prefix_lists;
};

json::object showSource(const cloud::Cloud& cloud, const cloud::GroupId& id) {
  json::object source;
  source.reserve(3);
  if (const auto group = cloud.group(id)) {
    if (const auto owner = cloud.account(group->owner)) source["owner"] = owner->name;
    source["group"] = group->name;
  }
  source["group_id"] = id.value;
  return source;
}

json::object showPermission(const Traffic& traffic, Sources sources) {
  const auto& [direction, protocol, ports, icmp, description] = traffic;
  json::object result;
  result.reserve(8);  // all there can be: it is done for each permission of a cloud
  result.emplace("direction", direction == cloud::Direction::Egress ? kEgress : kIngress);
  result.emplace("protocol", net::format(protocol));
  if (hasPorts(protocol)) {
    result.emplace("from_port", ports.first);
    result.emplace("to_port", ports.last);
  }
  if (protocol == net::kIcmp) {
    result.emplace("icmp_type", icmp.type ? *icmp.type : kAnyIcmp);
    result.emplace("icmp_code", icmp.code ? *icmp.code : kAnyIcmp);
  }
  result.emplace("cidrs", std::move(sources.cidrs));
  result.emplace("groups", std::move(sources.groups));
  if (!sources.prefix_lists.empty()) {
    result.emplace("prefix_lists", std::move(sources.prefix_lists));
  }
  if (!description.empty()) result.emplace("description", description);
  return result;
}

}  // namespace

const std::vector<Parameter>& permissionParameters() {
  using enum ParameterType;
  static const std::vector<Parameter> all{
      {"direction", String, false,
       "`ingress`, what comes to the instances, or `egress`, what they send by their gateway; "
       "ingress where it is absent",
       R"("egress")"},
      {"protocol", String, true, "`tcp`, `udp`, `icmp`, `all`, or a number of 0 to 255 as string",
       R"("tcp")"},
      {"from_port", Number, false, "first port; with tcp and udp only, and required there", "80", 0,
       65535},
      {"to_port", Number, false, "last port; with tcp and udp only, and required there", "90", 0,
       65535},
      {"icmp_type", Number, false, "with icmp only; -1 or absent is any", "8", -1, 255},
      {"icmp_code", Number, false, "with icmp only; -1 or absent is any", "0", -1, 255},
      {"cidrs", Strings, false,
       "the other side by address, IPv4 or IPv6; host bits are cleared. Instances have no IPv6 "
       "addresses: such a permission is kept, and lets nothing pass",
       R"(["198.51.100.0/24"])"},
      {"groups", SourceGroups, false, "the other side by group: objects of owner, group, group_id",
       R"([{"owner": "bob", "group": "monitoring"}])"},
      {"prefix_lists", Strings, false,
       "the other side by prefix lists of the account, by name or id", R"(["offices"])"},
      {"description", String, false,
       "what it is for: up to 255 characters; group.revoke does not look at it", R"("monitoring")"},
  };
  return all;
}

const std::vector<Parameter>& sourceGroupParameters() {
  using enum ParameterType;
  static const std::vector<Parameter> all{
      {"owner", String, false,
       "account of the group, by name or id; without it the account that the call is for",
       R"("bob")"},
      {"group", String, false, "group, by name or id", R"("monitoring")"},
      {"group_id", String, false,
       "the group's id, of any account; it decides where `group` is given too", R"("sg-00000002")"},
  };
  return all;
}

std::vector<cloud::PermissionRequest> readPermissions(const Fields& fields) {
  std::vector<cloud::PermissionRequest> requests;
  const auto objects = fields.objects("permissions");
  for (const auto& [path, object] : objects) {
    const Fields permission(*object, permissionParameters(), path, fields.faults());
    cloud::PermissionRequest request;
    readDirection(permission, request);
    readTraffic(permission, request);
    readCidrs(permission, request);
    readGroups(permission, request);
    readPrefixLists(permission, request);
    request.note = permission.parsed("description", checked(cloud::checkDescription)).value_or("");
    if (isEmptyList(*object, "cidrs") && isEmptyList(*object, "groups") &&
        isEmptyList(*object, "prefix_lists")) {
      permission.fault("cidrs",
                       "a permission needs 'cidrs', 'groups' or 'prefix_lists'; write "
                       "[\"0.0.0.0/0\"] for everybody",
                       "MissingParameter");
    }
    requests.push_back(std::move(request));
  }
  if (requests.empty() && fields.has("permissions")) {
    fields.fault("permissions", "'permissions' is empty; give at least one", "MissingParameter");
  }
  return requests;
}

json::array showPermissions(const cloud::Cloud& cloud, const cloud::Group& group) {
  std::map<Traffic, Sources> sources;
  for (const auto& permission : group.permissions) {
    auto& same = sources[{permission.direction, permission.protocol, permission.ports,
                          permission.icmp, cloud::detailsOf(group, permission).note}];
    if (const auto* const source = std::get_if<cloud::GroupId>(&permission.source)) {
      same.groups.push_back(showSource(cloud, *source));
    } else if (std::holds_alternative<cloud::PrefixListId>(permission.source)) {
      same.prefix_lists.emplace_back(cloud::format(permission.source));
    } else {
      same.cidrs.emplace_back(cloud::format(permission.source));
    }
  }
  json::array result;
  result.reserve(sources.size());
  for (auto& [traffic, same] : sources) result.push_back(showPermission(traffic, std::move(same)));
  return result;
}

}  // namespace netctl::api
