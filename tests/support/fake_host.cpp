#include "tests/support/fake_host.h"

#include <algorithm>
#include <iterator>

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

/// Carries out one step on a state, or says why the kernel would not.
struct Carry {
  HostState& state;
  const std::set<std::string>& devices;
  const std::set<std::string>& bridges;

  Result<void> operator()(const host::SetSysctl& step) const {
    state.sysctls[step.name] = step.value;
    return {};
  }
  Result<void> operator()(const host::OpenPort& step) const {
    if (!devices.contains(step.device)) {
      return refused(ErrorCode::NotFound, "no device " + step.device);
    }
    if (!bridges.contains(step.port.bridge) && !hasSegment(step.port.bridge)) {
      return refused(ErrorCode::Kernel, "no bridge " + step.port.bridge);
    }
    state.ports[step.device] = step.port;
    return {};
  }
  Result<void> operator()(const host::ClosePort& step) const {
    state.ports.erase(step.device);
    return {};
  }
  Result<void> operator()(const host::AddSegment& step) const {
    state.segments[step.tag] = step.segment;
    return {};
  }
  Result<void> operator()(const host::RemoveSegment& step) const {
    state.segments.erase(step.tag);
    // As the kernel does when a device goes.
    std::erase_if(state.addresses,
                  [&](const auto& one) { return one.interface == step.segment.bridge; });
    state.redirects.erase(step.segment.vlan_device);
    return {};
  }
  Result<void> operator()(const host::AddRedirect& step) const {
    const auto& bridge = step.redirect.bridge;
    if (!bridges.contains(bridge) && !hasSegment(bridge)) {
      return refused(ErrorCode::NotFound, "no bridge " + bridge);
    }
    state.redirects[step.device] = step.redirect;
    return {};
  }
  Result<void> operator()(const host::RemoveRedirect& step) const {
    state.redirects.erase(step.device);
    return {};
  }
  Result<void> operator()(const host::EditNat& step) const {
    auto after = state.nat;
    if (step.rules) {
      after = {.rules = step.rules->after};
    } else if (!after.rules && !step.elastic.empty()) {
      return refused(ErrorCode::Kernel, "no nat rules");
    }
    replace(after.elastic, step.elastic);
    std::set<net::Ipv4Address> private_addresses;
    for (const auto& [address, private_address] : after.elastic) {
      if (!private_addresses.insert(private_address).second) {
        return refused(ErrorCode::Kernel, "two addresses of " + net::format(private_address));
      }
    }
    state.nat = std::move(after);
    return {};
  }
  Result<void> operator()(const host::EditGuards& step) const {
    auto& guards = state.guards;
    if (step.rules) {
      guards = {};
      guards.rules = step.rules->after;
    } else if (!guards.rules &&
               !(step.ports.empty() && step.unseen.empty() && step.members.empty())) {
      return refused(ErrorCode::Kernel, "no guard rules");
    }
    replace(guards.ports, step.ports);
    replace(guards.unseen, step.unseen);
    replace(guards.members, step.members);
    return {};
  }
  template <class Key, class Value>
  static void replace(std::map<Key, Value>& values,
                      const std::map<Key, host::EntryChange<Value>>& changes) {
    for (const auto& [key, change] : changes) {
      if (change.after)
        values.insert_or_assign(key, *change.after);
      else
        values.erase(key);
    }
  }
  Result<void> operator()(const host::AddAddress& step) const {
    state.addresses.insert(step.address);
    return {};
  }
  Result<void> operator()(const host::RemoveAddress& step) const {
    state.addresses.erase(step.address);
    return {};
  }
  Result<void> operator()(const host::CreateSet& step) const {
    if (state.sets.contains(step.name) && isUsed(step.name)) {
      return refused(ErrorCode::Kernel, "set in use: " + step.name);
    }
    state.sets[step.name] = step.set;
    return {};
  }
  Result<void> operator()(const host::DestroySet& step) const {
    if (isUsed(step.name)) return refused(ErrorCode::Kernel, "set in use: " + step.name);
    state.sets.erase(step.name);
    return {};
  }
  Result<void> operator()(const host::AddMembers& step) const {
    const auto found = state.sets.find(step.set);
    if (found == state.sets.end()) return refused(ErrorCode::Kernel, "no set " + step.set);
    std::vector<host::SetMember> members;
    std::set_union(found->second.members.begin(), found->second.members.end(), step.members.begin(),
                   step.members.end(), std::back_inserter(members));
    found->second.members = std::move(members);
    return {};
  }
  Result<void> operator()(const host::RemoveMembers& step) const {
    const auto found = state.sets.find(step.set);
    if (found == state.sets.end()) return refused(ErrorCode::Kernel, "no set " + step.set);
    std::vector<host::SetMember> members;
    std::set_difference(found->second.members.begin(), found->second.members.end(),
                        step.members.begin(), step.members.end(), std::back_inserter(members));
    found->second.members = std::move(members);
    return {};
  }
  Result<void> operator()(const host::EditTable& step) const {
    auto after = state;
    for (const auto& [name, chain] : step.put) after.chains[{step.table, name}] = chain;
    for (const auto& name : step.remove) after.chains.erase({step.table, name});
    for (const auto& [name, target] : step.jumps) after.jumps[{step.table, name}] = target;
    for (const auto& name : step.remove_jumps) after.jumps.erase({step.table, name});
    for (const auto& [id, target] : after.jumps) {
      if (!after.chains.contains({id.table, target})) {
        return refused(ErrorCode::Kernel, id.name + " jumps to missing " + target);
      }
    }
    for (const auto& [id, chain] : after.chains) {
      for (const auto& rule : chain) {
        const auto* target = chainOf(rule.target);
        if (target != nullptr && !after.chains.contains({id.table, *target})) {
          return refused(ErrorCode::Kernel, id.name + " goes to missing " + *target);
        }
        if (rule.set && !after.sets.contains(rule.set->set)) {
          return refused(ErrorCode::Kernel, id.name + " names missing " + rule.set->set);
        }
      }
    }
    state = std::move(after);
    return {};
  }
  Result<void> operator()(const host::SetDhcpChecksums& step) const {
    state.dhcp_checksums = step.out;
    return {};
  }
  Result<void> operator()(const host::SetDhcpServer& step) const {
    state.dhcp.server = step.server;
    return {};
  }
  Result<void> operator()(const host::SetDhcpNetwork& step) const {
    if (step.network) {
      state.dhcp.networks[step.tag] = *step.network;
    } else {
      state.dhcp.networks.erase(step.tag);
    }
    return {};
  }
  Result<void> operator()(const host::SetDhcpHost& step) const {
    if (step.host) {
      state.dhcp.hosts[step.mac] = *step.host;
    } else {
      state.dhcp.hosts.erase(step.mac);
    }
    return {};
  }
  Result<void> operator()(const host::Announce&) const { return {}; }

