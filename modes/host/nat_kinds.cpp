#include "modes/host/nat_kinds.h"

namespace netctl::host {

void NatRulesKind::describe(const EditNat& step, Lines& lines) {
  if (step.rules) lines.add(*step.rules, "nat rules and wall");
}

void ElasticKind::touched(const EditNat& step, std::set<net::Ipv4Address>& names) {
  for (const auto& [address, change] : step.elastic) names.insert(address);
}

void ElasticKind::describe(const EditNat& step, Lines& lines) {
  for (const auto& [address, change] : step.elastic) {
    lines.add(change, "nat of " + net::format(address),
              change.after ? "to " + net::format(*change.after) : "");
  }
}

}  // namespace netctl::host
