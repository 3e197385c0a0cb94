#include "netctl/api/references.h"

#include "modes/cloud/text_rules.h"

#include <fmt/format.h>

namespace netctl::api {

Result<std::string> parseOwner(std::string_view text) {
  if (!cloud::isAccountId(text)) {
    if (const auto named = cloud::checkAccountName(text); !named) return named.error();
  }
  return std::string(text);
}

Result<std::string> parseGroup(std::string_view text) {
  if (text.starts_with("sg-")) return parseGroupId(text);
  if (const auto named = cloud::checkGroupName(text); !named) return named.error();
  return std::string(text);
}

Result<std::string> parseGroupId(std::string_view text) {
  if (cloud::isGroupId(text)) return std::string(text);
  return Error{
      ErrorCode::InvalidArgument, "InvalidGroupId.Malformed",
      fmt::format("{} is not a group's id; write sg- and eight lower-case hexadecimal digits",
                  cloud::quoted(text))};
}

}  // namespace netctl::api
