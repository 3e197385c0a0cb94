#include "netctl/hook/instance_of_machine.h"

#include "base/text.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace netctl::hook {
namespace {

namespace json = boost::json;

std::string member(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

/// The instance as netctld has it; absent: there is none.
Result<std::optional<json::object>> find(const Machine& machine, const Call& call) {
  const json::object wanted{{"ids", json::array{json::value(machine.instance_id)}}};
  const auto answer = call("instance.describe", wanted);
  if (!answer && answer.error().reason == "InvalidInstanceID.NotFound") {
    return std::optional<json::object>();
  }
  if (!answer) return answer.error();
  const auto* object = answer->if_object();
  const auto* list = object == nullptr ? nullptr : object->if_contains("instances");
  if (list == nullptr || !list->is_array()) {
    return Error{ErrorCode::Internal, "", "netctld answered instance.describe without instances"};
  }
  if (list->as_array().empty()) return std::optional<json::object>();
  return std::optional(list->as_array().front().as_object());
}

/// Makes a change, or asks for its plan.
Result<Done> change(const Surroundings& surroundings, std::string_view method, json::object wanted,
                    Done::What what) {
  if (surroundings.dry_run) wanted["dry_run"] = true;
  const auto answer = surroundings.call(method, wanted);
  if (!answer) return answer.error();
  Done done{.what = what};
  const auto* object = answer->if_object();
  if (object == nullptr) return done;
  if (const auto* plan = object->if_contains("plan"); plan != nullptr && plan->is_object()) {
    for (const auto& step : plan->as_object().at("steps").as_array()) {
      const auto& parts = step.as_object();
      done.steps.push_back(fmt::format("{} {} {}", member(parts, "action"), member(parts, "object"),
                                       member(parts, "detail")));
    }
  }
  const auto* result = object->if_contains("result");
  const auto& instance = result != nullptr && result->is_object() ? result->as_object() : *object;
  done.bridge = member(instance, "bridge");
  done.port = member(instance, "port");
  const auto* changed = instance.if_contains("changed");
  if (changed != nullptr && changed->is_bool() && !changed->as_bool()) {
    done.what = Done::What::Nothing;
  }
  return done;
}

json::array namesOf(const std::vector<std::string>& groups) {
  json::array names;
  for (const auto& group : groups) names.emplace_back(group);
  return names;
}

Result<Done> attach(const Machine& machine, const Surroundings& surroundings) {
  json::object wanted{{"instance_id", machine.instance_id},
                      {"owner", machine.owner},
                      {"node", surroundings.node},
                      {"mac", net::format(machine.mac)},
                      {"addressing", machine.addressing},
                      {"attributes", json::object{{kHypervisorAttribute, machine.hypervisor}}}};
  if (!machine.groups.empty()) wanted["groups"] = namesOf(machine.groups);
  if (!machine.device.empty()) wanted["device"] = machine.device;
  return change(surroundings, "instance.attach", std::move(wanted), Done::What::Attached);
}

/// Why the instance that is there is not this machine's.
std::vector<Fault> differences(const Machine& machine, const json::object& instance) {
  std::vector<Fault> faults;
  const auto owner = member(instance, "owner");
  if (owner != machine.owner && member(instance, "owner_id") != machine.owner) {
    faults.push_back(
        {"owner", fmt::format("instance {} is account {}'s, not {}'s", machine.instance_id,
                              quote(owner), quote(machine.owner))});
  }
  const auto mac = member(instance, "mac");
  if (mac != net::format(machine.mac)) {
    faults.push_back({"mac", fmt::format("its MAC address is {}, and instance {} has {}; detach "
                                         "the instance, or write that one",
                                         net::format(machine.mac), machine.instance_id, mac)});
  }
  return faults;
}

/// The node that it migrates to; empty: it does not migrate.
std::string destinationOf(const json::object& instance) {
  const auto* destination = instance.if_contains("destination");
  return destination != nullptr && destination->is_object()
             ? member(destination->as_object(), "node")
             : std::string();
}

Result<Done> migrate(const Machine& machine, const Surroundings& surroundings,
                     std::string_view step) {
  json::object wanted{
      {"instance_id", machine.instance_id}, {"node", surroundings.node}, {"step", step}};
  if (step == "begin" && !machine.device.empty()) wanted["device"] = machine.device;
  return change(surroundings, "instance.migrate", std::move(wanted),
                step == "begin" ? Done::What::Migrates : Done::What::Modified);
}

/// Whether that host is connected to the cluster host. One that is away has ended as far as anybody
/// here can know: who starts a machine of it elsewhere says so.
Result<bool> isConnected(const std::string& node, const Call& call) {
  const json::object wanted{{"names", json::array{json::value(node)}}};
  const auto answer = call("node.describe", wanted);
  if (!answer && answer.error().code == ErrorCode::Timeout) return answer.error();
  // The cluster host itself is not one of its nodes.
  if (!answer) return true;
  const auto* object = answer->if_object();
  const auto* list = object == nullptr ? nullptr : object->if_contains("nodes");
  if (list == nullptr || !list->is_array() || list->as_array().empty()) return true;
  return member(list->as_array().front().as_object(), "state") != "away";
}

/// Of one that is recorded on another host, and is about to run here.
Result<void> checkComes(const Machine& machine, const json::object& instance,
                        const Surroundings& surroundings) {
  if (member(instance, "port") != "open") return {};
  const auto node = member(instance, "node");
  const auto connected = isConnected(node, surroundings.call);
  if (!connected) return connected.error();
  if (!*connected) return {};
  return wrongMachine(
      machine.name,
      {{"node", fmt::format("instance {} runs on node {}, where its port is open; end it there, or "
                            "migrate it",
                            machine.instance_id, quote(node))}});
}

Result<Done> place(const Machine& machine, const Surroundings& surroundings, bool runs) {
  const auto found = find(machine, surroundings.call);
  if (!found) return found.error();
  if (!*found) return attach(machine, surroundings);
  const auto& instance = **found;
  if (auto faults = differences(machine, instance); !faults.empty()) {
    return wrongMachine(machine.name, std::move(faults));
  }
  const bool comes = member(instance, "node") != surroundings.node;
  if (comes && destinationOf(instance) == surroundings.node) {
    const bool has_arrived = runs && member(instance, "port") != "open";
    return has_arrived ? migrate(machine, surroundings, "finish") : Done{};
  }
  if (comes && !runs) {
    if (auto right = checkComes(machine, instance, surroundings); !right) return right.error();
  }
  json::object wanted{{"instance_id", machine.instance_id}, {"node", surroundings.node}};
  if (!machine.groups.empty()) wanted["groups"] = namesOf(machine.groups);
  if (!machine.device.empty() || !runs) wanted["device"] = machine.device;
  return change(surroundings, "instance.modify", std::move(wanted),
                comes ? Done::What::Moved : Done::What::Modified);
}

Result<Done> end(const Machine& machine, const Surroundings& surroundings, bool detaches) {
  const auto found = find(machine, surroundings.call);
  if (!found) return found.error();
  if (!*found || !differences(machine, **found).empty()) return Done{};
  const auto destination = destinationOf(**found);
  if (member(**found, "node") != surroundings.node) {
    return destination == surroundings.node ? migrate(machine, surroundings, "cancel") : Done{};
  }
  if (!destination.empty()) {
    const Surroundings there{surroundings.call, destination, surroundings.dry_run};
    return migrate(machine, there, "finish");
  }
  json::object wanted{{"instance_id", machine.instance_id}};
  if (detaches) {
    return change(surroundings, "instance.detach", std::move(wanted), Done::What::Detached);
  }
  // Its guard goes by its MAC again, so that it stands for whatever device comes next.
  if (!machine.device.empty()) return Done{};
  wanted["device"] = "";
  return change(surroundings, "instance.modify", std::move(wanted), Done::What::Modified);
}

}  // namespace

Result<Done> arrive(const Machine& machine, const Surroundings& surroundings) {
  const auto found = find(machine, surroundings.call);
  if (!found) return found.error();
  if (!*found || member(**found, "node") == surroundings.node) return Done{};
  if (auto faults = differences(machine, **found); !faults.empty()) {
    return wrongMachine(machine.name, std::move(faults));
  }
  if (!destinationOf(**found).empty()) {
    const json::object former{{"instance_id", machine.instance_id}, {"step", "cancel"}};
    const auto ended = surroundings.call("instance.migrate", former);
    if (!ended) return ended.error();
  }
  return migrate(machine, surroundings, "begin");
}

Result<Done> start(const Machine& machine, const Surroundings& surroundings) {
  return place(machine, surroundings, false);
}

Result<Done> keep(const Machine& machine, const Surroundings& surroundings) {
  return place(machine, surroundings, true);
}

Result<Done> stop(const Machine& machine, const Surroundings& surroundings) {
  return end(machine, surroundings, machine.ephemeral);
}

Result<Done> leave(const Machine& machine, const Surroundings& surroundings) {
  return end(machine, surroundings, false);
}

}  // namespace netctl::hook
