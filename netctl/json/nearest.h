#pragma once

#include <string_view>
#include <vector>

namespace netctl::json {

/// The candidate that is a slip of the fingers away from the text, for "did you mean";
/// empty: none.
std::string_view nearest(std::string_view text, const std::vector<std::string_view>& candidates);

}  // namespace netctl::json
