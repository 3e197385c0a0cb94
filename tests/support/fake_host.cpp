#include "tests/support/fake_host.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace netctl::testing {
namespace {

using host::HostState;

Error refused(ErrorCode code, std::string message) {
  return {code, "", std::move(message)};
}

const std::string* chainOf(const host::Target& target) {
  if (const auto* jump = std::get_if<host::Jump>(&target)) return &jump->chain;
  if (const auto* jump = std::get_if<host::Goto>(&target)) return &jump->chain;
  return nullptr;
}

/// Says why the kernel would not carry out a step, and does what the kernel does besides.
struct Kernel {
  HostState& state;
  const std::set<std::string>& devices;
  const std::set<std::string>& bridges;
  const host::Step& step;

  Result<void> operator()(const host::OpenPort& open) const {
    if (!devices.contains(open.device)) {
      return refused(ErrorCode::NotFound, "no device " + open.device);
    }
    if (!bridges.contains(open.port.bridge) && !hasSegment(open.port.bridge)) {
      return refused(ErrorCode::Kernel, "no bridge " + open.port.bridge);
    }
    return {};
  }
  Result<void> operator()(const host::RemoveSegment& removal) const {
    // As the kernel does when a device goes.
    std::erase_if(state.addresses,
                  [&](const auto& one) { return one.interface == removal.segment.bridge; });
    state.redirects.erase(removal.segment.vlan_device);
    return {};
  }
  Result<void> operator()(const host::AddRedirect& addition) const {
    const auto& bridge = addition.redirect.bridge;
    if (bridges.contains(bridge) || hasSegment(bridge)) return {};
    return refused(ErrorCode::NotFound, "no bridge " + bridge);
  }
  Result<void> operator()(const host::EditNat& edit) const {
    const bool has_elements = !edit.elastic.empty() || !edit.forwards.empty() ||
                              !edit.senders_to_add.empty() || !edit.senders_to_remove.empty();
    if (!edit.rules && !state.nat.rules && has_elements) {
      return refused(ErrorCode::Kernel, "no nat rules");
    }
    std::set<net::Ipv4Address> private_addresses;
    for (const auto& [address, private_address] : after().nat.elastic) {
      if (!private_addresses.insert(private_address).second) {
        return refused(ErrorCode::Kernel, "two addresses of " + net::format(private_address));
      }
    }
    return {};
  }
  Result<void> operator()(const host::EditGuards& edit) const {
    if (edit.rules || state.guards.rules ||
        (edit.ports.empty() && edit.unseen.empty() && edit.members.empty())) {
      return {};
    }
    return refused(ErrorCode::Kernel, "no guard rules");
  }
  Result<void> operator()(const host::CreateSet& creation) const {
    if (!state.sets.contains(creation.name)) return {};
    return checkUnused(creation.name);
  }
  Result<void> operator()(const host::DestroySet& removal) const {
    return checkUnused(removal.name);
  }
  Result<void> operator()(const host::AddMembers& addition) const {
    return checkThere(addition.set);
  }
  Result<void> operator()(const host::RemoveMembers& removal) const {
    return checkThere(removal.set);
  }
  Result<void> operator()(const host::EditTable&) const {
    const auto state_after = after();
    for (const auto& [id, target] : state_after.jumps) {
      if (!state_after.chains.contains({id.table, target})) {
        return refused(ErrorCode::Kernel, id.name + " jumps to missing " + target);
      }
    }
    for (const auto& [id, chain] : state_after.chains) {
      for (const auto& rule : chain) {
        const auto* target = chainOf(rule.target);
        if (target != nullptr && !state_after.chains.contains({id.table, *target})) {
          return refused(ErrorCode::Kernel, id.name + " goes to missing " + *target);
        }
        if (rule.set && !state_after.sets.contains(rule.set->set)) {
          return refused(ErrorCode::Kernel, id.name + " names missing " + rule.set->set);
        }
      }
    }
    return {};
  }
  /// All others it takes.
  template <class Action>
  Result<void> operator()(const Action&) const {
    return {};
  }

