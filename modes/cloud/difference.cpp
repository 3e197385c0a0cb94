#include "modes/cloud/cloud.h"

namespace netctl::cloud {
namespace {

template <class Key, class T>
void reverse(std::map<Key, Change<T>>& changes) {
  for (auto& [key, change] : changes) std::swap(change.before, change.after);
}

template <class Key, class T>
void compare(const std::map<Key, Ref<T>>& before, const std::map<Key, Ref<T>>& after,
             std::map<Key, Change<T>>& changes) {
  for (const auto& [key, object] : before) {
    const auto found = after.find(key);
    if (found == after.end()) {
      changes.emplace(key, Change<T>{object, nullptr});
    } else if (*found->second != *object) {
      changes.emplace(key, Change<T>{object, found->second});
    }
  }
  for (const auto& [key, object] : after) {
    if (!before.contains(key)) changes.emplace(key, Change<T>{nullptr, object});
  }
}

}  // namespace

Changes Changes::reversed() const {
  auto changes = *this;
  reverse(changes.accounts);
  reverse(changes.keys);
  reverse(changes.key_pairs);
  reverse(changes.prefix_lists);
  reverse(changes.groups);
  reverse(changes.instances);
  reverse(changes.ended);
  reverse(changes.addresses);
  reverse(changes.returned);
  reverse(changes.forwards);
  return changes;
}

Changes difference(const Cloud& before, const Cloud& after) {
  Changes changes;
  compare(before.accounts(), after.accounts(), changes.accounts);
  compare(before.keys(), after.keys(), changes.keys);
  compare(before.keyPairs(), after.keyPairs(), changes.key_pairs);
  compare(before.prefixLists(), after.prefixLists(), changes.prefix_lists);
  compare(before.groups(), after.groups(), changes.groups);
  compare(before.instances(), after.instances(), changes.instances);
  compare(before.endedInstances(), after.endedInstances(), changes.ended);
  compare(before.addresses(), after.addresses(), changes.addresses);
  compare(before.returnedAddresses(), after.returnedAddresses(), changes.returned);
  compare(before.forwards(), after.forwards(), changes.forwards);
  return changes;
}

}  // namespace netctl::cloud