  [[nodiscard]] bool hasSegment(const std::string& bridge) const {
    return std::any_of(state.segments.begin(), state.segments.end(),
                       [&](const auto& entry) { return entry.second.bridge == bridge; });
  }
  [[nodiscard]] bool isUsed(const std::string& set) const {
    return std::any_of(state.chains.begin(), state.chains.end(), [&](const auto& entry) {
      return std::any_of(entry.second.begin(), entry.second.end(),
                         [&](const host::Rule& rule) { return rule.set && rule.set->set == set; });
    });
  }
};

bool opens(const host::Step& step) {
  return step.phase == host::Phase::OpenPorts || step.phase == host::Phase::AddAddresses ||
         step.phase == host::Phase::Announce;
}

bool guards(const host::Step& step) {
  return step.phase == host::Phase::Guards || step.phase == host::Phase::AddSets ||
         step.phase == host::Phase::RemoveMembers || step.phase == host::Phase::Tables;
}

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

std::vector<host::FailedStep> FakeHost::apply(const host::Plan& plan) {
  std::vector<host::FailedStep> failed;
  bool closed = false;
  for (const auto& step : plan.steps) {
    ++steps;
    if (std::holds_alternative<host::EditTable>(step.action)) ++table_commits;
    Result<void> result = {};
    if (fault && fault(step)) {
      result = refused(ErrorCode::Kernel, "failed by script");
    } else if (closed && opens(step)) {
      result = refused(ErrorCode::Kernel, "an earlier step failed");
    } else {
      result = std::visit(Carry{state, devices, bridges}, step.action);
    }
    if (result) continue;
    closed = closed || guards(step);
    failed.push_back({step, result.error()});
  }
  return failed;
}

Result<std::vector<host::Flow>> FakeHost::flows(
    const std::function<bool(const host::Flow&)>& wanted) {
  ++walks;
  std::vector<host::Flow> found;
  std::copy_if(conntrack.begin(), conntrack.end(), std::back_inserter(found), wanted);
  return found;
}

Result<void> FakeHost::cut(const std::vector<host::Flow>& flows) {
  for (auto flow : flows) {
    if (conntrack.erase(flow) == 0) continue;
    flow.cut = true;
    conntrack.insert(flow);
  }
  return {};
}

Result<void> FakeHost::forget(const std::vector<host::Flow>& flows) {
  for (const auto& flow : flows) conntrack.erase(flow);
  return {};
}

}  // namespace netctl::testing
