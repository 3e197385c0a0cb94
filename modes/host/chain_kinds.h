#pragma once

#include "modes/host/kind.h"
#include "modes/host/rule.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>

namespace netctl::host {

/// All that changes in one table: one commit.
struct EditTable {
  Table table = Table::Filter;
  std::map<std::string, Chain> put;          ///< chains that are new or get these rules
  std::set<std::string> remove;              ///< chains that go
  std::map<std::string, std::string> jumps;  ///< built-in chain -> ours: to be its first rule
  std::set<std::string> remove_jumps;        ///< built-in chains that lose ours
  bool operator==(const EditTable&) const = default;
};

/// Our own, `NC_...`. A scope names single chains, and families: all chains of a table whose names
/// begin so, which are the parts of a trie.
struct ChainKind {
  using Made = StepTypes<EditTable>;
  using ConstNames = std::tuple<const std::set<ChainId>&, const std::set<ChainId>&>;

  static auto& objects(auto& state) { return state.chains; }
  static auto names(auto& scope) { return std::tie(scope.chains, scope.chain_families); }

  /// The step for all that changes in the table.
  static EditTable& edit(auto& steps, Table table) {
    const auto order = static_cast<std::uint8_t>(1 + static_cast<int>(table));
    return steps.edit({Phase::Tables, order}, EditTable{.table = table});
  }
  static void plan(auto& steps, const ChainId& id, const Change<Chain>& change) {
    auto& step = edit(steps, id.table);
    if (change.wanted != nullptr) {
      step.put[id.name] = *change.wanted;
    } else {
      step.remove.insert(id.name);
    }
  }
  static void touched(const EditTable& step,
                      std::tuple<std::set<ChainId>&, std::set<ChainId>&> names);
  static void carryOut(const EditTable& step, std::map<ChainId, Chain>& chains);
  static Bearing bearing(const EditTable&) { return {Bearing::Gate::GuardsUnlessConflict}; }
  static void describe(const EditTable& step, Lines& lines);

  static std::map<ChainId, Chain> select(const std::map<ChainId, Chain>& chains, ConstNames names);
  static bool overlap(ConstNames some, ConstNames others);
  static bool covers(ConstNames all, ConstNames part);
  static bool isNamed(ConstNames names, const ChainId& chain);
};

/// Built-in chain -> the chain of ours that it jumps to, by its first rule and by no other.
struct JumpKind {
  using Made = StepTypes<>;
  static auto& objects(auto& state) { return state.jumps; }
  static auto& names(auto& scope) { return scope.jumps; }

  static void plan(auto& steps, const ChainId& id, const Change<std::string>& change) {
    auto& step = ChainKind::edit(steps, id.table);
    if (change.wanted != nullptr) {
      step.jumps[id.name] = *change.wanted;
    } else {
      step.remove_jumps.insert(id.name);
    }
  }
  static void touched(const EditTable& step, std::set<ChainId>& names);
  static void carryOut(const EditTable& step, std::map<ChainId, std::string>& jumps);
  static void describe(const EditTable& step, Lines& lines);
};

}  // namespace netctl::host
