#include "netctl/controller/port_states.h"

#include "modes/node_host.h"

#include <utility>

namespace netctl::controller {

void PortStates::put(const cloud::Settings& settings, const cloud::Instance& instance) {
  if (!isHere(settings, instance)) {
    status_.insert_or_assign(
        instance.id,
        PortStatus{PortState::Waiting, "its node " + instance.node + " has not reported it yet"});
    return;
  }
  const auto& device = instance.portDevice();
  const auto* reason =
      device.empty() ? "no device with its MAC has been seen yet" : "device is not there yet";
  status_.insert_or_assign(instance.id, PortStatus{PortState::Waiting, reason});
  if (!device.empty()) devices_.insert_or_assign(device, instance.id);
}

void PortStates::update(const cloud::Settings& settings, const cloud::Changes& changes) {
  for (const auto& [id, change] : changes.instances) {
    if (change.before && isHere(settings, *change.before)) {
      devices_.erase(change.before->portDevice());
    }
    if (!change.after) status_.erase(id);
  }
  for (const auto& [id, change] : changes.instances) {
    if (!change.after) continue;
    const auto& device = change.after->portDevice();
    if (!change.before || change.before->portDevice() != device || device.empty() ||
        change.before->node != change.after->node) {
      put(settings, *change.after);
    } else if (isHere(settings, *change.after)) {
      devices_.insert_or_assign(device, id);
    }
  }
}

void PortStates::reset(const cloud::Cloud& cloud) {
  const auto former = std::exchange(status_, {});
  devices_.clear();
  for (const auto& [id, instance] : cloud.instances()) {
    put(cloud.settings(), *instance);
    // No node reports twice what has not changed: what it said stands.
    const auto known = former.find(id);
    if (known != former.end() && !isHere(cloud.settings(), *instance)) settle(id, known->second);
  }
}

void PortStates::rename(const std::map<std::string, std::string>& names) {
  known_as_.clear();
  for (const auto& [known, borne] : names) known_as_.emplace(borne, known);
}

void PortStates::settle(const cloud::InstanceId& instance, const PortStatus& status) {
  if (const auto known = status_.find(instance); known != status_.end()) known->second = status;
}

void PortStates::settle(const host::Rendering& rendering,
                        const std::vector<host::FailedStep>& failed) {
  for (const auto& [device, port] : rendering.desired.ports) {
    if (const auto instance = instanceOf(device)) {
      status_.insert_or_assign(*instance, PortStatus{PortState::Open, ""});
    }
  }
  for (const auto& step : failed) {
    const auto* open = std::get_if<host::OpenPort>(&step.step.action);
    if (open == nullptr) continue;
    const auto instance = instanceOf(open->device);
    if (!instance) continue;
    const auto state =
        step.error.code == ErrorCode::NotFound ? PortState::Waiting : PortState::Failed;
    status_.insert_or_assign(*instance, PortStatus{state, step.error.message});
  }
}

std::optional<cloud::InstanceId> PortStates::instanceOf(const std::string& device) const {
  const auto known_as = known_as_.find(device);
  const auto found = devices_.find(known_as == known_as_.end() ? device : known_as->second);
  if (found == devices_.end()) return {};
  return found->second;
}

std::set<std::string> PortStates::waiting() const {
  std::set<std::string> waiting;
  for (const auto& [device, instance] : devices_) {
    if (status_.at(instance).state == PortState::Waiting) waiting.insert(device);
  }
  return waiting;
}

}  // namespace netctl::controller
