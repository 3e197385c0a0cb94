#include "netctl/ec2/shown_instances.h"

#include <memory>
#include <utility>

namespace netctl::ec2 {
namespace {

using cloud::Instance;
using cloud::InstanceId;
using cloud::Ref;

bool isShown(const Call& call, const cloud::EndedInstance& ended) {
  return ended.owner == call.account.id && ended.isShown(call.now);
}

Ref<Instance> withoutNetwork(const cloud::EndedInstance& ended) {
  return std::make_shared<const Instance>(Instance{.id = ended.id,
                                                   .owner = ended.owner,
                                                   .groups = {},
                                                   .node = {},
                                                   .device = {},
                                                   .mac = {},
                                                   .attributes = ended.attributes,
                                                   .attached = ended.attached,
                                                   .resource_tags = ended.resource_tags});
}

}  // namespace

Ref<Instance> shownInstance(const Call& call, const cloud::InstanceId& id) {
  if (const auto instance = call.cloud().instance(id)) {
    return instance->owner == call.account.id ? instance : nullptr;
  }
  const auto ended = call.cloud().ended(id);
  return ended && isShown(call, *ended) ? withoutNetwork(*ended) : nullptr;
}

std::vector<Ref<Instance>> shownInstances(const Call& call, const std::set<InstanceId>& wanted) {
  std::vector<Ref<Instance>> shown;
  for (const auto& id : wanted) {
    if (auto instance = shownInstance(call, id)) shown.push_back(std::move(instance));
  }
  if (!wanted.empty()) return shown;
  for (const auto& [id, instance] : call.cloud().instances()) {
    if (instance->owner == call.account.id) shown.push_back(instance);
  }
  for (const auto& [id, ended] : call.cloud().endedInstances()) {
    if (isShown(call, *ended)) shown.push_back(withoutNetwork(*ended));
  }
  return shown;
}

}  // namespace netctl::ec2
