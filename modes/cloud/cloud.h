#pragma once

#include "modes/cloud/objects.h"
#include "modes/cloud/settings.h"

#include <boost/icl/interval_set.hpp>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace netctl::cloud {

/// An object of the cloud, shared and immutable.
template <class T>
using Ref = std::shared_ptr<const T>;

/// What became of one object: null before is new, null after is gone.
template <class T>
struct Change {
  Ref<T> before;
  Ref<T> after;
};

/// What became of the cloud, each object once: its value before the first and after the last edit.
struct Changes {
  std::map<AccountId, Change<Account>> accounts;
  std::map<std::string, Change<AccessKey>> keys;
  std::map<KeyPairId, Change<KeyPair>> key_pairs;
  std::map<PrefixListId, Change<PrefixList>> prefix_lists;
  std::map<GroupId, Change<Group>> groups;
  std::map<InstanceId, Change<Instance>> instances;
  std::map<InstanceId, Change<EndedInstance>> ended;
  std::map<net::Ipv4Address, Change<Address>> addresses;
  std::map<net::Ipv4Address, Change<ReturnedAddress>> returned;
  std::map<ForwardId, Change<Forward>> forwards;

  [[nodiscard]] bool empty() const {
    return accounts.empty() && keys.empty() && key_pairs.empty() && prefix_lists.empty() &&
           groups.empty() && instances.empty() && ended.empty() && addresses.empty() &&
           returned.empty() && forwards.empty();
  }
  /// Adds what came after.
  void merge(const Changes& later);
  /// Those that take these back: `cloud.undo(changes.reversed())` makes the changes again.
  [[nodiscard]] Changes reversed() const;
};

/// All that was asked for: accounts, key pairs, prefix lists, groups, permissions, instances,
/// addresses.
///
/// A set of immutable objects with the indexes that make every lookup logarithmic. Every edit is
/// recorded; commands (commands.h) are made of edits, the store writes what was recorded, and
/// `undo` takes it back. The class keeps its indexes right; what may be done is the commands'
/// matter. Not thread-safe: the controller's strand owns it.
class Cloud {
 public:
  explicit Cloud(Settings settings);

  [[nodiscard]] const Settings& settings() const { return settings_; }

  /// Null where there is none.
  [[nodiscard]] Ref<Account> account(const AccountId& id) const;
  [[nodiscard]] Ref<Account> accountByName(std::string_view name) const;
  [[nodiscard]] Ref<AccessKey> key(const std::string& id) const;
  [[nodiscard]] Ref<KeyPair> keyPair(const KeyPairId& id) const;
  [[nodiscard]] Ref<KeyPair> keyPairByName(const AccountId& owner, std::string_view name) const;
  [[nodiscard]] Ref<PrefixList> prefixList(const PrefixListId& id) const;
  [[nodiscard]] Ref<PrefixList> prefixListByName(const AccountId& owner,
                                                 std::string_view name) const;
  [[nodiscard]] Ref<Group> group(const GroupId& id) const;
  [[nodiscard]] Ref<Group> groupByName(const AccountId& owner, std::string_view name) const;
  [[nodiscard]] Ref<Group> groupByTag(net::Tag tag) const;
  [[nodiscard]] Ref<Instance> instance(const InstanceId& id) const;
  [[nodiscard]] Ref<EndedInstance> ended(const InstanceId& id) const;
  [[nodiscard]] Ref<Instance> instanceByMac(const net::MacAddress& mac) const;
  [[nodiscard]] Ref<Instance> instanceByPrivateAddress(net::Ipv4Address address) const;
  [[nodiscard]] Ref<Instance> instanceByDevice(std::string_view node,
                                               std::string_view device) const;
  [[nodiscard]] Ref<Address> address(net::Ipv4Address address) const;
  /// The public address of an instance, elastic or automatic.
  [[nodiscard]] Ref<Address> addressOf(const InstanceId& id) const;
  /// The address that was allocated with that token.
  [[nodiscard]] Ref<Address> addressByToken(const AccountId& owner, std::string_view token) const;
  [[nodiscard]] Ref<ReturnedAddress> returnedAddress(net::Ipv4Address address) const;
  [[nodiscard]] Ref<Forward> forward(const ForwardId& id) const;
  /// The forward that has that port among its own.
  [[nodiscard]] Ref<Forward> forwardOf(net::Ipv4Address address, net::Protocol protocol,
                                       std::uint16_t port) const;

