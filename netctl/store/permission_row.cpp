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

Result<cloud::PermissionSource> sourceOf(const std::string& text) {
  if (text.starts_with("sg-")) return cloud::PermissionSource(cloud::GroupId{text});
  if (text.starts_with("pl-")) return cloud::PermissionSource(cloud::PrefixListId{text});
  if (text.find(':') != std::string::npos) {
    const auto prefix = net::parseIpv6Prefix(text);
    if (!prefix) return prefix.error();
    return cloud::PermissionSource(*prefix);
  }
  const auto prefix = net::parseIpv4Prefix(text);
  if (!prefix) return prefix.error();
  return cloud::PermissionSource(*prefix);
}

}  // namespace

PermissionRow rowOf(const cloud::Permission& permission) {
  return {.protocol = orAny(permission.protocol.number),
          .first_port = permission.ports.first,
          .last_port = permission.ports.last,
          .icmp_type = orAny(permission.icmp.type),
          .icmp_code = orAny(permission.icmp.code),
          .source = cloud::format(permission.source),
          .egress = permission.direction == cloud::Direction::Egress ? 1 : 0};
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
  if (row.egress != 0 && row.egress != 1) {
    return Error{ErrorCode::Internal, "InternalError",
                 fmt::format("{} is neither 0 nor 1 for egress", row.egress)};
  }
  auto source = sourceOf(row.source);
  if (!source) return source.error();
  return cloud::Permission{
      {*protocol},
      {static_cast<std::uint16_t>(row.first_port), static_cast<std::uint16_t>(row.last_port)},
      {*type, *code},
      *std::move(source),
      row.egress == 1 ? cloud::Direction::Egress : cloud::Direction::Ingress};
}

}  // namespace netctl::store
