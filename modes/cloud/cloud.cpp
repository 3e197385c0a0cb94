#include "modes/cloud/cloud.h"

#include <algorithm>
#include <iterator>

namespace netctl::cloud {
namespace {

template <class Map, class Key>
auto find(const Map& map, const Key& key) {
  const auto at = map.find(key);
  return at == map.end() ? typename Map::mapped_type{} : at->second;
}

template <class Map, class Key>
const typename Map::mapped_type& findOrEmpty(const Map& map, const Key& key) {
  static const typename Map::mapped_type empty{};
  const auto at = map.find(key);
  return at == map.end() ? empty : at->second;
}

/// The object whose key an index has under `index_key`.
template <class Table, class Index, class Key>
typename Table::mapped_type findBy(const Table& table, const Index& index, const Key& index_key) {
  const auto at = index.find(index_key);
  return at == index.end() ? nullptr : table.at(at->second);
}

const Taken* overlapping(const std::vector<Taken>& taken, const net::Ipv4Prefix& range) {
  const auto found =
      std::ranges::find_if(taken, [&](const Taken& one) { return one.range.overlaps(range); });
  return found == taken.end() ? nullptr : &*found;
}

/// The lowest one that is in `free` and not in `taken`.
template <class Set>
std::optional<typename Set::element_type> firstOutside(const Set& free, const Set& taken) {
  if (free.empty()) return {};
  const auto first = boost::icl::first(free);
  if (!boost::icl::contains(taken, first)) return first;
  const Set left = free - taken;
  if (left.empty()) return {};
  return boost::icl::first(left);
}

template <class Map>
bool sameObjects(const Map& left, const Map& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const auto& one, const auto& other) {
                      return one.first == other.first && *one.second == *other.second;
                    });
}

}  // namespace

Cloud::Cloud(Settings settings) : settings_(std::move(settings)) {
  for (const auto tag : settings_.plan.tags) {
    if (settings_.plan.hasTag(tag)) free_tags_.insert(tag.value);
  }
  const auto pairs = static_cast<std::uint32_t>(settings_.mac_map.pairs().size());
  free_pairs_.insert(boost::icl::interval<std::uint32_t>::right_open(0, pairs));
  using Interval = boost::icl::interval<std::uint64_t>;
  for (const auto& range : settings_.pool.ranges()) {
    free_public_addresses_.insert(Interval::closed(range.first.value, range.last.value));
  }
  for (const auto& taken : settings_.host.taken) {
    const auto& range = taken.range;
    taken_public_addresses_.insert(Interval::closed(range.first().value, range.last().value));
    const auto& plan = settings_.plan;
    if (!plan.subnet.overlaps(range)) continue;
    const auto tagAt = [&](net::Ipv4Address place) {
      return (place.value - plan.subnet.first().value) / plan.network_size + net::Tag::kFirst;
    };
    taken_tags_.insert(boost::icl::interval<std::uint32_t>::closed(
        tagAt(std::max(range.first(), plan.subnet.first())),
        tagAt(std::min(range.last(), plan.subnet.last()))));
  }
}

Ref<Account> Cloud::account(const AccountId& id) const {
  return find(accounts_, id);
}
Ref<Account> Cloud::accountByName(std::string_view name) const {
  return findBy(accounts_, accounts_by_name_, name);
}
Ref<AccessKey> Cloud::key(const std::string& id) const {
  return find(keys_, id);
}
Ref<KeyPair> Cloud::keyPair(const KeyPairId& id) const {
  return find(key_pairs_, id);
}
Ref<KeyPair> Cloud::keyPairByName(const AccountId& owner, std::string_view name) const {
  return findBy(key_pairs_, keyPairsOf(owner), name);
}
Ref<PrefixList> Cloud::prefixList(const PrefixListId& id) const {
  return find(prefix_lists_, id);
}
Ref<PrefixList> Cloud::prefixListByName(const AccountId& owner, std::string_view name) const {
  return findBy(prefix_lists_, prefixListsOf(owner), name);
}
Ref<Group> Cloud::group(const GroupId& id) const {
  return find(groups_, id);
}
Ref<Group> Cloud::groupByName(const AccountId& owner, std::string_view name) const {
  return findBy(groups_, groupsOf(owner), name);
}
Ref<Group> Cloud::groupByTag(net::Tag tag) const {
  return findBy(groups_, groups_by_tag_, tag);
}
Ref<Instance> Cloud::instance(const InstanceId& id) const {
  return find(instances_, id);
}
Ref<EndedInstance> Cloud::ended(const InstanceId& id) const {
  return find(ended_, id);
}
Ref<EndedInstance> Cloud::firstEnded() const {
  return ended_by_time_.empty() ? nullptr : ended_.at(ended_by_time_.begin()->second);
}
Ref<Instance> Cloud::instanceByMac(const net::MacAddress& mac) const {
  return findBy(instances_, instances_by_mac_, mac);
}
Ref<Instance> Cloud::instanceByPrivateAddress(net::Ipv4Address address) const {
  return findBy(instances_, instances_by_private_address_, address);
}
Ref<Instance> Cloud::instanceByDevice(std::string_view node, std::string_view device) const {
  return findBy(instances_, instances_by_device_,
                std::pair(std::string(node), std::string(device)));
}
Ref<Address> Cloud::address(net::Ipv4Address address) const {
  return find(addresses_, address);
}
Ref<Address> Cloud::addressOf(const InstanceId& id) const {
  return findBy(addresses_, addresses_by_instance_, id);
}
Ref<Address> Cloud::addressByToken(const AccountId& owner, std::string_view token) const {
  return findBy(addresses_, addresses_by_token_, std::pair(owner, std::string(token)));
}
Ref<ReturnedAddress> Cloud::returnedAddress(net::Ipv4Address address) const {
  return find(returned_, address);
}
Ref<Forward> Cloud::forward(const ForwardId& id) const {
  return find(forwards_, id);
}
Ref<Forward> Cloud::forwardOf(net::Ipv4Address address, net::Protocol protocol,
                              std::uint16_t port) const {
  // Of those that begin at the port or before it, the last one alone can reach it.
  const auto behind = forwards_.upper_bound({address, protocol, port});
  if (behind == forwards_.begin()) return nullptr;
  const auto& forward = std::prev(behind)->second;
  const bool has_it =
      forward->address == address && forward->protocol == protocol && forward->ports.contains(port);
  return has_it ? forward : nullptr;
}