  [[nodiscard]] const std::map<AccountId, Ref<Account>>& accounts() const { return accounts_; }
  [[nodiscard]] const std::map<std::string, Ref<AccessKey>>& keys() const { return keys_; }
  [[nodiscard]] const std::map<KeyPairId, Ref<KeyPair>>& keyPairs() const { return key_pairs_; }
  [[nodiscard]] const std::map<PrefixListId, Ref<PrefixList>>& prefixLists() const {
    return prefix_lists_;
  }
  [[nodiscard]] const std::map<GroupId, Ref<Group>>& groups() const { return groups_; }
  [[nodiscard]] const std::map<InstanceId, Ref<Instance>>& instances() const { return instances_; }
  /// Detached instances of which something is still known, shown or not.
  [[nodiscard]] const std::map<InstanceId, Ref<EndedInstance>>& endedInstances() const {
    return ended_;
  }
  /// The one that ended first; null: there is none.
  [[nodiscard]] Ref<EndedInstance> firstEnded() const;
  [[nodiscard]] const std::map<net::Ipv4Address, Ref<Address>>& addresses() const {
    return addresses_;
  }
  [[nodiscard]] const std::map<net::Ipv4Address, Ref<ReturnedAddress>>& returnedAddresses() const {
    return returned_;
  }
  [[nodiscard]] const std::map<ForwardId, Ref<Forward>>& forwards() const { return forwards_; }

  /// What an account owns: ids of keys; key pairs, prefix lists and groups by name; addresses both
  /// elastic and automatic.
  [[nodiscard]] const std::set<std::string>& keysOf(const AccountId& owner) const;
  [[nodiscard]] const std::map<std::string, KeyPairId, std::less<>>& keyPairsOf(
      const AccountId& owner) const;
  [[nodiscard]] const std::map<std::string, PrefixListId, std::less<>>& prefixListsOf(
      const AccountId& owner) const;
  [[nodiscard]] const std::map<std::string, GroupId, std::less<>>& groupsOf(
      const AccountId& owner) const;
  [[nodiscard]] const std::set<net::Ipv4Address>& addressesOf(const AccountId& owner) const;
  [[nodiscard]] std::size_t instancesOf(const AccountId& owner) const;
  [[nodiscard]] std::size_t automaticAddressesOf(const AccountId& owner) const;
  /// The forwards of a public address, and those that lead to an instance.
  [[nodiscard]] std::vector<Ref<Forward>> forwardsAt(net::Ipv4Address address) const;
  [[nodiscard]] bool hasForwards(net::Ipv4Address address) const;
  [[nodiscard]] const std::set<ForwardId>& forwardsTo(const InstanceId& instance) const;
  /// The instances that have the group, as first or as further one.
  [[nodiscard]] const std::set<InstanceId>& members(const GroupId& id) const;
  /// The instances that have further groups than their first.
  [[nodiscard]] const std::set<InstanceId>& instancesOfSeveralGroups() const {
    return instances_of_several_groups_;
  }
  /// The instances of a network.
  [[nodiscard]] const std::set<InstanceId>& instancesOf(net::Tag tag) const;
  /// The groups with a permission whose source is that group.
  [[nodiscard]] const std::set<GroupId>& groupsThatName(const GroupId& source) const;
  /// The groups with a permission whose source is that list.
  [[nodiscard]] const std::set<GroupId>& groupsThatName(const PrefixListId& source) const;
  /// The lists that have exactly that prefix.
  [[nodiscard]] const std::set<PrefixListId>& prefixListsWith(const net::Ipv4Prefix& prefix) const;
  /// The groups with a permission whose source is exactly that prefix, by prefix.
  [[nodiscard]] const std::map<net::Ipv4Prefix, std::set<GroupId>>& groupsByCidr() const {
    return groups_by_cidr_;
  }
  /// What somebody else has on this host of a network, or of a public address; null: nothing.
  [[nodiscard]] const Taken* takenOf(net::Tag tag) const;
  [[nodiscard]] const Taken* takenOf(net::Ipv4Address address) const;
  /// The lowest free one of which nobody else has anything, absent where none is left.
  [[nodiscard]] std::optional<net::Tag> freeTag() const;
  /// The same of public addresses. What another account gave back comes last, what has been free
  /// longest first.
  [[nodiscard]] std::optional<net::Ipv4Address> freePublicAddress(const AccountId& owner) const;
  /// Of this cluster's own host indexes in that network.
  [[nodiscard]] std::optional<std::uint32_t> freeAddressIndex(net::Tag tag) const;
  /// The first free one of VNET_MACMAP, in its order.
  [[nodiscard]] std::optional<MacPair> freePair() const;

  /// Each gives an object a new value. What only one may have (a name in an account, a tag, a MAC,
  /// an address, a device of a node) and another has is a broken invariant and throws.
  void put(Account account);
  void put(AccessKey key);
  void put(KeyPair pair);
  void put(PrefixList list);
  void put(Group group);
  void put(Instance instance);
  void put(EndedInstance ended);
  void put(Address address);
  void put(ReturnedAddress returned);
  void put(Forward forward);
  void erase(const AccountId& id);
  void eraseKey(const std::string& id);
  void erase(const KeyPairId& id);
  void erase(const PrefixListId& id);
  void erase(const GroupId& id);
  void erase(const InstanceId& id);
  void eraseEnded(const InstanceId& id);
  void erase(net::Ipv4Address address);
  void eraseReturned(net::Ipv4Address address);
  void erase(const ForwardId& id);

  /// True where something was edited since the last takeChanges.
  [[nodiscard]] bool hasChanges() const { return !changes_.empty(); }
  /// What was edited since the last call, and forgets it. What is again as it was is left out.
  [[nodiscard]] Changes takeChanges();
  /// Gives the objects of these changes their values of before, unrecorded. For the newest changes
  /// only.
  void undo(const Changes& changes);

