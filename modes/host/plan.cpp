#include "modes/host/plan.h"

#include "modes/host/names.h"

#include <algorithm>
#include <array>
#include <iterator>

namespace netctl::host {
namespace {

/// What is in `left` and not in `right`; both sorted.
std::vector<SetMember> difference(const std::vector<SetMember>& left,
                                  const std::vector<SetMember>& right) {
  std::vector<SetMember> result;
  std::set_difference(left.begin(), left.end(), right.begin(), right.end(),
                      std::back_inserter(result));
  return result;
}

template <class Value, class Key>
const Value* find(const std::map<Key, Value>& values, const Key& key) {
  const auto found = values.find(key);
  return found == values.end() ? nullptr : &found->second;
}

/// Collects steps, phase by phase.
class Differ {
 public:
  Differ(const HostState& desired, const HostState& observed)
      : desired_(desired), observed_(observed) {}

  Plan plan() {
    ports();
    guards();
    // A redirect goes before the device that it stands on, and comes after the bridge.
    removeRedirects();
    segments();
    addRedirects();
    addresses();
    sysctls();
    sets();
    nat();
    for (const auto table : kTables) this->table(table);
    dhcp();
    std::stable_sort(plan_.steps.begin(), plan_.steps.end(),
                     [](const Step& a, const Step& b) { return a.phase < b.phase; });
    return std::move(plan_);
  }

 private:
  void add(Phase phase, Action action) { plan_.steps.push_back({phase, std::move(action)}); }

  void ports() {
    for (const auto& [device, port] : observed_.ports) {
      const auto* wanted = find(desired_.ports, device);
      if (wanted == nullptr || wanted->instance != port.instance) {
        add(Phase::ClosePorts, ClosePort{device, port});
      }
    }
    for (const auto& [device, port] : desired_.ports) {
      const auto* there = find(observed_.ports, device);
      if (there == nullptr || *there != port) add(Phase::OpenPorts, OpenPort{device, port});
    }
  }

  void segments() {
    for (const auto& [tag, segment] : observed_.segments) {
      if (!desired_.segments.contains(tag)) {
        add(Phase::RemoveSegments, RemoveSegment{tag, segment});
      }
    }
    for (const auto& [tag, segment] : desired_.segments) {
      const auto* there = find(observed_.segments, tag);
      if (there == nullptr || *there != segment) add(Phase::AddSegments, AddSegment{tag, segment});
    }
  }

  void removeRedirects() {
    for (const auto& [device, redirect] : observed_.redirects) {
      if (desired_.redirects.contains(device)) continue;
      add(Phase::RemoveSegments, RemoveRedirect{device, redirect});
    }
  }

  void addRedirects() {
    for (const auto& [device, redirect] : desired_.redirects) {
      const auto* there = find(observed_.redirects, device);
      if (there == nullptr || *there != redirect) {
        add(Phase::AddSegments, AddRedirect{device, redirect});
      }
    }
  }

  void nat() {
    EditNat edit;
    if (desired_.nat.rules != observed_.nat.rules) {
      edit.rules = {observed_.nat.rules, desired_.nat.rules};
    }
    edit.elastic = edit.rules ? changes(desired_.nat.elastic, {})
                              : changes(desired_.nat.elastic, observed_.nat.elastic);
    // Ahead of the tables, so that no rules of a former version go before these stand.
    if (edit != EditNat{}) add(Phase::Tables, std::move(edit));
  }

  void guards() {
    const auto& desired = desired_.guards;
    const auto& observed = observed_.guards;
    EditGuards edit;
    if (desired.rules != observed.rules) edit.rules = {observed.rules, desired.rules};
    // Other rules begin with nothing in them.
    const Guards nothing;
    const auto& there = edit.rules ? nothing : observed;
    edit.ports = changes(desired.ports, there.ports);
    edit.unseen = changes(desired.unseen, there.unseen);
    edit.members = changes(desired.members, there.members);
    if (edit != EditGuards{}) add(Phase::Guards, std::move(edit));
  }

  template <class Key, class Value>
  static std::map<Key, EntryChange<Value>> changes(const std::map<Key, Value>& desired,
                                                   const std::map<Key, Value>& observed) {
    std::map<Key, EntryChange<Value>> changes;
    for (const auto& [key, value] : observed) {
      const auto* wanted = find(desired, key);
      if (wanted == nullptr)
        changes[key] = {value, {}};
      else if (*wanted != value)
        changes[key] = {value, *wanted};
    }
    for (const auto& [key, value] : desired) {
      if (!observed.contains(key)) changes[key] = {{}, value};
    }
    return changes;
  }

