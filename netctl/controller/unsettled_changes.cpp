#include "netctl/controller/unsettled_changes.h"

namespace netctl::controller {
namespace {

std::string keyOf(const cloud::AccountId& owner, const std::string& group) {
  return owner.value + '/' + group;
}

}  // namespace

void UnsettledChanges::add(const cloud::Changes& changes, const host::Scope& touched) {
  for (const auto& [id, change] : changes.instances) touched_[id.canonical()].merge(touched);
  for (const auto& [address, change] : changes.addresses) {
    touched_[net::format(address)].merge(touched);
  }
  for (const auto& [id, change] : changes.forwards) {
    touched_[net::format(id.address)].merge(touched);
  }
  for (const auto& [id, change] : changes.prefix_lists) touched_[id.value].merge(touched);
  for (const auto& [id, change] : changes.groups) {
    touched_[id.value].merge(touched);
    if (change.after || !change.before) continue;
    // Whoever deletes it once more may name it either way.
    touched_[keyOf(change.before->owner, change.before->name)].merge(touched);
    touched_[keyOf(change.before->owner, id.value)].merge(touched);
  }
}

host::Scope UnsettledChanges::about(const Subject& subject) const {
  host::Scope scope;
  if (touched_.empty()) return scope;
  const auto add = [&](const std::string& key) {
    if (const auto found = touched_.find(key); found != touched_.end()) scope.merge(found->second);
  };
  for (const auto& id : subject.instances) add(id.canonical());
  for (const auto& id : subject.groups) add(id.value);
  for (const auto& id : subject.prefix_lists) add(id.value);
  for (const auto address : subject.addresses) add(net::format(address));
  for (const auto& [owner, group] : subject.absent_groups) add(keyOf(owner, group));
  return scope;
}

}  // namespace netctl::controller
