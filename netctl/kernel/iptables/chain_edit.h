#pragma once

#include "modes/host/rule.h"

#include <cstddef>
#include <vector>

namespace netctl::kernel {

/// One edit of a list of rules.
struct ChainEdit {
  enum class Kind { Remove, Insert } kind = Kind::Remove;
  std::size_t at = 0;    ///< place at the time of the edit
  std::size_t rule = 0;  ///< Insert: which of the new rules

  bool operator==(const ChainEdit&) const = default;
};

/// The edits that turn one list of rules into the other, to be made in this order, which is from
/// the back. As many rules as possible stay where they are (the longest common subsequence), so
/// that they keep their counters; where very much differs, only those at both ends.
std::vector<ChainEdit> editsBetween(const host::Chain& from, const host::Chain& to);

}  // namespace netctl::kernel
