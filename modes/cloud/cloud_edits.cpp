#include "modes/cloud/cloud.h"

#include <fmt/format.h>

#include <stdexcept>

/// The edits of a Cloud, its record of them, and the indexes that follow.
namespace netctl::cloud {
namespace {

/// Enters or takes out one entry of an index where each key has one holder.
template <class Index, class Key, class Holder>
void indexOne(Index& index, const Key& key, const Holder& holder, bool present,
              std::string_view what) {
  if (!present) {
    index.erase(key);
  } else if (!index.emplace(key, holder).second) {
    throw std::logic_error(fmt::format("{} would be held twice", what));
  }
}

/// Enters or takes out one of the holders that a key has.
template <class Index, class Key, class Holder>
void indexMany(Index& index, const Key& key, const Holder& holder, bool present) {
  if (present) {
    index[key].insert(holder);
    return;
  }
  const auto at = index.find(key);
  if (at == index.end()) return;
  at->second.erase(holder);
  if (at->second.empty()) index.erase(at);
}

template <class T>
bool same(const T& before, const T& after) {
  return before == after;
}

/// An id that is written in another case is equal, and yet a change of what is shown.
bool same(const Instance& before, const Instance& after) {
  return before == after && before.id.text() == after.id.text();
}
bool same(const EndedInstance& before, const EndedInstance& after) {
  return before == after && before.id.text() == after.id.text();
}

template <class T>
bool same(const Change<T>& change) {
  if (!change.before || !change.after) return change.before == change.after;
  return same(*change.before, *change.after);
}

template <class Key, class T>
void mergeInto(std::map<Key, Change<T>>& earlier, const std::map<Key, Change<T>>& later) {
  for (const auto& [key, change] : later) {
    const auto [at, added] = earlier.try_emplace(key, change);
    if (added) continue;
    at->second.after = change.after;
    if (same(at->second)) earlier.erase(at);
  }
}

template <class Key, class T>
void dropUnchanged(std::map<Key, Change<T>>& changes) {
  std::erase_if(changes, [](const auto& entry) { return same(entry.second); });
}

/// One more or less; without an entry there is none.
void countOne(std::map<AccountId, std::size_t>& counts, const AccountId& owner, bool present) {
  auto& count = counts[owner];
  present ? ++count : --count;
  if (count == 0) counts.erase(owner);
}

}  // namespace

void Changes::merge(const Changes& later) {
  mergeInto(accounts, later.accounts);
  mergeInto(keys, later.keys);
  mergeInto(key_pairs, later.key_pairs);
  mergeInto(prefix_lists, later.prefix_lists);
  mergeInto(groups, later.groups);
  mergeInto(instances, later.instances);
  mergeInto(ended, later.ended);
  mergeInto(addresses, later.addresses);
  mergeInto(returned, later.returned);
  mergeInto(forwards, later.forwards);
}

template <class Key, class T>
Ref<T> Cloud::replace(std::map<Key, Ref<T>>& table, const Key& key, Ref<T> after) {
  const auto at = table.find(key);
  Ref<T> before = at == table.end() ? nullptr : at->second;
  if (before) index(*before, false);
  if (after) {
    index(*after, true);
    table.insert_or_assign(key, std::move(after));
  } else if (before) {
    table.erase(at);
  }
  return before;
}

template <class Key, class T>
void Cloud::edit(std::map<Key, Ref<T>>& table, std::map<Key, Change<T>>& changes, const Key& key,
                 Ref<T> after) {
  const auto before = replace(table, key, after);
  if (!before && !after) return;
  changes.try_emplace(key, Change<T>{before, nullptr}).first->second.after = std::move(after);
}

template Ref<Account> Cloud::replace(std::map<AccountId, Ref<Account>>&, const AccountId&,
                                     Ref<Account>);
template Ref<AccessKey> Cloud::replace(std::map<std::string, Ref<AccessKey>>&, const std::string&,
                                       Ref<AccessKey>);
template Ref<KeyPair> Cloud::replace(std::map<KeyPairId, Ref<KeyPair>>&, const KeyPairId&,
                                     Ref<KeyPair>);
template Ref<PrefixList> Cloud::replace(std::map<PrefixListId, Ref<PrefixList>>&,
                                        const PrefixListId&, Ref<PrefixList>);
template Ref<Group> Cloud::replace(std::map<GroupId, Ref<Group>>&, const GroupId&, Ref<Group>);
template Ref<Instance> Cloud::replace(std::map<InstanceId, Ref<Instance>>&, const InstanceId&,
                                      Ref<Instance>);
template Ref<EndedInstance> Cloud::replace(std::map<InstanceId, Ref<EndedInstance>>&,
                                           const InstanceId&, Ref<EndedInstance>);
template Ref<Address> Cloud::replace(std::map<net::Ipv4Address, Ref<Address>>&,
                                     const net::Ipv4Address&, Ref<Address>);
template Ref<ReturnedAddress> Cloud::replace(std::map<net::Ipv4Address, Ref<ReturnedAddress>>&,
                                             const net::Ipv4Address&, Ref<ReturnedAddress>);
template Ref<Forward> Cloud::replace(std::map<ForwardId, Ref<Forward>>&, const ForwardId&,
                                     Ref<Forward>);

void Cloud::put(Account account) {
  const auto id = account.id;
  edit(accounts_, changes_.accounts, id, std::make_shared<const Account>(std::move(account)));
}
void Cloud::put(AccessKey key) {
  const auto id = key.id;
  edit(keys_, changes_.keys, id, std::make_shared<const AccessKey>(std::move(key)));
}
void Cloud::put(KeyPair pair) {
  const auto id = pair.id;
  edit(key_pairs_, changes_.key_pairs, id, std::make_shared<const KeyPair>(std::move(pair)));
}
void Cloud::put(PrefixList list) {
  const auto id = list.id;
  edit(prefix_lists_, changes_.prefix_lists, id,
       std::make_shared<const PrefixList>(std::move(list)));
}
void Cloud::put(Group group) {
  const auto id = group.id;
  edit(groups_, changes_.groups, id, std::make_shared<const Group>(std::move(group)));
}
void Cloud::put(Instance instance) {
  const auto id = instance.id;
  edit(instances_, changes_.instances, id, std::make_shared<const Instance>(std::move(instance)));
}
void Cloud::put(EndedInstance ended) {
  const auto id = ended.id;
  edit(ended_, changes_.ended, id, std::make_shared<const EndedInstance>(std::move(ended)));
}
void Cloud::put(Address address) {
  const auto id = address.address;
  edit(addresses_, changes_.addresses, id, std::make_shared<const Address>(std::move(address)));
}
void Cloud::put(ReturnedAddress returned) {
  const auto id = returned.address;
  edit(returned_, changes_.returned, id,
       std::make_shared<const ReturnedAddress>(std::move(returned)));
}
void Cloud::put(Forward forward) {
  const auto id = forward.id();
  edit(forwards_, changes_.forwards, id, std::make_shared<const Forward>(std::move(forward)));
}
void Cloud::erase(const AccountId& id) {
  edit(accounts_, changes_.accounts, id, {});
}
void Cloud::eraseKey(const std::string& id) {
  edit(keys_, changes_.keys, id, {});
}
void Cloud::erase(const KeyPairId& id) {
  edit(key_pairs_, changes_.key_pairs, id, {});
}
void Cloud::erase(const PrefixListId& id) {
  edit(prefix_lists_, changes_.prefix_lists, id, {});
}
void Cloud::erase(const GroupId& id) {
  edit(groups_, changes_.groups, id, {});
}
void Cloud::erase(const InstanceId& id) {
  edit(instances_, changes_.instances, id, {});
}
void Cloud::eraseEnded(const InstanceId& id) {
  edit(ended_, changes_.ended, id, {});
}
void Cloud::erase(net::Ipv4Address address) {
  edit(addresses_, changes_.addresses, address, {});
}
void Cloud::eraseReturned(net::Ipv4Address address) {
  edit(returned_, changes_.returned, address, {});
}
void Cloud::erase(const ForwardId& id) {
  edit(forwards_, changes_.forwards, id, {});
}

Changes Cloud::takeChanges() {
  auto changes = std::exchange(changes_, {});
  dropUnchanged(changes.accounts);
  dropUnchanged(changes.keys);
  dropUnchanged(changes.key_pairs);
  dropUnchanged(changes.prefix_lists);
  dropUnchanged(changes.groups);
  dropUnchanged(changes.instances);
  dropUnchanged(changes.ended);
  dropUnchanged(changes.addresses);
  dropUnchanged(changes.returned);
  dropUnchanged(changes.forwards);
  return changes;
}

void Cloud::undo(const Changes& changes) {
  // All new values go before any old one comes back: an old one may need what a new one holds.
  const auto withdraw = [this](auto& table, const auto& entries) {
    for (const auto& [key, change] : entries) replace(table, key, decltype(change.after){});
  };
  const auto restore = [this](auto& table, const auto& entries) {
    for (const auto& [key, change] : entries) {
      if (change.before) replace(table, key, change.before);
    }
  };
  withdraw(accounts_, changes.accounts);
  withdraw(keys_, changes.keys);
  withdraw(key_pairs_, changes.key_pairs);
  withdraw(prefix_lists_, changes.prefix_lists);
  withdraw(groups_, changes.groups);
  withdraw(instances_, changes.instances);
  withdraw(ended_, changes.ended);
  withdraw(addresses_, changes.addresses);
  withdraw(returned_, changes.returned);
  withdraw(forwards_, changes.forwards);
  restore(accounts_, changes.accounts);
  restore(keys_, changes.keys);
  restore(key_pairs_, changes.key_pairs);
  restore(prefix_lists_, changes.prefix_lists);
  restore(groups_, changes.groups);
  restore(instances_, changes.instances);
  restore(ended_, changes.ended);
  restore(addresses_, changes.addresses);
  restore(returned_, changes.returned);
  restore(forwards_, changes.forwards);
}

void Cloud::index(const Account& account, bool present) {
  indexOne(accounts_by_name_, account.name, account.id, present, account.name);
}

void Cloud::index(const AccessKey& key, bool present) {
  indexMany(keys_by_owner_, key.owner, key.id, present);
}

void Cloud::index(const KeyPair& pair, bool present) {
  auto& names = key_pairs_by_owner_[pair.owner];
  indexOne(names, pair.name, pair.id, present, pair.name);
  if (names.empty()) key_pairs_by_owner_.erase(pair.owner);
}

void Cloud::index(const PrefixList& list, bool present) {
  auto& names = prefix_lists_by_owner_[list.owner];
  indexOne(names, list.name, list.id, present, list.name);
  if (names.empty()) prefix_lists_by_owner_.erase(list.owner);
  for (const auto& [cidr, description] : list.entries) {
    if (const auto* const prefix = std::get_if<net::Ipv4Prefix>(&cidr)) {
      indexMany(prefix_lists_by_cidr_, *prefix, list.id, present);
    }
  }
}

void Cloud::index(const Group& group, bool present) {
  auto& names = groups_by_owner_[group.owner];
  indexOne(names, group.name, group.id, present, group.name);
  if (names.empty()) groups_by_owner_.erase(group.owner);
  for (const auto& permission : group.permissions) {
    if (const auto* source = std::get_if<GroupId>(&permission.source)) {
      indexMany(groups_by_source_, *source, group.id, present);
    } else if (const auto* prefix = std::get_if<net::Ipv4Prefix>(&permission.source)) {
      indexMany(groups_by_cidr_, *prefix, group.id, present);
    } else if (const auto* list = std::get_if<PrefixListId>(&permission.source)) {
      indexMany(groups_by_prefix_list_, *list, group.id, present);
    }
  }
  if (!group.tag) return;
  indexOne(groups_by_tag_, *group.tag, group.id, present, fmt::format("tag {}", group.tag->value));
  if (present) {
    free_tags_.erase(group.tag->value);
  } else if (settings_.plan.hasTag(*group.tag)) {
    free_tags_.insert(group.tag->value);
  }
}

void Cloud::index(const Instance& instance, bool present) {
  countOne(instances_by_owner_, instance.owner, present);
  for (const auto& group : instance.groups) indexMany(members_, group, instance.id, present);
  if (instance.groups.size() > 1) {
    if (present) {
      instances_of_several_groups_.insert(instance.id);
    } else {
      instances_of_several_groups_.erase(instance.id);
    }
  }
  if (instance.tag) indexMany(instances_by_tag_, *instance.tag, instance.id, present);
  indexOne(instances_by_mac_, instance.mac, instance.id, present, net::format(instance.mac));
  for (const auto& node : nodesOf(instance)) {
    const auto& device = instance.portDeviceOn(node);
    if (device.empty()) continue;
    indexOne(instances_by_device_, std::pair(node, device), instance.id, present, device);
  }
  if (const auto pair = settings_.mac_map.find(instance.mac)) {
    if (present) {
      free_pairs_.erase(*pair);
    } else {
      free_pairs_.insert(*pair);
    }
  }
  if (!instance.private_address) return;
  const auto address = *instance.private_address;
  indexOne(instances_by_private_address_, address, instance.id, present, net::format(address));
  if (present) {
    used_private_addresses_.insert(address.value);
  } else {
    used_private_addresses_.erase(address.value);
  }
}

void Cloud::index(const EndedInstance& ended, bool present) {
  if (present) {
    ended_by_time_.emplace(ended.ended, ended.id);
  } else {
    ended_by_time_.erase({ended.ended, ended.id});
  }
}

void Cloud::index(const Address& address, bool present) {
  if (address.automatic) countOne(automatic_addresses_by_owner_, address.owner, present);
  indexMany(addresses_by_owner_, address.owner, address.address, present);
  if (address.instance) {
    indexOne(addresses_by_instance_, *address.instance, address.address, present,
             fmt::format("the public address of {}", address.instance->text()));
  }
  if (!address.client_token.empty()) {
    indexOne(addresses_by_token_, std::pair(address.owner, address.client_token), address.address,
             present, "a client token");
  }
  if (present) {
    free_public_addresses_.erase(address.address.value);
  } else if (settings_.pool.contains(address.address) && !returned_.contains(address.address)) {
    free_public_addresses_.insert(address.address.value);
  }
}

void Cloud::index(const ReturnedAddress& returned, bool present) {
  indexMany(returned_by_owner_, returned.owner, returned.address, present);
  if (present) {
    returned_by_time_.emplace(returned.at, returned.address);
    free_public_addresses_.erase(returned.address.value);
    return;
  }
  returned_by_time_.erase({returned.at, returned.address});
  if (settings_.pool.contains(returned.address) && !addresses_.contains(returned.address)) {
    free_public_addresses_.insert(returned.address.value);
  }
}

void Cloud::index(const Forward& forward, bool present) {
  indexMany(forwards_by_instance_, forward.instance, forward.id(), present);
}

}  // namespace netctl::cloud