  /// The same objects under other settings, without a record of changes. See fit.h.
  [[nodiscard]] Cloud withSettings(Settings settings) const;
  /// True where all objects and indexes are equal, whatever the settings and records of changes.
  bool operator==(const Cloud& other) const;

 private:
  /// Sets or (null) erases an entry and keeps the indexes; gives what it was.
  template <class Key, class T>
  Ref<T> replace(std::map<Key, Ref<T>>& table, const Key& key, Ref<T> after);
  /// As `replace`, and records it.
  template <class Key, class T>
  void edit(std::map<Key, Ref<T>>& table, std::map<Key, Change<T>>& changes, const Key& key,
            Ref<T> after);
  void index(const Account& account, bool present);
  void index(const AccessKey& key, bool present);
  void index(const KeyPair& pair, bool present);
  void index(const PrefixList& list, bool present);
  void index(const Group& group, bool present);
  void index(const Instance& instance, bool present);
  void index(const EndedInstance& ended, bool present);
  void index(const Address& address, bool present);
  void index(const ReturnedAddress& returned, bool present);
  void index(const Forward& forward, bool present);
  /// In the pool, and nobody's.
  [[nodiscard]] bool canBeHandedOut(net::Ipv4Address address) const;

  Settings settings_;
  std::map<AccountId, Ref<Account>> accounts_;
  std::map<std::string, Ref<AccessKey>> keys_;
  std::map<KeyPairId, Ref<KeyPair>> key_pairs_;
  std::map<PrefixListId, Ref<PrefixList>> prefix_lists_;
  std::map<GroupId, Ref<Group>> groups_;
  std::map<InstanceId, Ref<Instance>> instances_;
  std::map<InstanceId, Ref<EndedInstance>> ended_;
  std::map<net::Ipv4Address, Ref<Address>> addresses_;
  std::map<net::Ipv4Address, Ref<ReturnedAddress>> returned_;
  std::map<ForwardId, Ref<Forward>> forwards_;

  std::map<std::string, AccountId, std::less<>> accounts_by_name_;
  std::map<AccountId, std::set<std::string>> keys_by_owner_;
  std::map<AccountId, std::map<std::string, KeyPairId, std::less<>>> key_pairs_by_owner_;
  std::map<AccountId, std::map<std::string, PrefixListId, std::less<>>> prefix_lists_by_owner_;
  std::map<net::Ipv4Prefix, std::set<PrefixListId>> prefix_lists_by_cidr_;
  std::map<AccountId, std::map<std::string, GroupId, std::less<>>> groups_by_owner_;
  std::map<AccountId, std::size_t> instances_by_owner_;            ///< how many
  std::map<AccountId, std::size_t> automatic_addresses_by_owner_;  ///< how many
  std::map<net::Tag, GroupId> groups_by_tag_;
  std::map<GroupId, std::set<GroupId>> groups_by_source_;
  std::map<PrefixListId, std::set<GroupId>> groups_by_prefix_list_;
  std::map<net::Ipv4Prefix, std::set<GroupId>> groups_by_cidr_;
  std::map<GroupId, std::set<InstanceId>> members_;
  std::set<InstanceId> instances_of_several_groups_;
  std::map<net::Tag, std::set<InstanceId>> instances_by_tag_;
  std::map<net::MacAddress, InstanceId> instances_by_mac_;
  std::map<net::Ipv4Address, InstanceId> instances_by_private_address_;
  std::map<std::pair<std::string, std::string>, InstanceId> instances_by_device_;
  std::set<std::pair<std::chrono::sys_seconds, InstanceId>> ended_by_time_;
  std::map<InstanceId, net::Ipv4Address> addresses_by_instance_;
  std::map<AccountId, std::set<net::Ipv4Address>> addresses_by_owner_;
  std::map<std::pair<AccountId, std::string>, net::Ipv4Address> addresses_by_token_;
  std::map<AccountId, std::set<net::Ipv4Address>> returned_by_owner_;
  std::set<std::pair<std::chrono::sys_seconds, net::Ipv4Address>> returned_by_time_;
  std::map<InstanceId, std::set<ForwardId>> forwards_by_instance_;
  boost::icl::interval_set<std::uint32_t> free_tags_;
  boost::icl::interval_set<std::uint32_t> free_pairs_;  ///< places in the map
  /// Without those that were given back. 64 bits wide, so that one past 255.255.255.255 is a number
  /// too.
  boost::icl::interval_set<std::uint64_t> free_public_addresses_;
  boost::icl::interval_set<std::uint64_t> used_private_addresses_;
  // Of Settings::host.taken.
  boost::icl::interval_set<std::uint32_t> taken_tags_;
  boost::icl::interval_set<std::uint64_t> taken_public_addresses_;

  Changes changes_;
};

/// What makes `before` into `after`.
Changes difference(const Cloud& before, const Cloud& after);

}  // namespace netctl::cloud
