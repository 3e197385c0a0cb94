#include "netctl/kernel/iptables/chain_edit.h"

#include <algorithm>
#include <cstdint>
#include <span>

namespace netctl::kernel {
namespace {

using Rules = std::span<const host::Rule>;

// Time and memory of the table below.
constexpr std::size_t kMostCells = 250000;

// lengths[i][j]: of the longest common subsequence of the first i rules and the first j.
class CommonLengths {
 public:
  CommonLengths(Rules from, Rules to)
      : width_(to.size() + 1), cells_((from.size() + 1) * width_, 0) {
    for (std::size_t i = 1; i <= from.size(); ++i) {
      for (std::size_t j = 1; j <= to.size(); ++j) {
        cell(i, j) =
            from[i - 1] == to[j - 1] ? at(i - 1, j - 1) + 1 : std::max(at(i - 1, j), at(i, j - 1));
      }
    }
  }
  [[nodiscard]] std::uint32_t at(std::size_t i, std::size_t j) const {
    return cells_[i * width_ + j];
  }

 private:
  std::uint32_t& cell(std::size_t i, std::size_t j) { return cells_[i * width_ + j]; }

  std::size_t width_;
  std::vector<std::uint32_t> cells_;
};

}  // namespace

std::vector<ChainEdit> editsBetween(const host::Chain& from, const host::Chain& to) {
  using Kind = ChainEdit::Kind;
  const auto [from_begin, to_begin] = std::mismatch(from.begin(), from.end(), to.begin(), to.end());
  const auto begin = static_cast<std::size_t>(from_begin - from.begin());
  std::size_t end = 0;
  while (end < from.size() - begin && end < to.size() - begin &&
         from[from.size() - 1 - end] == to[to.size() - 1 - end]) {
    ++end;
  }
  const Rules old_part = Rules(from).subspan(begin, from.size() - begin - end);
  const Rules new_part = Rules(to).subspan(begin, to.size() - begin - end);

  std::vector<ChainEdit> edits;
  std::size_t i = old_part.size();
  std::size_t j = new_part.size();
  if (i != 0 && j != 0 && i * j <= kMostCells) {
    const CommonLengths lengths(old_part, new_part);
    while (i > 0 && j > 0) {
      if (old_part[i - 1] == new_part[j - 1]) {
        --i;
        --j;
      } else if (lengths.at(i, j - 1) >= lengths.at(i - 1, j)) {
        edits.push_back({Kind::Insert, begin + i, begin + --j});
      } else {
        edits.push_back({Kind::Remove, begin + --i, 0});
      }
    }
  }
  while (i > 0) edits.push_back({Kind::Remove, begin + --i, 0});
  while (j > 0) edits.push_back({Kind::Insert, begin, begin + --j});
  return edits;
}

}  // namespace netctl::kernel
