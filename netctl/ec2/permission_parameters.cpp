#include "netctl/ec2/permission_parameters.h"

#include "base/text.h"
#include "modes/cloud/text_rules.h"
#include "netctl/api/references.h"
#include "netctl/ec2/groups.h"
#include "netctl/ec2/prefix_lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace netctl::ec2 {
namespace {

using cloud::GroupReference;
using cloud::PermissionRequest;

constexpr net::Ipv4Prefix kEverybody{};
/// Clients of this version of the API and later do not add a source of their own.
constexpr std::string_view kHonest = "2016-01-01";
constexpr std::array kFlat{"IpProtocol",
                           "FromPort",
                           "ToPort",
                           "CidrIp",
                           "SourceSecurityGroupName",
                           "SourceSecurityGroupOwnerId"};

/// A source with its description.
template <class T>
struct Noted {
  T source;
  std::string note;
};

struct Sources {
  std::vector<Noted<net::Ipv4Prefix>> cidrs;
  std::vector<Noted<net::Ipv6Prefix>> ipv6_cidrs;
  std::vector<Noted<GroupReference>> groups;
  std::vector<Noted<std::string>> prefix_lists;
};

void readTcpPorts(const Parameters& item, PermissionRequest& request) {
  constexpr std::int64_t kMost = 65535;
  item.required("FromPort");
  item.required("ToPort");
  const auto first = item.number("FromPort", 0, kMost);
  const auto last = item.number("ToPort", 0, kMost);
  if (!first || !last) return;
  if (*first > *last) {
    item.wrong("FromPort", fmt::format("Invalid TCP/UDP port range ({}:{})", *first, *last));
    return;
  }
  request.ports = {static_cast<std::uint16_t>(*first), static_cast<std::uint16_t>(*last)};
}

void readIcmp(const Parameters& item, PermissionRequest& request) {
  constexpr std::int64_t kMost = 255;
  item.required("FromPort");
  const auto type = item.number("FromPort", -1, kMost);
  auto code = item.number("ToPort", -1, kMost);
  // euca2ools 2 leaves the code out where it is 0.
  if (!item.has("ToPort")) {
    if (type && *type >= 0) code = 0;
    if (type && *type < 0) item.missing("ToPort");
  }
  if (!type || !code) return;
  if (*type < 0 && *code >= 0) {
    item.wrong("ToPort", fmt::format("the ICMP code {} needs a type; give FromPort", *code));
    return;
  }
  if (*type >= 0) request.icmp.type = static_cast<std::uint8_t>(*type);
  if (*code >= 0) request.icmp.code = static_cast<std::uint8_t>(*code);
}

void readTraffic(const Parameters& item, PermissionRequest& request) {
  const auto& text = item.required("IpProtocol");
  if (text.empty()) return;
  const auto protocol = net::parseProtocol(text);
  if (!protocol) {
    item.wrong("IpProtocol", fmt::format("Invalid value {} for IP protocol; write tcp, udp, icmp, "
                                         "-1 or a number of 0 to 255",
                                         quote(text)));
    return;
  }
  request.protocol = *protocol;
  if (*protocol == net::kTcp || *protocol == net::kUdp) readTcpPorts(item, request);
  if (*protocol == net::kIcmp) readIcmp(item, request);
  // The others have none, and EC2 takes what stands there: Terraform writes 0 and 0 with -1.
  for (const auto* const name : {"FromPort", "ToPort"}) (void)item.text(name);
}

void readCidr(const Parameters& item, std::string_view name, Sources& sources, std::string note) {
  const auto& text = item.required(name);
  if (text.empty()) return;
  const auto prefix = net::parseIpv4Prefix(text);
  if (prefix) {
    sources.cidrs.push_back({*prefix, std::move(note)});
  } else {
    item.wrong(name, fmt::format("CIDR block {} is malformed; write an address and a length "
                                 "of 0 to 32, as 10.0.0.0/8",
                                 quote(text)));
  }
}

void readIpv6Cidr(const Parameters& item, Sources& sources, std::string note) {
  const auto& text = item.required("CidrIpv6");
  if (text.empty()) return;
  const auto prefix = net::parseIpv6Prefix(text);
  if (prefix) {
    sources.ipv6_cidrs.push_back({*prefix, std::move(note)});
  } else {
    item.wrong("CidrIpv6", fmt::format("CIDR block {} is malformed; write an address and a length "
                                       "of 0 to 128, as 2001:db8::/32",
                                       quote(text)));
  }
}

/// The account that a source group is said to be of, by its id; without one it is the caller's own.
std::string readUser(const Call& call, const Parameters& item, std::string_view name) {
  const auto& user = item.text(name);
  if (user.empty()) return call.owner();
  if (!cloud::isAccountId(user)) {
    item.wrong(name,
               fmt::format("{} is not an account's id; write its twelve digits", quote(user)));
  }
  return user;
}

/// True where a permission of the request's target names that account's group already, which an
/// administrator has done: an account can revoke every permission that it is shown.
bool isShown(const Call& call, const std::string& user, const std::string& group) {
  const auto& parameters = call.parameters;
  const auto target =
      cloud::findGroup(call.cloud(), call.account.id,
                       parameters.text(parameters.has("GroupId") ? "GroupId" : "GroupName"));
  const auto source = call.cloud().group(cloud::GroupId{group});
  return target && source && source->owner.value == user &&
         std::ranges::any_of((*target)->permissions, [&](const cloud::Permission& permission) {
           return permission.source == cloud::PermissionSource(source->id);
         });
}

/// To an account, another's groups are not there, whatever account they are said to be of.
void addGroup(const Call& call, const Parameters& item, std::string_view name, std::string user,
              std::string group, Sources& sources, std::string note) {
  const bool others = cloud::isAccountId(user) && user != call.owner();
  if (others && !isShown(call, user, group)) {
    item.faults().add(item.pathOf(name), noSuchGroup(group));
    return;
  }
  sources.groups.push_back({{std::move(user), std::move(group)}, std::move(note)});
}

void readSourceGroup(const Call& call, const Parameters& item, Sources& sources) {
  // Clients that send back what was described send both: the id decides.
  (void)item.text("GroupName");
  const auto* const name = item.has("GroupId") ? "GroupId" : "GroupName";
  auto group = item.has("GroupId") ? readGroupId(item, "GroupId") : item.required("GroupName");
  if (group.empty()) return;
  addGroup(call, item, name, readUser(call, item, "UserId"), std::move(group), sources,
           item.text("Description"));
}

void readPrefixList(const Parameters& item, Sources& sources, std::string note) {
  const auto& id = item.required("PrefixListId");
  if (id.empty()) return;
  if (item.check("PrefixListId", parsePrefixListId(id))) {
    sources.prefix_lists.push_back({id, std::move(note)});
  }
}

/// euca2ools adds 0.0.0.0/0 where it was told a group: meant literally, that would open the ports
/// to the world.
void dropWhatWasNotMeant(const Call& call, const Parameters& item, Sources& sources) {
  const bool everybody_only =
      sources.cidrs.size() == 1 && sources.cidrs.front().source == kEverybody;
  if (call.version < kHonest && item.hasAny("Groups") && everybody_only) sources.cidrs.clear();
}

/// Sources without a note go to `plain`; each with a note is a request of its own.
template <class T>
void add(const std::vector<Noted<T>>& sources, std::vector<T> PermissionRequest::*member,
         PermissionRequest& plain, std::vector<PermissionRequest>& requests) {
  for (const auto& [source, note] : sources) {
    if (note.empty()) {
      (plain.*member).push_back(source);
      continue;
    }
    auto request = plain;
    request.cidrs = {};
    request.ipv6_cidrs = {};
    request.groups = {};
    request.prefix_lists = {};
    request.*member = {source};
    request.note = note;
    requests.push_back(std::move(request));
  }
}

void add(const PermissionRequest& traffic, const Sources& sources,
         std::vector<PermissionRequest>& requests) {
  auto plain = traffic;
  add(sources.cidrs, &PermissionRequest::cidrs, plain, requests);
  add(sources.ipv6_cidrs, &PermissionRequest::ipv6_cidrs, plain, requests);
  add(sources.groups, &PermissionRequest::groups, plain, requests);
  add(sources.prefix_lists, &PermissionRequest::prefix_lists, plain, requests);
  if (!plain.cidrs.empty() || !plain.ipv6_cidrs.empty() || !plain.groups.empty() ||
      !plain.prefix_lists.empty()) {
    requests.push_back(std::move(plain));
  }
}

void readItem(const Call& call, const Parameters& item, PermissionParameters& result) {
  PermissionRequest request{};
  readTraffic(item, request);
  Sources sources;
  for (const auto& range : item.structures("IpRanges")) {
    readCidr(range, "CidrIp", sources, range.text("Description"));
  }
  for (const auto& group : item.structures("Groups")) readSourceGroup(call, group, sources);
  for (const auto& range : item.structures("Ipv6Ranges")) {
    readIpv6Cidr(range, sources, range.text("Description"));
  }
  for (const auto& list : item.structures("PrefixListIds")) {
    readPrefixList(list, sources, list.text("Description"));
  }
  dropWhatWasNotMeant(call, item, sources);
  if (!item.hasAny("IpRanges") && !item.hasAny("Ipv6Ranges") && !item.hasAny("Groups") &&
      !item.hasAny("PrefixListIds")) {
    item.missing("IpRanges");
  }
  add(request, sources, result.permissions);
}

/// A source group and nothing else: all of TCP, UDP and ICMP.
void addEverything(const Sources& sources, PermissionParameters& result) {
  constexpr net::PortRange kPorts{1, 65535};
  result.everything = true;
  add({.protocol = net::kTcp, .ports = kPorts}, sources, result.permissions);
  add({.protocol = net::kUdp, .ports = kPorts}, sources, result.permissions);
  add({.protocol = net::kIcmp}, sources, result.permissions);
}

void readFlat(const Call& call, PermissionParameters& result) {
  const auto& parameters = call.parameters;
  Sources sources;
  if (parameters.has("SourceSecurityGroupName")) {
    // A CIDR beside it is euca2ools' own, and so are ports without a protocol.
    for (const auto* const name : {"CidrIp", "FromPort", "ToPort"}) (void)parameters.text(name);
    addGroup(call, parameters, "SourceSecurityGroupName",
             readUser(call, parameters, "SourceSecurityGroupOwnerId"),
             parameters.text("SourceSecurityGroupName"), sources, "");
    if (!parameters.has("IpProtocol")) return addEverything(sources, result);
  } else {
    readCidr(parameters, "CidrIp", sources, "");
  }
  PermissionRequest request{};
  readTraffic(parameters, request);
  add(request, sources, result.permissions);
}

}  // namespace

