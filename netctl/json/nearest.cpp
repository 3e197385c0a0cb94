#include "netctl/json/nearest.h"

#include <algorithm>
#include <numeric>

namespace netctl::json {
namespace {

/// Levenshtein's distance: insertions, deletions and replacements between two texts.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view text, const std::vector<std::string_view>& candidates) {
  constexpr std::size_t kLongest = 64;  // longer ones are no slip, and would cost
  std::string_view best;
  std::size_t best_distance = std::min<std::size_t>(2, text.size() / 2) + 1;
  if (text.size() > kLongest) return best;
  for (const std::string_view candidate : candidates) {
    if (const std::size_t d = distance(text, candidate); d < best_distance) {
      best = candidate;
      best_distance = d;
    }
  }
  return best;
}

}  // namespace netctl::json
