#include "netctl/controller/port_states.h"

#include "modes/node_host.h"

#include <utility>

namespace netctl::controller {

void PortStates::put(const cloud::Settings& settings, const cloud::Instance& instance,
                     const std::string& node) {
  const bool arrives = instance.migratesTo(node);
  auto& status = statusOf(arrives);
  if (!isThisHost(settings, node)) {
    status.insert_or_assign(
        instance.id,
        PortStatus{PortState::Waiting, "its node " + node + " has not reported it yet"});
    return;
  }
  const auto& device = instance.portDeviceOn(node);
  const auto* reason =
      device.empty() ? "no device with its MAC has been seen yet" : "device is not there yet";
  status.insert_or_assign(instance.id, PortStatus{PortState::Waiting, reason});
  if (!device.empty()) devices_.insert_or_assign(device, Port{instance.id, arrives});
}

void PortStates::putAll(const cloud::Settings& settings, const cloud::Instance& instance) {
  for (const auto& node : cloud::nodesOf(instance)) put(settings, instance, node);
}

void PortStates::update(const cloud::Settings& settings, const cloud::Instance& before,
                        const cloud::Instance& after) {
  const auto& id = after.id;
  // The port that it has on a node is the same one, whether it arrives there or is there.
  const auto former = [&](const std::string& node) {
    const auto& all = statusOf(before.migratesTo(node));
    const auto found = all.find(id);
    const bool stays = before.isOn(node) && found != all.end() &&
                       !before.portDeviceOn(node).empty() &&
                       before.portDeviceOn(node) == after.portDeviceOn(node);
    return stays ? std::optional(found->second) : std::nullopt;
  };
  std::map<std::string, std::optional<PortStatus>> kept;
  for (const auto& node : cloud::nodesOf(after)) kept[node] = former(node);
  if (!after.destination) arriving_.erase(id);
  for (const auto& [node, status] : kept) {
    put(settings, after, node);
    if (status) statusOf(after.migratesTo(node)).insert_or_assign(id, *status);
  }
}

void PortStates::update(const cloud::Settings& settings, const cloud::Changes& changes) {
  for (const auto& [id, change] : changes.instances) {
    if (change.before && isHere(settings, *change.before)) {
      devices_.erase(deviceHere(settings, *change.before));
    }
    if (!change.after) {
      status_.erase(id);
      arriving_.erase(id);
    }
  }
  for (const auto& [id, change] : changes.instances) {
    if (!change.after) continue;
    if (change.before) {
      update(settings, *change.before, *change.after);
    } else {
      putAll(settings, *change.after);
    }
  }
}

void PortStates::reset(const cloud::Cloud& cloud) {
  const auto former = std::exchange(status_, {});
  const auto arriving = std::exchange(arriving_, {});
  devices_.clear();
  for (const auto& [id, instance] : cloud.instances()) {
    putAll(cloud.settings(), *instance);
    // No node reports twice what has not changed: what it said stands.
    for (const auto& node : cloud::nodesOf(*instance)) {
      if (isThisHost(cloud.settings(), node)) continue;
      const auto& before = instance->migratesTo(node) ? arriving : former;
      if (const auto known = before.find(id); known != before.end()) {
        settle(*instance, node, known->second);
      }
    }
  }
}

void PortStates::rename(const std::map<std::string, std::string>& names) {
  known_as_.clear();
  for (const auto& [known, borne] : names) known_as_.emplace(borne, known);
}

void PortStates::settle(const cloud::Instance& instance, const std::string& node,
                        const PortStatus& status) {
  if (!instance.isOn(node)) return;
  auto& all = statusOf(instance.migratesTo(node));
  if (const auto known = all.find(instance.id); known != all.end()) known->second = status;
}

void PortStates::settle(const host::Rendering& rendering,
                        const std::vector<host::FailedStep>& failed) {
  for (const auto& [device, rendered] : rendering.desired.ports) {
    if (const auto* port = portOf(device)) {
      statusOf(port->arrives).insert_or_assign(port->instance, PortStatus{PortState::Open, ""});
    }
  }
  for (const auto& step : failed) {
    const auto* open = std::get_if<host::OpenPort>(&step.step.action);
    if (open == nullptr) continue;
    const auto* port = portOf(open->device);
    if (port == nullptr) continue;
    const auto state =
        step.error.code == ErrorCode::NotFound ? PortState::Waiting : PortState::Failed;
    statusOf(port->arrives).insert_or_assign(port->instance, PortStatus{state, step.error.message});
  }
}

const PortStates::Port* PortStates::portOf(const std::string& device) const {
  const auto known_as = known_as_.find(device);
  const auto found = devices_.find(known_as == known_as_.end() ? device : known_as->second);
  return found == devices_.end() ? nullptr : &found->second;
}

std::optional<cloud::InstanceId> PortStates::instanceOf(const std::string& device) const {
  const auto* port = portOf(device);
  return port == nullptr ? std::nullopt : std::optional(port->instance);
}

std::set<std::string> PortStates::waiting() const {
  std::set<std::string> waiting;
  for (const auto& [device, port] : devices_) {
    const auto& status = port.arrives ? arriving_ : status_;
    if (status.at(port.instance).state == PortState::Waiting) waiting.insert(device);
  }
  return waiting;
}

}  // namespace netctl::controller
