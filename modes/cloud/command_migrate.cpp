#include "base/text.h"
#include "modes/cloud/command_instances.h"
#include "modes/cloud/command_support.h"

#include <fmt/format.h>

#include <utility>

namespace netctl::cloud {
namespace {

Error elsewhere(const Instance& instance, const std::string& node) {
  const auto where = instance.destination
                         ? fmt::format("migrates to node {}", quote(instance.destination->node))
                         : std::string("does not migrate");
  return conflict("IncorrectInstanceState",
                  fmt::format("instance {} runs on node {} and {}, not to node {}",
                              instance.id.text(), quote(instance.node), where, quote(node)));
}

Result<Outcome> begin(Cloud& cloud, const Instance& before, const MigrateInstance& command) {
  Faults faults;
  if (command.node == before.node) {
    faults.add("node", conflict("IncorrectInstanceState",
                                fmt::format("instance {} is on node {} already; name another one",
                                            before.id.text(), quote(command.node))));
    return faults.error();
  }
  if (const auto& former = before.destination) {
    if (former->node == command.node && former->device == command.device) {
      return Outcome{.object = before.id};
    }
    faults.add(
        "node",
        conflict("IncorrectInstanceState",
                 fmt::format("instance {} migrates to node {}{}; finish or cancel that first",
                             before.id.text(), quote(former->node),
                             former->device.empty() ? "" : ", device " + quote(former->device))));
    return faults.error();
  }
  auto there = before;
  there.node = command.node;
  there.device = command.device;
  checkPlace(cloud.settings(), there.node, there.device, faults);
  if (!faults.empty()) return faults.error();
  checkDeviceFree(cloud, there, faults);
  checkNodeServes(cloud.settings(), there.node, faults);
  if (!faults.empty()) return faults.error();
  auto after = before;
  after.destination = Destination{.node = command.node, .device = command.device};
  cloud.put(std::move(after));
  return Outcome{.object = before.id};
}

}  // namespace

void arrive(Instance& instance) {
  auto there = std::exchange(instance.destination, std::nullopt).value();
  instance.node = std::move(there.node);
  instance.device = std::move(there.device);
  instance.seen_device = std::move(there.seen_device);
}

Result<Outcome> execute(Cloud& cloud, const MigrateInstance& command) {
  const auto before = cloud.instance(command.instance);
  if (!before) {
    Faults faults;
    faults.add("instance_id", notFound("InvalidInstanceID.NotFound",
                                       fmt::format("The instance ID '{}' does not exist",
                                                   command.instance.text())));
    return faults.error();
  }
  using enum MigrateInstance::Step;
  if (command.step == Begin) return begin(cloud, *before, command);
  const Outcome done{.object = before->id};
  const bool is_meant =
      before->destination && (command.node.empty() || before->migratesTo(command.node));
  if (!is_meant) {
    const bool is_there = command.node.empty() || before->node == command.node;
    if (command.step == Finish && !is_there) return elsewhere(*before, command.node);
    return done;
  }
  auto after = *before;
  if (command.step == Finish) {
    arrive(after);
  } else {
    after.destination.reset();
  }
  cloud.put(std::move(after));
  return done;
}

}  // namespace netctl::cloud
