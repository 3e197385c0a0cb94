#pragma once

#include "base/result.h"
#include "modes/host/rule.h"

#include <cstdint>
#include <map>
#include <set>

namespace netctl::kernel {

/// Finds out which tables of iptables were changed, by whomever: the kernel tells nobody, and its
/// IPT_SO_GET_INFO is the same after DROP became ACCEPT. So all entries are read and hashed without
/// their counters: 4 to 5 ms at 6,000 rules.
class TableHashes {
 public:
  /// The tables that are not as at the last call; at the first, all that there are. A table that
  /// this network namespace has not set up is not asked for, since that would set it up.
  Result<std::set<host::Table>> changed();

 private:
  std::map<host::Table, std::uint64_t> known_;
};

}  // namespace netctl::kernel
