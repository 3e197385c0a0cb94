#include "netctl/kernel/iptables/table_hashes.h"

#include "netctl/kernel/iptables/table_dump.h"

namespace netctl::kernel {

Result<std::set<host::Table>> TableHashes::changed() {
  std::set<host::Table> changed;
  for (const auto table : host::kTables) {
    if (!TableDump::isSetUp(table)) {
      // Its module was unloaded, with all that was in it.
      if (known_.erase(table) > 0) changed.insert(table);
      continue;
    }
    const auto dump = TableDump::read(table);
    if (!dump) return dump.error();
    const auto hash = dump->hash();
    const auto [known, is_new] = known_.try_emplace(table, hash);
    if (!is_new && known->second == hash) continue;
    known->second = hash;
    changed.insert(table);
  }
  return changed;
}

}  // namespace netctl::kernel