const std::set<std::string>& Cloud::keysOf(const AccountId& owner) const {
  return findOrEmpty(keys_by_owner_, owner);
}
const std::map<std::string, KeyPairId, std::less<>>& Cloud::keyPairsOf(
    const AccountId& owner) const {
  return findOrEmpty(key_pairs_by_owner_, owner);
}
const std::map<std::string, PrefixListId, std::less<>>& Cloud::prefixListsOf(
    const AccountId& owner) const {
  return findOrEmpty(prefix_lists_by_owner_, owner);
}
const std::map<std::string, GroupId, std::less<>>& Cloud::groupsOf(const AccountId& owner) const {
  return findOrEmpty(groups_by_owner_, owner);
}
const std::set<net::Ipv4Address>& Cloud::addressesOf(const AccountId& owner) const {
  return findOrEmpty(addresses_by_owner_, owner);
}
std::vector<Ref<Forward>> Cloud::forwardsAt(net::Ipv4Address address) const {
  std::vector<Ref<Forward>> found;
  for (auto at = forwards_.lower_bound({.address = address});
       at != forwards_.end() && at->first.address == address; ++at) {
    found.push_back(at->second);
  }
  return found;
}
bool Cloud::hasForwards(net::Ipv4Address address) const {
  const auto at = forwards_.lower_bound({.address = address});
  return at != forwards_.end() && at->first.address == address;
}
const std::set<ForwardId>& Cloud::forwardsTo(const InstanceId& instance) const {
  return findOrEmpty(forwards_by_instance_, instance);
}
const std::set<InstanceId>& Cloud::members(const GroupId& id) const {
  return findOrEmpty(members_, id);
}
const std::set<InstanceId>& Cloud::instancesOf(net::Tag tag) const {
  return findOrEmpty(instances_by_tag_, tag);
}
const std::set<GroupId>& Cloud::groupsThatName(const GroupId& source) const {
  return findOrEmpty(groups_by_source_, source);
}
const std::set<GroupId>& Cloud::groupsThatName(const PrefixListId& source) const {
  return findOrEmpty(groups_by_prefix_list_, source);
}
const std::set<PrefixListId>& Cloud::prefixListsWith(const net::Ipv4Prefix& prefix) const {
  return findOrEmpty(prefix_lists_by_cidr_, prefix);
}

const Taken* Cloud::takenOf(net::Tag tag) const {
  if (!boost::icl::contains(taken_tags_, std::uint32_t{tag.value})) return nullptr;
  return overlapping(settings_.host.taken, settings_.plan.network(tag));
}

const Taken* Cloud::takenOf(net::Ipv4Address address) const {
  return overlapping(settings_.host.taken, net::prefixOf(address, 32));
}

std::optional<net::Tag> Cloud::freeTag() const {
  const auto free = firstOutside(free_tags_, taken_tags_);
  if (!free) return {};
  return net::Tag{static_cast<std::uint16_t>(*free)};
}

bool Cloud::canBeHandedOut(net::Ipv4Address address) const {
  return settings_.pool.contains(address) && !addresses_.contains(address) &&
         !boost::icl::contains(taken_public_addresses_, std::uint64_t{address.value});
}

std::optional<net::Ipv4Address> Cloud::freePublicAddress(const AccountId& owner) const {
  std::optional<net::Ipv4Address> lowest;
  if (const auto free = firstOutside(free_public_addresses_, taken_public_addresses_)) {
    lowest = net::Ipv4Address{static_cast<std::uint32_t>(*free)};
  }
  for (const auto own : findOrEmpty(returned_by_owner_, owner)) {
    if (lowest && *lowest < own) break;
    if (canBeHandedOut(own)) return own;
  }
  if (lowest) return lowest;
  for (const auto& [at, others] : returned_by_time_) {
    if (canBeHandedOut(others)) return others;
  }
  return {};
}

