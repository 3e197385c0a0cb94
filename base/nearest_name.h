#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace netctl {

/// For "did you mean": the candidate that takes the fewest insertions, deletions and replacements
/// (Levenshtein's distance, without case) to become `name`, the first of several; absent where that
/// takes more than `most`, or where the name is longer than 64 bytes, which is not a slip.
std::optional<std::string_view> nearestName(std::string_view name,
                                            std::span<const std::string_view> candidates,
                                            std::size_t most);

/// `did you mean 'owner'?` where one of the names is a slip of the fingers away from the text (two
/// changes, in a short text fewer), else `otherwise`.
std::string didYouMean(std::string_view text, std::span<const std::string_view> names,
                       std::string otherwise);

}  // namespace netctl
