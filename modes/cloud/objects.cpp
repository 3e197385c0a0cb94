#include "modes/cloud/objects.h"

#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace netctl::cloud {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

struct SourceText {
  std::string operator()(const GroupId& group) const { return group.value; }
  std::string operator()(const PrefixListId& list) const { return list.value; }
  std::string operator()(const auto& prefix) const { return net::format(prefix); }
};

}  // namespace

std::vector<std::string> nodesOf(const Instance& instance) {
  if (!instance.destination) return {instance.node};
  return {instance.node, instance.destination->node};
}

Result<InstanceId> InstanceId::parse(std::string_view text) {
  const bool prefixed = text.starts_with("i-") || text.starts_with("I-");
  const auto digits = prefixed ? text.substr(2) : std::string_view{};
  if ((digits.size() != 8 && digits.size() != 17) ||
      !std::all_of(digits.begin(), digits.end(), [](char c) { return hexDigit(c).has_value(); })) {
    return Error{
        ErrorCode::InvalidArgument, "InvalidInstanceID.Malformed",
        fmt::format("{} is not an instance id; write i- and 8 or 17 hexadecimal digits, as "
                    "i-0A1B2C3D",
                    quote(text))};
  }
  return InstanceId(std::string(text));
}

InstanceId::InstanceId(std::string text) : text_(std::move(text)), canonical_(text_) {
  std::transform(canonical_.begin(), canonical_.end(), canonical_.begin(), lower);
}

net::MacAddress InstanceId::mac(const net::MacPrefix& prefix) const {
  std::uint32_t digits = 0;
  const auto* end = canonical_.data() + canonical_.size();
  std::from_chars(end - 8, end, digits, 16);
  const auto byte = [&](unsigned shift) { return static_cast<std::uint8_t>(digits >> shift); };
  return {{prefix.bytes[0], prefix.bytes[1], byte(24), byte(16), byte(8), byte(0)}};
}

std::string format(const PermissionSource& source) {
  return std::visit(SourceText{}, source);
}

const PermissionDetails& detailsOf(const Group& group, const Permission& permission) {
  static const PermissionDetails kNone;
  const auto at = group.details.find(permission);
  return at == group.details.end() ? kNone : at->second;
}

Permission everythingOut() {
  return {
      .protocol = net::kAnyProtocol, .source = net::Ipv4Prefix{}, .direction = Direction::Egress};
}

std::size_t permissionsOf(const Group& group, Direction direction) {
  return static_cast<std::size_t>(
      std::ranges::count(group.permissions, direction, &Permission::direction));
}

std::string format(const Forward& forward) {
  const auto& [first, last] = forward.ports;
  return fmt::format("{} {} {}{}", net::format(forward.address), net::format(forward.protocol),
                     first, first == last ? "" : fmt::format("-{}", last));
}

std::string hostName(const Instance& instance) {
  auto name = "ip-" + net::format(instance.private_address.value());
  std::replace(name.begin(), name.end(), '.', '-');
  return name;
}

}  // namespace netctl::cloud
