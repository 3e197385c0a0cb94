#include "base/nearest_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace netctl {
namespace {

constexpr std::size_t kLongest = 64;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Levenshtein's distance, without case; anything above `limit` where it is above that.
std::size_t distance(std::string_view a, std::string_view b, std::size_t limit) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto replaced = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
    // The rows never fall again: most names end here after a few letters.
    if (*std::min_element(row.begin(), row.end()) > limit) return limit + 1;
  }
  return row[b.size()];
}

}  // namespace

std::optional<std::string_view> nearestName(std::string_view name,
                                            std::span<const std::string_view> candidates,
                                            std::size_t most) {
  std::optional<std::string_view> nearest;
  auto least = most + 1;
  if (name.size() > kLongest) return nearest;
  for (const auto candidate : candidates) {
    if (candidate.size() > name.size() + most || name.size() > candidate.size() + most) continue;
    if (const auto far = distance(name, candidate, most); far < least) {
      least = far;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string didYouMean(std::string_view text, std::span<const std::string_view> names,
                       std::string otherwise) {
  const auto right = nearestName(text, names, std::min<std::size_t>(2, text.size() / 2));
  return right ? fmt::format("did you mean '{}'?", *right) : std::move(otherwise);
}

}  // namespace netctl
