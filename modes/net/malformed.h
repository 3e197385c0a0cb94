#pragma once

#include "base/result.h"
#include "base/text.h"

#include <fmt/format.h>

#include <string_view>

namespace netctl::net {

/// InvalidArgument: the text is not `what`; `right` says how it is written.
inline Error malformed(std::string_view what, std::string_view text, std::string_view right) {
  return {ErrorCode::InvalidArgument, "InvalidParameterValue",
          fmt::format("{} is not {}; {}", quote(text), what, right)};
}

}  // namespace netctl::net
