#include "netctl/kernel/iptables/iptables.h"

#include "modes/host/names.h"
#include "netctl/kernel/iptables/chain_edit.h"
#include "netctl/kernel/iptables/iptables_table.h"
#include "netctl/kernel/iptables/table_dump.h"

#include <fmt/format.h>

#include <algorithm>

namespace netctl::kernel {
namespace {

using host::EditTable;
using host::Table;

// Programs that change tables without the lock are few; each attempt reads the table anew.
constexpr int kAttempts = 20;
// Where the kernel refuses the rules themselves, it does so each time.
constexpr int kUnclearAttempts = 3;

Error notOurs(std::string_view what, std::string_view name) {
  return {ErrorCode::Internal, "NotOurs",
          fmt::format("{} {} is not one of ours (NC_..., at most {} characters)", what, name,
                      kChainNameRoom)};
}

bool isOurs(std::string_view chain) {
  return chain.starts_with(host::kChainPrefix) && chain.size() <= kChainNameRoom;
}

// No edit may reach what belongs to others, whoever made it.
Result<void> checkNames(const EditTable& edit) {
  for (const auto& [name, rules] : edit.put) {
    if (!isOurs(name)) return notOurs("chain", name);
  }
  for (const auto& name : edit.remove) {
    if (!isOurs(name)) return notOurs("chain", name);
  }
  for (const auto& [from, target] : edit.jumps) {
    if (!isOurs(target)) return notOurs("the target of a jump,", target);
  }
  return {};
}

// One attempt at an edit.
class Editor {
 public:
  Editor(const EditTable& edit, IptablesTable& table, SetIndexes& sets)
      : edit_(edit), table_(table), sets_(sets) {}

  Result<void> run() {
    // Every chain exists before a rule names it.
    for (const auto& [name, rules] : edit_.put) {
      if (table_.has(name)) continue;
      if (auto created = table_.create(name); !created) return created;
    }
    for (const auto& [name, rules] : edit_.put) {
      if (auto done = put(name, rules); !done) return done;
    }
    for (const auto& [from, target] : edit_.jumps) {
      if (auto done = jump(from, target); !done) return done;
    }
    for (const auto& from : edit_.remove_jumps) {
      if (auto done = keepJump(from, {}); !done) return done.error();
    }
    return removeChains();
  }

  // Of a chain that had to stay.
  [[nodiscard]] const std::optional<Error>& conflict() const { return conflict_; }

 private:
  Result<void> put(const std::string& name, const host::Chain& rules) {
    const auto there = table_.rules(name, sets_);
    if (!there) return there.error();
    if (there->empty()) {
      for (const auto& rule : rules) {
        if (auto done = write(name, rule, std::nullopt); !done) return done;
      }
      return {};
    }
    for (const ChainEdit& edit : editsBetween(*there, rules)) {
      auto done = edit.kind == ChainEdit::Kind::Remove ? table_.remove(name, edit.at)
                                                       : write(name, rules[edit.rule], edit.at);
      if (!done) return done;
    }
    return {};
  }

  // Inserts at a place, or appends.
  Result<void> write(const std::string& chain, const host::Rule& rule,
                     std::optional<std::size_t> at) {
    const std::string* called = nullptr;
    if (const auto* jump = std::get_if<host::Jump>(&rule.target)) called = &jump->chain;
    if (const auto* jump = std::get_if<host::Goto>(&rule.target)) called = &jump->chain;
    // libiptc takes the name of no chain for that of a module.
    if (called != nullptr && !table_.has(*called)) return missing(*called, chain);
    const auto encoded = encode(rule, sets_);
    if (!encoded) {
      Error error = encoded.error();
      error.message =
          fmt::format("chain {} {}: {}", host::format(edit_.table), chain, error.message);
      return error;
    }
    return at ? table_.insert(chain, *encoded, *at) : table_.append(chain, *encoded);
  }

  Error missing(const std::string& called, const std::string& by) const {
    return {ErrorCode::Conflict, "ChainNotFound",
            fmt::format("table {} has no chain {}, which a rule of {} calls",
                        host::format(edit_.table), called, by)};
  }

  Result<void> jump(const std::string& from, const std::string& target) {
    if (!table_.isBuiltIn(from)) {
      return Error{
          ErrorCode::Internal, "NotBuiltIn",
          fmt::format("table {} has no built-in chain {}", host::format(edit_.table), from)};
    }
    if (!table_.has(target)) return missing(target, from);
    const auto kept = keepJump(from, target);
    if (!kept) return kept.error();
    return *kept ? Result<void>() : table_.insert(from, encodeJump(target), 0);
  }

  // Removes the rules of ours in a built-in chain, but for the first that jumps to `target`; true
  // where there was one.
  Result<bool> keepJump(const std::string& from, const std::optional<std::string>& target) {
    auto jumps = table_.ownJumps(from);
    const auto kept = std::find_if(jumps.begin(), jumps.end(), [&](const auto& jump) {
      return jump.kind == JumpKind::Exact && jump.target == target && jump.leads;
    });
    const bool found = kept != jumps.end();
    if (found) jumps.erase(kept);
    for (auto jump = jumps.rbegin(); jump != jumps.rend(); ++jump) {
      if (auto done = table_.remove(from, jump->rule); !done) return done.error();
    }
    return found;
  }