  void addresses() {
    for (const auto& address : observed_.addresses) {
      if (!desired_.addresses.contains(address)) {
        add(Phase::RemoveAddresses, RemoveAddress{address});
      }
    }
    for (const auto& address : desired_.addresses) {
      if (observed_.addresses.contains(address)) continue;
      add(Phase::AddAddresses, AddAddress{address});
      if (address.interface != kLoopback) add(Phase::Announce, Announce{address});
    }
  }

  void sysctls() {
    for (const auto& [name, value] : desired_.sysctls) {
      const auto* there = find(observed_.sysctls, name);
      if (there == nullptr || *there != value) add(Phase::Sysctls, SetSysctl{name, value});
    }
  }

  void sets() {
    for (const auto& [name, set] : desired_.sets) {
      const auto* there = find(observed_.sets, name);
      if (there == nullptr || there->type != set.type) {
        add(Phase::AddSets, CreateSet{name, set});
        continue;
      }
      if (auto more = difference(set.members, there->members); !more.empty()) {
        add(Phase::AddSets, AddMembers{name, set.type, std::move(more)});
      }
      if (auto less = difference(there->members, set.members); !less.empty()) {
        add(Phase::RemoveMembers, RemoveMembers{name, set.type, std::move(less)});
      }
    }
    for (const auto& [name, set] : observed_.sets) {
      if (!desired_.sets.contains(name)) add(Phase::RemoveSets, DestroySet{name});
    }
  }

  void table(Table table) {
    EditTable edit{table, {}, {}, {}, {}};
    for (const auto& [id, chain] : desired_.chains) {
      const auto* there = find(observed_.chains, id);
      if (id.table == table && (there == nullptr || *there != chain)) edit.put[id.name] = chain;
    }
    for (const auto& [id, chain] : observed_.chains) {
      if (id.table == table && !desired_.chains.contains(id)) edit.remove.insert(id.name);
    }
    for (const auto& [id, target] : desired_.jumps) {
      const auto* there = find(observed_.jumps, id);
      if (id.table == table && (there == nullptr || *there != target)) edit.jumps[id.name] = target;
    }
    for (const auto& [id, target] : observed_.jumps) {
      if (id.table == table && !desired_.jumps.contains(id)) edit.remove_jumps.insert(id.name);
    }
    if (edit != EditTable{table, {}, {}, {}, {}}) add(Phase::Tables, std::move(edit));
  }

  void dhcp() {
    const auto& desired = desired_.dhcp;
    const auto& observed = observed_.dhcp;
    if (desired_.dhcp_checksums != observed_.dhcp_checksums) {
      add(Phase::Dhcp, SetDhcpChecksums{desired_.dhcp_checksums});
    }
    for (const auto& [mac, host] : observed.hosts) {
      if (!desired.hosts.contains(mac)) add(Phase::Dhcp, SetDhcpHost{mac, {}, host});
    }
    for (const auto& [tag, network] : observed.networks) {
      if (!desired.networks.contains(tag)) add(Phase::Dhcp, SetDhcpNetwork{tag, {}});
    }
    for (const auto& [tag, network] : desired.networks) {
      const auto* there = find(observed.networks, tag);
      if (there == nullptr || *there != network) add(Phase::Dhcp, SetDhcpNetwork{tag, network});
    }
    for (const auto& [mac, host] : desired.hosts) {
      const auto* there = find(observed.hosts, mac);
      if (there != nullptr && *there == host) continue;
      add(Phase::Dhcp,
          SetDhcpHost{mac, host, there != nullptr ? std::optional(*there) : std::nullopt});
    }
    // The server starts with its hosts in place, and what it must not answer any more is gone
    // before.
    if (desired.server != observed.server) add(Phase::Dhcp, SetDhcpServer{desired.server});
  }

  const HostState& desired_;
  const HostState& observed_;
  Plan plan_;
};

/// Adds what a step touches to a scope.
struct ScopeOfStep {
  Scope& scope;