PermissionParameters readPermissions(const Call& call, cloud::Direction direction) {
  const auto& parameters = call.parameters;
  PermissionParameters result;
  const bool flat = std::any_of(kFlat.begin(), kFlat.end(),
                                [&](const auto* name) { return parameters.has(name); });
  if (parameters.hasAny("IpPermissions")) {
    if (flat) {
      parameters.wrong("IpPermissions",
                       "IpPermissions stands alone; leave out IpProtocol, FromPort, ToPort, "
                       "CidrIp and SourceSecurityGroup*",
                       "InvalidParameterCombination");
    }
    for (const auto& item : parameters.structures("IpPermissions")) readItem(call, item, result);
  } else if (flat) {
    readFlat(call, result);
  } else {
    parameters.missing("IpPermissions");
  }
  for (auto& permission : result.permissions) permission.direction = direction;
  return result;
}

PermissionRequest readRule(const Call& call, const Parameters& rule) {
  PermissionRequest request{};
  readTraffic(rule, request);
  request.note = rule.text("Description");
  Sources sources;
  const bool by_address = rule.has("CidrIpv4") || rule.has("CidrIpv6") || rule.has("PrefixListId");
  if (rule.has("CidrIpv4")) readCidr(rule, "CidrIpv4", sources, "");
  if (rule.has("CidrIpv6")) readIpv6Cidr(rule, sources, "");
  if (rule.has("PrefixListId")) readPrefixList(rule, sources, "");
  if (rule.has("ReferencedGroupId") || !by_address) {
    rule.required("ReferencedGroupId");
    addGroup(call, rule, "ReferencedGroupId", call.owner(), readGroupId(rule, "ReferencedGroupId"),
             sources, "");
  }
  for (const auto& cidr : sources.cidrs) request.cidrs.push_back(cidr.source);
  for (const auto& cidr : sources.ipv6_cidrs) request.ipv6_cidrs.push_back(cidr.source);
  for (const auto& group : sources.groups) request.groups.push_back(group.source);
  for (const auto& list : sources.prefix_lists) request.prefix_lists.push_back(list.source);
  return request;
}

}  // namespace netctl::ec2
