#include "modes/learning_ports.h"

#include "modes/node_host.h"

namespace netctl {
namespace {

bool isLearned(const cloud::Settings& settings, const cloud::Instance& instance) {
  return settings.mode == cloud::NetworkMode::System && isHere(settings, instance) &&
         !instance.portDevice().empty();
}

}  // namespace

LearningNews learningPorts(const cloud::Cloud& cloud) {
  LearningNews news{.ports = {}, .complete = true};
  for (const auto& [id, instance] : cloud.instances()) {
    if (!isLearned(cloud.settings(), *instance)) continue;
    news.ports[instance->portDevice()] = LearningPort{instance->mac, instance->private_address};
  }
  return news;
}

LearningNews learningPorts(const cloud::Cloud& cloud, const cloud::Changes& changes) {
  LearningNews news;
  const auto& settings = cloud.settings();
  for (const auto& [id, change] : changes.instances) {
    if (change.before && isLearned(settings, *change.before)) {
      news.ports.try_emplace(change.before->portDevice(), std::nullopt);
    }
    if (change.after && isLearned(settings, *change.after)) {
      const auto& instance = *change.after;
      news.ports[instance.portDevice()] = LearningPort{instance.mac, instance.private_address};
    }
  }
  return news;
}

}  // namespace netctl
