#pragma once

#include <algorithm>
#include <string_view>

/// The comments of our elements are words with a space between.
namespace netctl::nft {

/// Stands for a name or a value that is not there; no device has it in its name.
inline constexpr std::string_view kNoWord = "/";

/// Takes the next word of a comment.
inline std::string_view takeWord(std::string_view& rest) {
  const auto word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  return word;
}

}  // namespace netctl::nft
