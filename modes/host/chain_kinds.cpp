#include "modes/host/chain_kinds.h"

#include <fmt/format.h>

#include <algorithm>

namespace netctl::host {
namespace {

// A family is all chains of a table whose names begin with its name: a tree changes some of its
// chains with one leaf, and a scope need not know which.
bool isOf(const ChainId& chain, const ChainId& family) {
  return family.table == chain.table && chain.name.starts_with(family.name);
}

bool isOfAny(const ChainId& chain, const std::set<ChainId>& families) {
  return std::any_of(families.begin(), families.end(),
                     [&](const ChainId& family) { return isOf(chain, family); });
}

bool areAnyOf(const std::set<ChainId>& chains, const std::set<ChainId>& families) {
  return std::any_of(chains.begin(), chains.end(),
                     [&](const ChainId& chain) { return isOfAny(chain, families); });
}

bool intersect(const std::set<ChainId>& some, const std::set<ChainId>& others) {
  return std::any_of(some.begin(), some.end(),
                     [&](const ChainId& chain) { return others.contains(chain); });
}

std::string objectOf(const EditTable& step, const std::string& chain) {
  return fmt::format("chain {} {}", format(step.table), chain);
}

}  // namespace

void ChainKind::touched(const EditTable& step,
                        std::tuple<std::set<ChainId>&, std::set<ChainId>&> names) {
  auto& chains = std::get<0>(names);
  for (const auto& [name, rules] : step.put) chains.insert({step.table, name});
  for (const auto& name : step.remove) chains.insert({step.table, name});
}

void ChainKind::carryOut(const EditTable& step, std::map<ChainId, Chain>& chains) {
  for (const auto& [name, rules] : step.put) chains[{step.table, name}] = rules;
  for (const auto& name : step.remove) chains.erase({step.table, name});
}

void ChainKind::describe(const EditTable& step, Lines& lines) {
  for (const auto& [name, rules] : step.put) {
    lines.add("change", objectOf(step, name), fmt::format("{} rules", rules.size()));
  }
  for (const auto& name : step.remove) lines.add("remove", objectOf(step, name));
}

std::map<ChainId, Chain> ChainKind::select(const std::map<ChainId, Chain>& chains,
                                           ConstNames names) {
  std::map<ChainId, Chain> result;
  for (const auto& id : std::get<0>(names)) {
    if (const auto found = chains.find(id); found != chains.end()) result.insert(*found);
  }
  for (const auto& family : std::get<1>(names)) {
    // By their names they stand together.
    for (auto it = chains.lower_bound(family); it != chains.end() && isOf(it->first, family);
         ++it) {
      result.insert(*it);
    }
  }
  return result;
}

bool ChainKind::overlap(ConstNames some, ConstNames others) {
  return intersect(std::get<0>(some), std::get<0>(others)) ||
         areAnyOf(std::get<0>(others), std::get<1>(some)) ||
         areAnyOf(std::get<0>(some), std::get<1>(others)) ||
         intersect(std::get<1>(some), std::get<1>(others));
}

bool ChainKind::covers(ConstNames all, ConstNames part) {
  const auto& [chains, families] = part;
  return std::all_of(chains.begin(), chains.end(),
                     [&](const ChainId& chain) { return isNamed(all, chain); }) &&
         std::all_of(families.begin(), families.end(),
                     [&](const ChainId& family) { return isOfAny(family, std::get<1>(all)); });
}

bool ChainKind::isNamed(ConstNames names, const ChainId& chain) {
  return std::get<0>(names).contains(chain) || isOfAny(chain, std::get<1>(names));
}

void JumpKind::touched(const EditTable& step, std::set<ChainId>& names) {
  for (const auto& [name, target] : step.jumps) names.insert({step.table, name});
  for (const auto& name : step.remove_jumps) names.insert({step.table, name});
}

void JumpKind::carryOut(const EditTable& step, std::map<ChainId, std::string>& jumps) {
  for (const auto& [name, target] : step.jumps) jumps[{step.table, name}] = target;
  for (const auto& name : step.remove_jumps) jumps.erase({step.table, name});
}

void JumpKind::describe(const EditTable& step, Lines& lines) {
  for (const auto& [name, target] : step.jumps) {
    lines.add("change", objectOf(step, name), "jump to " + target);
  }
  for (const auto& name : step.remove_jumps) {
    lines.add("change", objectOf(step, name), "no jump of ours");
  }
}

}  // namespace netctl::host