  void operator()(const SetSysctl& step) const { scope.sysctls.insert(step.name); }
  void operator()(const OpenPort& step) const { scope.ports.insert(step.device); }
  void operator()(const ClosePort& step) const { scope.ports.insert(step.device); }
  void operator()(const AddSegment& step) const { scope.segments.insert(step.tag); }
  void operator()(const RemoveSegment& step) const { scope.segments.insert(step.tag); }
  void operator()(const AddRedirect& step) const { scope.redirects.insert(step.device); }
  void operator()(const RemoveRedirect& step) const { scope.redirects.insert(step.device); }
  void operator()(const EditNat& step) const {
    if (step.rules) scope.nat_rules = true;
    for (const auto& [address, change] : step.elastic) scope.elastic.insert(address);
  }
  void operator()(const EditGuards& step) const {
    if (step.rules) scope.guard_rules = true;
    for (const auto& [device, change] : step.ports) scope.guards.insert(device);
    for (const auto& [mac, change] : step.unseen) scope.unseen_guards.insert(mac);
    for (const auto& [mac, change] : step.members) scope.guard_members.insert(mac);
  }
  void operator()(const AddAddress& step) const { scope.addresses.insert(step.address); }
  void operator()(const RemoveAddress& step) const { scope.addresses.insert(step.address); }
  void operator()(const CreateSet& step) const { scope.sets.insert(step.name); }
  void operator()(const DestroySet& step) const { scope.sets.insert(step.name); }
  void operator()(const AddMembers& step) const { members(step.set, step.members); }
  void operator()(const RemoveMembers& step) const { members(step.set, step.members); }
  void operator()(const EditTable& step) const {
    for (const auto& [name, chain] : step.put) scope.chains.insert({step.table, name});
    for (const auto& name : step.remove) scope.chains.insert({step.table, name});
    for (const auto& [name, target] : step.jumps) scope.jumps.insert({step.table, name});
    for (const auto& name : step.remove_jumps) scope.jumps.insert({step.table, name});
  }
  void operator()(const SetDhcpChecksums&) const { scope.dhcp_checksums = true; }
  void operator()(const SetDhcpServer&) const { scope.dhcp_server = true; }
  void operator()(const SetDhcpNetwork& step) const { scope.dhcp_networks.insert(step.tag); }
  void operator()(const SetDhcpHost& step) const { scope.dhcp_hosts.insert(step.mac); }
  void operator()(const Announce&) const {}

  void members(const std::string& set, const std::vector<SetMember>& members) const {
    scope.members[set].insert(members.begin(), members.end());
  }
};

/// The entries of `values` whose key is in `keys`.
template <class Values, class Keys>
Values select(const Values& values, const Keys& keys) {
  Values result;
  for (const auto& key : keys) {
    if (const auto found = values.find(key); found != values.end()) result.insert(*found);
  }
  return result;
}

Set select(const Set& set, const std::set<SetMember>& members) {
  Set result{set.type, {}};
  std::set_intersection(set.members.begin(), set.members.end(), members.begin(), members.end(),
                        std::back_inserter(result.members));
  return result;
}

bool isInFamily(const ChainId& chain, const std::set<ChainId>& families) {
  return std::any_of(families.begin(), families.end(), [&](const ChainId& family) {
    return family.table == chain.table && chain.name.starts_with(family.name);
  });
}

}  // namespace

std::string_view format(Phase phase) {
  constexpr std::array<std::string_view, 14> kNames{
      "close-ports",  "remove-addresses", "sysctls",        "guards",
      "add-segments", "add-sets",         "remove-members", "tables",
      "remove-sets",  "remove-segments",  "add-addresses",  "dhcp",
      "announce",     "open-ports"};
  return kNames.at(static_cast<std::size_t>(phase));
}

Plan diff(const HostState& desired, const HostState& observed) {
  return Differ(desired, observed).plan();
}

Scope scopeOf(const Plan& plan) {
  Scope scope;
  for (const auto& step : plan.steps) std::visit(ScopeOfStep{scope}, step.action);
  return scope;
}

HostState restrict(const HostState& state, const Scope& scope) {
  if (scope.everything) return state;
  HostState part;
  part.sysctls = select(state.sysctls, scope.sysctls);
  part.ports = select(state.ports, scope.ports);
  part.segments = select(state.segments, scope.segments);
  part.redirects = select(state.redirects, scope.redirects);
  if (scope.guard_rules) part.guards.rules = state.guards.rules;
  part.guards.ports = select(state.guards.ports, scope.guards);
  part.guards.unseen = select(state.guards.unseen, scope.unseen_guards);
  part.guards.members = select(state.guards.members, scope.guard_members);
  part.addresses = select(state.addresses, scope.addresses);
  part.sets = select(state.sets, scope.sets);
  for (const auto& [name, members] : scope.members) {
    const auto* set = find(state.sets, name);
    if (set != nullptr && !part.sets.contains(name)) part.sets[name] = select(*set, members);
  }
  for (const auto& [id, chain] : state.chains) {
    if (scope.chains.contains(id) || isInFamily(id, scope.chain_families)) part.chains[id] = chain;
  }
  part.jumps = select(state.jumps, scope.jumps);
  if (scope.nat_rules) part.nat.rules = state.nat.rules;
  part.nat.elastic = select(state.nat.elastic, scope.elastic);
  if (scope.dhcp_checksums) part.dhcp_checksums = state.dhcp_checksums;
  if (scope.dhcp_server) part.dhcp.server = state.dhcp.server;
  part.dhcp.networks = select(state.dhcp.networks, scope.dhcp_networks);
  part.dhcp.hosts = select(state.dhcp.hosts, scope.dhcp_hosts);
  return part;
}

}  // namespace netctl::host