  Result<void> removeChains() {
    std::vector<std::string> chains;
    for (const auto& name : edit_.remove) {
      if (table_.has(name)) chains.push_back(name);
    }
    // They may call each other.
    for (const auto& name : chains) {
      if (auto done = table_.flush(name); !done) return done;
    }
    for (const auto& name : chains) {
      if (table_.isCalled(name)) {
        const auto caller = table_.callerOf(name).value_or(IptablesTable::Caller{});
        conflict_ =
            Error{ErrorCode::Conflict, "ChainInUse",
                  fmt::format("chain {0} {1} cannot be deleted: rule {2} of chain {3} calls "
                              "it; delete that rule",
                              host::format(edit_.table), name, caller.rule + 1, caller.chain)};
        continue;
      }
      if (auto done = table_.destroy(name); !done) return done;
    }
    return {};
  }

  const EditTable& edit_;
  IptablesTable& table_;
  SetIndexes& sets_;
  std::optional<Error> conflict_;
};

// The names of our chains that the scope asks for and that exist.
std::vector<std::string> chainsInScope(const TableDump& dump, Table table,
                                       const host::Scope& scope) {
  std::vector<std::string> names;
  if (!scope.everything && scope.chain_families.empty()) {
    for (const auto& id : scope.chains) {
      if (id.table == table && dump.has(id.name)) names.push_back(id.name);
    }
    return names;
  }
  for (auto& name : dump.chains()) {
    if (!name.starts_with(host::kChainPrefix)) continue;
    const auto leads = [&](const host::ChainId& family) {
      return family.table == table && name.starts_with(family.name);
    };
    if (scope.everything || scope.chains.contains({table, name}) ||
        std::any_of(scope.chain_families.begin(), scope.chain_families.end(), leads)) {
      names.push_back(std::move(name));
    }
  }
  return names;
}

std::vector<std::string> jumpsInScope(const TableDump& dump, Table table,
                                      const host::Scope& scope) {
  std::vector<std::string> names;
  if (scope.everything) {
    for (auto& name : dump.chains()) {
      if (dump.isBuiltIn(name)) names.push_back(std::move(name));
    }
    return names;
  }
  for (const auto& id : scope.jumps) {
    if (id.table == table && dump.isBuiltIn(id.name)) names.push_back(id.name);
  }
  return names;
}

// One that jumps to our chain by a single rule, as we write it, before any other decides.
bool isAsWeWrite(const std::vector<OwnJump>& jumps) {
  return jumps.size() == 1 && jumps.front().kind == JumpKind::Exact && jumps.front().leads;
}

}  // namespace

Result<Iptables> Iptables::open(std::chrono::milliseconds lock_patience) {
  auto lock = XtablesLock::open();
  if (!lock) return lock.error();
  return Iptables(std::move(*lock), lock_patience);
}

Result<void> Iptables::look(const host::Scope& scope, host::HostState& into) {
  for (const auto table : host::kTables) {
    if (auto looked = look(table, scope, into); !looked) return looked;
  }
  return {};
}

Result<void> Iptables::look(Table table, const host::Scope& scope, host::HostState& into) {
  if (!scope.touches(table)) return {};
  if (table == Table::Mangle && !TableDump::isSetUp(table)) return {};
  const auto dump = TableDump::read(table);
  if (!dump) return dump.error();
  auto sets = KernelSetIndexes::open();
  if (!sets) return sets.error();
  for (const auto& name : chainsInScope(*dump, table, scope)) {
    auto rules = dump->rules(name, *sets);
    if (!rules) return rules.error();
    into.chains[{table, name}] = std::move(*rules);
  }
  for (const auto& name : jumpsInScope(*dump, table, scope)) {
    const auto jumps = dump->ownJumps(name);
    if (jumps.empty()) continue;
    into.jumps[{table, name}] = jumps.front().target;
    if (!isAsWeWrite(jumps)) into.foreign.jumps.insert({table, name});
  }
  return {};
}

Result<void> Iptables::apply(const EditTable& edit) {
  if (auto ours = checkNames(edit); !ours) return ours;
  int unclear = 0;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto held = lock_.acquire(lock_is_kept_ ? std::chrono::milliseconds(0) : lock_patience_);
    lock_is_kept_ = !held;
    if (!held) return held.error();
    auto sets = KernelSetIndexes::open();
    if (!sets) return sets.error();
    auto table = IptablesTable::read(edit.table);
    if (!table) return table.error();
    Editor editor(edit, *table, *sets);
    if (auto edited = editor.run(); !edited) return edited;
    const auto committed = table->commit();
    if (!committed) return committed.error();
    if (*committed == IptablesTable::Commit::Unclear && ++unclear == kUnclearAttempts) {
      return Error{ErrorCode::Kernel, "Iptables",
                   fmt::format("iptables table {}: commit: the kernel refuses these rules; its log "
                               "(dmesg) may say why",
                               host::format(edit.table))};
    }
    if (*committed != IptablesTable::Commit::Done) continue;
    if (editor.conflict()) return *editor.conflict();
    return {};
  }
  return Error{ErrorCode::Busy, "IptablesRaced",
               fmt::format("table {} was changed by another program each time it was to be "
                           "written ({} times)",
                           host::format(edit.table), kAttempts)};
}

}  // namespace netctl::kernel
