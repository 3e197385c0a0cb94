#include "netctl/store/permission_row.h"

#include <fmt/format.h>

#include <limits>
#include <optional>

namespace netctl::store {
namespace {

std::int64_t orAny(const std::optional<std::uint8_t>& number) {
  return number ? *number : -1;
}

template <class T>
bool fits(std::int64_t number) {
  return number >= 0 && number <= std::numeric_limits<T>::max();
}

Result<std::optional<std::uint8_t>> byteOrAny(std::int64_t number) {
  if (number == -1) return std::optional<std::uint8_t>{};
  if (fits<std::uint8_t>(number)) return std::optional{static_cast<std::uint8_t>(number)};
  return Error{ErrorCode::Internal, "InternalError",
               fmt::format("{} is not a number of -1..255", number)};
}

}  // namespace

PermissionRow rowOf(const cloud::Permission& permission) {
  const auto* group = std::get_if<cloud::GroupId>(&permission.source);
  return {.protocol = orAny(permission.protocol.number),
          .first_port = permission.ports.first,
          .last_port = permission.ports.last,
          .icmp_type = orAny(permission.icmp.type),
          .icmp_code = orAny(permission.icmp.code),
          .source = group != nullptr ? group->value
                                     : net::format(std::get<net::Ipv4Prefix>(permission.source))};
}

Result<cloud::Permission> permissionOf(const PermissionRow& row) {
  const auto protocol = byteOrAny(row.protocol);
  if (!protocol) return protocol.error();
  const auto type = byteOrAny(row.icmp_type);
  if (!type) return type.error();
  const auto code = byteOrAny(row.icmp_code);
  if (!code) return code.error();
  if (!fits<std::uint16_t>(row.first_port) || !fits<std::uint16_t>(row.last_port)) {
    return Error{ErrorCode::Internal, "InternalError",
                 fmt::format("{}..{} are not ports", row.first_port, row.last_port)};
  }
  cloud::Permission permission{
      {*protocol},
      {static_cast<std::uint16_t>(row.first_port), static_cast<std::uint16_t>(row.last_port)},
      {*type, *code},
      cloud::GroupId{row.source}};
  if (!row.source.starts_with("sg-")) {
    const auto prefix = net::parseIpv4Prefix(row.source);
    if (!prefix) return prefix.error();
    permission.source = *prefix;
  }
  return permission;
}

}  // namespace netctl::store
