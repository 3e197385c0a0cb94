#include "netctl/hook/prune.h"

#include "modes/cloud/objects.h"
#include "netctl/hook/instance_of_machine.h"

#include <boost/json.hpp>

#include <set>

namespace netctl::hook {
namespace {

namespace json = boost::json;

std::string canonical(const std::string& id) {
  const auto parsed = cloud::InstanceId::parse(id);
  return parsed ? parsed->canonical() : id;
}

std::string textOf(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

/// The hypervisor whose hook has attached it; empty: none has.
std::string hypervisorOf(const json::object& instance) {
  const auto* attributes = instance.if_contains("attributes");
  return attributes != nullptr && attributes->is_object()
             ? textOf(attributes->as_object(), kHypervisorAttribute)
             : std::string();
}

}  // namespace

Result<std::vector<std::string>> forgotten(const MachinesHere& here, const Call& call,
                                           const std::string& node) {
  if (!here.wrong.empty()) return here.wrong.front();
  std::set<std::string> known;
  for (const auto& each : here.machines) known.insert(canonical(each.machine.instance_id));
  std::vector<std::string> ids;
  json::object wanted;
  for (;;) {
    const auto answer = call("instance.describe", wanted);
    if (!answer) return answer.error();
    const auto& object = answer->as_object();
    for (const auto& each : object.at("instances").as_array()) {
      const auto& instance = each.as_object();
      const auto id = textOf(instance, "instance_id");
      // An open port says that it runs, whoever runs it.
      if (textOf(instance, "node") != node || textOf(instance, "port") == "open" ||
          !here.hypervisors.contains(hypervisorOf(instance)) || known.contains(canonical(id))) {
        continue;
      }
      ids.push_back(id);
    }
    const auto next = textOf(object, "next");
    if (next.empty()) return ids;
    wanted["next"] = next;
  }
}

}  // namespace netctl::hook
