#pragma once

#include "modes/cloud/objects.h"

#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

/// How the table `account_limits` calls the limits.
namespace netctl::store {

inline constexpr std::array<std::pair<cloud::Limit, std::string_view>, 5> kLimitNames{
    {{cloud::Limit::Addresses, "addresses"},
     {cloud::Limit::Groups, "groups"},
     {cloud::Limit::Permissions, "permissions"},
     {cloud::Limit::Instances, "instances"},
     {cloud::Limit::AutomaticAddresses, "automatic_addresses"}}};

inline Result<cloud::Limit> limitOf(std::string_view name) {
  for (const auto& [limit, known] : kLimitNames) {
    if (known == name) return limit;
  }
  return Error{ErrorCode::Internal, "InternalError", fmt::format("there is no limit '{}'", name)};
}

}  // namespace netctl::store
