#include "netctl/store/etcd/values.h"

#include <fmt/format.h>

#include <algorithm>

namespace netctl::store::etcd_values {
namespace {

/// What an error tells of at most.
constexpr std::size_t kMost = 20;

class References {
 public:
  explicit References(const cloud::Cloud& cloud) : cloud_(cloud) {}

  void account(const std::string& key, const cloud::AccountId& id) {
    if (!cloud_.account(id)) missing(key, "owner", "accounts/" + id.value);
  }
  void group(const std::string& key, const cloud::GroupId& id) {
    if (!cloud_.group(id)) missing(key, "group", "groups/" + id.value);
  }
  void list(const std::string& key, const cloud::PrefixListId& id) {
    if (!cloud_.prefixList(id)) missing(key, "source", "prefix-lists/" + id.value);
  }
  void instance(const std::string& key, const cloud::InstanceId& id) {
    if (!cloud_.instance(id)) missing(key, "instance", "instances/" + id.canonical());
  }
  [[nodiscard]] Result<void> result() const {
    if (faults_.empty()) return {};
    return Error{ErrorCode::Internal, "InternalError",
                 "the cloud in etcd has objects that refer to nothing; restore etcd from a "
                 "snapshot, or the keys from one: " +
                     faults_.front().message,
                 faults_};
  }

 private:
  void missing(const std::string& key, std::string_view member, const std::string& other) {
    if (faults_.size() == kMost) return;
    faults_.push_back(
        {key, fmt::format("etcd: key {}: its {} is {}, which is not there", key, member, other)});
  }

  const cloud::Cloud& cloud_;
  std::vector<Fault> faults_;
};

}  // namespace

Result<void> checkReferences(const cloud::Cloud& cloud) {
  References references(cloud);
  const auto owners = [&](const auto& table) {
    for (const auto& [id, object] : table) references.account(keyOf(*object), object->owner);
  };
  owners(cloud.keys());
  owners(cloud.keyPairs());
  owners(cloud.prefixLists());
  owners(cloud.groups());
  owners(cloud.instances());
  owners(cloud.endedInstances());
  owners(cloud.addresses());
  owners(cloud.forwards());
  for (const auto& [id, group] : cloud.groups()) {
    for (const auto& permission : group->permissions) {
      if (const auto* source = std::get_if<cloud::GroupId>(&permission.source)) {
        references.group(keyOf(*group), *source);
      }
      if (const auto* source = std::get_if<cloud::PrefixListId>(&permission.source)) {
        references.list(keyOf(*group), *source);
      }
    }
  }
  for (const auto& [id, instance] : cloud.instances()) {
    for (const auto& group : instance->groups) references.group(keyOf(*instance), group);
  }
  for (const auto& [id, address] : cloud.addresses()) {
    if (address->instance) references.instance(keyOf(*address), *address->instance);
  }
  for (const auto& [id, forward] : cloud.forwards()) {
    references.instance(keyOf(*forward), forward->instance);
  }
  return references.result();
}

}  // namespace netctl::store::etcd_values
