#include "modes/learning_ports.h"

#include "modes/node_host.h"
#include "modes/render/by_object.h"

namespace netctl {
namespace {

struct LearningPorts {
  using Source = cloud::Instance;
  using Key = std::string;  ///< device

  static std::optional<Key> key(const auto& cloud, const Source& instance) {
    const auto& settings = cloud.settings();
    if (settings.mode != cloud::NetworkMode::System || !isHere(settings, instance)) {
      return std::nullopt;
    }
    const auto& device = deviceHere(settings, instance);
    return device.empty() ? std::nullopt : std::optional(device);
  }
  static LearningPort value(const auto& /*cloud*/, const Source& instance) {
    return {instance.mac, instance.private_address};
  }
  static cloud::Ref<Source> find(const cloud::Cloud& cloud, const Key& device) {
    return cloud.instanceByDevice(cloud.settings().host.node_name, device);
  }
};

}  // namespace

LearningNews learningPorts(const cloud::Cloud& cloud) {
  LearningNews news{.ports = {}, .complete = true};
  for (const auto& [id, instance] : cloud.instances()) {
    if (const auto port = render::made(LearningPorts{}, cloud, *instance)) news.ports.insert(*port);
  }
  return news;
}

LearningNews learningPorts(const cloud::Cloud& cloud, const cloud::Changes& changes) {
  LearningNews news;
  const render::FormerCloud former(cloud, changes);
  for (const auto& device : render::touchedKeys(LearningPorts{}, former)) {
    news.ports[device] = render::valueAt(LearningPorts{}, cloud, device);
  }
  return news;
}

}  // namespace netctl