std::optional<std::uint32_t> Cloud::freeAddressIndex(net::Tag tag) const {
  const auto& plan = settings_.plan;
  const std::uint64_t first = plan.host(tag, plan.firstOwnIndex()).value;
  const std::uint64_t last = plan.host(tag, plan.lastOwnIndex()).value;
  // Neighbours are one interval, so that the first free one is the first or comes after its
  // interval.
  const auto used = used_private_addresses_.find(first);
  const auto free = used == used_private_addresses_.end() ? first : boost::icl::last(*used) + 1;
  if (free > last) return {};
  return static_cast<std::uint32_t>(free - plan.network(tag).address.value);
}

std::optional<MacPair> Cloud::freePair() const {
  if (free_pairs_.empty()) return {};
  return settings_.mac_map.pairs()[boost::icl::first(free_pairs_)];
}

Cloud Cloud::withSettings(Settings settings) const {
  Cloud result(std::move(settings));
  for (const auto& [id, account] : accounts_) result.replace(result.accounts_, id, account);
  for (const auto& [id, key] : keys_) result.replace(result.keys_, id, key);
  for (const auto& [id, pair] : key_pairs_) result.replace(result.key_pairs_, id, pair);
  for (const auto& [id, list] : prefix_lists_) result.replace(result.prefix_lists_, id, list);
  for (const auto& [id, group] : groups_) result.replace(result.groups_, id, group);
  for (const auto& [id, instance] : instances_) result.replace(result.instances_, id, instance);
  for (const auto& [id, ended] : ended_) result.replace(result.ended_, id, ended);
  for (const auto& [id, address] : addresses_) result.replace(result.addresses_, id, address);
  for (const auto& [id, returned] : returned_) result.replace(result.returned_, id, returned);
  for (const auto& [id, forward] : forwards_) result.replace(result.forwards_, id, forward);
  return result;
}

std::size_t Cloud::instancesOf(const AccountId& owner) const {
  const auto count = instances_by_owner_.find(owner);
  return count == instances_by_owner_.end() ? 0 : count->second;
}

std::size_t Cloud::automaticAddressesOf(const AccountId& owner) const {
  const auto count = automatic_addresses_by_owner_.find(owner);
  return count == automatic_addresses_by_owner_.end() ? 0 : count->second;
}

bool Cloud::operator==(const Cloud& other) const {
  return sameObjects(accounts_, other.accounts_) && sameObjects(keys_, other.keys_) &&
         sameObjects(key_pairs_, other.key_pairs_) && sameObjects(ended_, other.ended_) &&
         sameObjects(prefix_lists_, other.prefix_lists_) && sameObjects(groups_, other.groups_) &&
         sameObjects(instances_, other.instances_) && sameObjects(addresses_, other.addresses_) &&
         sameObjects(returned_, other.returned_) && sameObjects(forwards_, other.forwards_) &&
         accounts_by_name_ == other.accounts_by_name_ && keys_by_owner_ == other.keys_by_owner_ &&
         key_pairs_by_owner_ == other.key_pairs_by_owner_ &&
         prefix_lists_by_owner_ == other.prefix_lists_by_owner_ &&
         prefix_lists_by_cidr_ == other.prefix_lists_by_cidr_ &&
         groups_by_prefix_list_ == other.groups_by_prefix_list_ &&
         groups_by_owner_ == other.groups_by_owner_ && ended_by_time_ == other.ended_by_time_ &&
         instances_by_owner_ == other.instances_by_owner_ &&
         automatic_addresses_by_owner_ == other.automatic_addresses_by_owner_ &&
         groups_by_tag_ == other.groups_by_tag_ && groups_by_source_ == other.groups_by_source_ &&
         groups_by_cidr_ == other.groups_by_cidr_ && members_ == other.members_ &&
         instances_of_several_groups_ == other.instances_of_several_groups_ &&
         instances_by_tag_ == other.instances_by_tag_ &&
         instances_by_mac_ == other.instances_by_mac_ &&
         instances_by_private_address_ == other.instances_by_private_address_ &&
         instances_by_device_ == other.instances_by_device_ &&
         addresses_by_instance_ == other.addresses_by_instance_ &&
         addresses_by_owner_ == other.addresses_by_owner_ &&
         addresses_by_token_ == other.addresses_by_token_ &&
         returned_by_owner_ == other.returned_by_owner_ &&
         returned_by_time_ == other.returned_by_time_ &&
         forwards_by_instance_ == other.forwards_by_instance_ && free_tags_ == other.free_tags_ &&
         free_pairs_ == other.free_pairs_ &&
         free_public_addresses_ == other.free_public_addresses_ &&
         used_private_addresses_ == other.used_private_addresses_;
}

}  // namespace netctl::cloud