  [[nodiscard]] HostState after() const {
    auto after = state;
    host::carryOut(step, after);
    return after;
  }
  [[nodiscard]] Result<void> checkThere(const std::string& set) const {
    if (state.sets.contains(set)) return {};
    return refused(ErrorCode::Kernel, "no set " + set);
  }
  [[nodiscard]] Result<void> checkUnused(const std::string& set) const {
    for (const auto& [id, chain] : state.chains) {
      for (const auto& rule : chain) {
        if (rule.set && rule.set->set == set) {
          return refused(ErrorCode::Kernel, "set in use: " + set);
        }
      }
    }
    return {};
  }
  [[nodiscard]] bool hasSegment(const std::string& bridge) const {
    return std::any_of(state.segments.begin(), state.segments.end(),
                       [&](const auto& entry) { return entry.second.bridge == bridge; });
  }
};

}  // namespace

Result<HostState> FakeHost::look(const host::Scope& scope) {
  ++looks;
  if (scope.touches(host::Table::Filter)) ++table_looks;
  if (failing_looks > 0) {
    --failing_looks;
    return refused(ErrorCode::Kernel, "look failed by script");
  }
  return host::restrict(state, scope);
}

Result<HostState> FakeHost::lookAtAll(const host::Areas& areas) {
  host::Scope scope;
  scope.everything = true;
  auto all = look(scope);
  if (!all) return all;
  return host::only(std::move(*all), areas);
}

void FakeHost::beside(std::function<void(host::AreaReader&)> work) {
  struct Reader : host::AreaReader {
    explicit Reader(FakeHost& host) : host_(host) {}
    Result<HostState> look(const host::Areas& areas) override { return host_.lookAtAll(areas); }
    FakeHost& host_;
  } reader(*this);
  work(reader);
}

Result<void> FakeHost::run(const host::Step& step) {
  ++steps;
  if (std::holds_alternative<host::EditTable>(step.action)) ++table_commits;
  if (fault && fault(step)) return refused(ErrorCode::Kernel, "failed by script");
  auto taken = std::visit(Kernel{state, devices, bridges, step}, step.action);
  if (taken) host::carryOut(step, state);
  return taken;
}

Result<std::vector<host::Flow>> FakeHost::flows(
    const std::function<bool(const host::Flow&)>& wanted) {
  ++walks;
  std::vector<host::Flow> found;
  std::copy_if(conntrack.begin(), conntrack.end(), std::back_inserter(found), wanted);
  return found;
}

Result<std::vector<host::FlowEntry>> FakeHost::entries(
    const std::function<bool(const host::FlowEntry&)>& wanted) {
  ++walks;
  std::vector<host::FlowEntry> found;
  for (const auto& flow : conntrack) {
    auto entry = weighs ? weighs(flow) : host::FlowEntry{flow, true, 0};
    if (wanted(entry)) found.push_back(std::move(entry));
  }
  return found;
}

Result<host::FlowTable> FakeHost::flowTable() {
  return host::FlowTable{conntrack.size(), room_for_flows};
}

Result<void> FakeHost::hold(const std::set<net::Ipv4Address>& addresses) {
  held = addresses;
  return {};
}

Result<host::TrafficReading> FakeHost::traffic(
    const std::optional<std::set<net::Ipv4Address>>& addresses) {
  auto reading = counted_traffic;
  if (addresses) {
    std::erase_if(reading.addresses,
                  [&](const auto& one) { return !addresses->contains(one.first); });
  }
  return reading;
}

Result<void> FakeHost::cut(const std::vector<host::Flow>& flows) {
  for (auto flow : flows) {
    if (conntrack.erase(flow) == 0) continue;
    flow.cut = flow.marked = true;
    flow.admitted = flow.kept = false;
    conntrack.insert(flow);
  }
  return {};
}

Result<void> FakeHost::keep(const std::vector<host::Flow>& flows) {
  for (auto flow : flows) {
    if (conntrack.erase(flow) == 0) continue;
    flow.kept = true;
    conntrack.insert(flow);
  }
  return {};
}

Result<void> FakeHost::admit(const std::vector<host::Flow>& flows) {
  for (auto flow : flows) {
    if (conntrack.erase(flow) == 0) continue;
    flow.admitted = true;
    flow.cut = flow.marked = flow.kept = false;
    conntrack.insert(flow);
  }
  return {};
}

Result<void> FakeHost::forget(const std::vector<host::Flow>& flows) {
  for (const auto& flow : flows) conntrack.erase(flow);
  return {};
}

}  // namespace netctl::testing
