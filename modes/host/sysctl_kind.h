#pragma once

#include "modes/host/kind.h"
#include "modes/host/names.h"

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace netctl::host {

struct SetSysctl {
  std::string name;
  std::string value;
  bool operator==(const SetSysctl&) const = default;
};

struct SysctlKind {
  using Made = StepTypes<SetSysctl>;
  static auto& objects(auto& state) { return state.sysctls; }
  static auto& names(auto& scope) { return scope.sysctls; }

  /// What is not desired any more stays: the former value comes back when netctl is purged. One of
  /// a device that is not there is set by nobody: the device brings it from the host's defaults,
  /// which are set first.
  static void plan(auto& steps, const std::string& name, const Change<std::string>& change) {
    const bool of_device = isOfDevice(name);
    if (change.wanted == nullptr || (of_device && change.there == nullptr)) return;
    steps.add({Phase::Sysctls, static_cast<std::uint8_t>(of_device ? 1 : 0)},
              SetSysctl{name, *change.wanted});
  }
  static void touched(const SetSysctl& step, std::set<std::string>& names) {
    names.insert(step.name);
  }
  static void carryOut(const SetSysctl& step, std::map<std::string, std::string>& sysctls) {
    sysctls[step.name] = step.value;
  }
  static Bearing bearing(const SetSysctl&) { return {}; }
  static void describe(const SetSysctl& step, Lines& lines) {
    lines.add("change", "sysctl " + step.name, step.value);
  }
};

}  // namespace netctl::host
