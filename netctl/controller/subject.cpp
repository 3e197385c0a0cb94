#include "netctl/controller/subject.h"

#include <type_traits>
#include <variant>

namespace netctl::controller {
namespace {

/// Adds the objects that a command names itself. Accounts and keys have nothing on the host.
struct NamedObjects {
  const cloud::Cloud& cloud;
  Subject& subject;

  void operator()(const cloud::AttachInstances& command) const {
    for (const auto& one : command.instances) subject.instances.insert(one.instance);
  }
  void operator()(const cloud::DetachInstances& command) const {
    subject.instances.insert(command.instances.begin(), command.instances.end());
  }
  void operator()(const cloud::ReleaseAddress& command) const {
    subject.addresses.insert(command.address);
  }
  void operator()(const cloud::DisassociateAddress& command) const {
    subject.addresses.insert(command.address);
  }
  void operator()(const cloud::AssociateAddress& command) const {
    subject.addresses.insert(command.address);
    subject.instances.insert(command.instance);
  }
  void operator()(const cloud::CreateForward& command) const {
    subject.addresses.insert(command.address);
    subject.instances.insert(command.instance);
  }
  void operator()(const cloud::DeleteForward& command) const {
    subject.addresses.insert(command.address);
  }
  void operator()(const cloud::DeleteGroup& command) const {
    const auto owner = cloud::findAccount(cloud, command.owner);
    if (owner) subject.absent_groups.emplace((*owner)->id, command.group);
  }
  template <class Command>
  void operator()(const Command& command) const {
    if constexpr (requires { command.instance; }) subject.instances.insert(command.instance);
  }
};

}  // namespace

Subject subjectOf(const cloud::Cloud& cloud, const cloud::Command& command,
                  const cloud::Outcome& outcome) {
  Subject subject;
  std::visit(NamedObjects{cloud, subject}, command);
  std::visit(
      [&](const auto& object) {
        using Object = std::decay_t<decltype(object)>;
        if constexpr (std::is_same_v<Object, cloud::GroupId>) subject.groups.insert(object);
        if constexpr (std::is_same_v<Object, cloud::PrefixListId>) {
          subject.prefix_lists.insert(object);
        }
        if constexpr (std::is_same_v<Object, cloud::InstanceId>) subject.instances.insert(object);
        if constexpr (std::is_same_v<Object, net::Ipv4Address>) subject.addresses.insert(object);
      },
      outcome.object);
  return subject;
}

cloud::Changes asIfNew(const cloud::Cloud& cloud, const Subject& subject) {
  cloud::Changes changes;
  for (const auto& id : subject.instances) {
    if (auto instance = cloud.instance(id)) changes.instances[id].after = std::move(instance);
  }
  for (const auto& id : subject.groups) {
    if (auto group = cloud.group(id)) changes.groups[id].after = std::move(group);
  }
  for (const auto& id : subject.prefix_lists) {
    if (auto list = cloud.prefixList(id)) changes.prefix_lists[id].after = std::move(list);
  }
  for (const auto address : subject.addresses) {
    if (auto object = cloud.address(address)) changes.addresses[address].after = std::move(object);
    for (auto& forward : cloud.forwardsAt(address)) {
      changes.forwards[forward->id()].after = std::move(forward);
    }
  }
  return changes;
}

}  // namespace netctl::controller
