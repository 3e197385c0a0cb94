#include "modes/host/guard_kinds.h"

#include <fmt/format.h>

namespace netctl::host {
namespace {

std::string detailOf(const EntryChange<Guard>& change) {
  if (!change.after) return "";
  const auto& address = change.after->address;
  return fmt::format("{} {}", net::format(change.after->mac),
                     address ? net::format(*address) : "any address");
}

}  // namespace

void GuardRulesKind::describe(const EditGuards& step, Lines& lines) {
  if (step.rules) lines.add(*step.rules, "guard rules");
}

void PortGuardKind::touched(const EditGuards& step, std::set<std::string>& names) {
  for (const auto& [device, change] : step.ports) names.insert(device);
}

void PortGuardKind::describe(const EditGuards& step, Lines& lines) {
  for (const auto& [device, change] : step.ports) {
    lines.add(change, "guard " + device, detailOf(change));
  }
}

void UnseenGuardKind::touched(const EditGuards& step, std::set<net::MacAddress>& names) {
  for (const auto& [mac, change] : step.unseen) names.insert(mac);
}

void UnseenGuardKind::describe(const EditGuards& step, Lines& lines) {
  for (const auto& [mac, change] : step.unseen) {
    lines.add(change, "guard " + net::format(mac), detailOf(change));
  }
}

void GuardMemberKind::touched(const EditGuards& step, std::set<net::MacAddress>& names) {
  for (const auto& [mac, change] : step.members) names.insert(mac);
}

void GuardMemberKind::describe(const EditGuards& step, Lines& lines) {
  for (const auto& [mac, change] : step.members) {
    lines.add(change, "guard member " + net::format(mac),
              change.after ? fmt::format("network {}", change.after->value) : "");
  }
}

}  // namespace netctl::host
