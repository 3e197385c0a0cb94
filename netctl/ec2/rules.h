#pragma once

#include "netctl/ec2/action.h"
#include "netctl/ec2/answer/xml.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// Permissions as EC2 shows them: in a group, and as rules with ids of their own.
namespace netctl::ec2 {

/// `tcp`, `udp`, `icmp`, a number, or `-1` for any.
std::string protocolText(const net::Protocol& protocol);
/// FromPort and ToPort: ports, or ICMP type and code where -1 is any; absent with other protocols.
std::optional<std::pair<int, int>> portsOf(const cloud::Permission& permission);

/// The request that means exactly this permission.
cloud::PermissionRequest requestOf(const cloud::Cloud& cloud, const cloud::Permission& permission);

/// The request that means exactly the group's rule of that id and direction. NotFound
/// (`InvalidSecurityGroupRuleId.NotFound`) where there is none.
Result<cloud::PermissionRequest> requestOfRule(const Call& call, const cloud::Group& group,
                                               cloud::Direction direction, std::string_view id);

/// `<ipPermissions>` and `<ipPermissionsEgress>`; those that differ only in the source are one
/// item.
void writeIpPermissions(XmlWriter& xml, const cloud::Cloud& cloud, const cloud::Group& group);
/// The elements of one rule.
void writeRule(XmlWriter& xml, const cloud::Cloud& cloud, const cloud::Group& group,
               const cloud::Permission& permission);

}  // namespace netctl::ec2
