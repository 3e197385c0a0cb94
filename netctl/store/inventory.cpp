#include "netctl/store/inventory.h"

#include "base/hash.h"
#include "modes/cloud/prefix_lists.h"
#include "netctl/store/permission_row.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <vector>

namespace netctl::store {
namespace {

enum Index : std::size_t {
  kAccounts,
  kKeys,
  kGroups,
  kPermissions,
  kInstances,
  kAddresses,
  kKeyPairs,
  kEnded,
  kReturned,
  kForwards,
  kPrefixLists
};
/// The kinds that there were first.
constexpr std::size_t kFirstKinds = kAddresses + 1;

/// The members of an object as one text that no other object has.
class Text {
 public:
  Text& add(std::string_view value) {
    text_ += fmt::format("{}:", value.size());
    text_ += value;
    return *this;
  }
  Text& add(std::int64_t value) { return add(std::to_string(value)); }
  Text& add(const cloud::ResourceTags& values) {
    add(static_cast<std::int64_t>(values.size()));
    for (const auto& [key, value] : values) add(key).add(value);
    return *this;
  }
  [[nodiscard]] std::uint64_t fingerprint() const { return netctl::fingerprint(text_); }

 private:
  std::string text_;
};

std::int64_t orNone(const std::optional<net::Tag>& tag) {
  return tag ? std::int64_t{tag->value} : -1;
}

std::uint64_t contentOf(const cloud::Account& account) {
  Text text;
  text.add(account.id.value).add(account.name);
  for (const auto& [limit, value] : account.limits) {
    text.add(static_cast<std::int64_t>(limit)).add(std::int64_t{value});
  }
  return text.fingerprint();
}

std::uint64_t contentOf(const cloud::AccessKey& key) {
  return Text()
      .add(key.id)
      .add(key.owner.value)
      .add(key.secret)
      .add(key.enabled ? 1 : 0)
      .fingerprint();
}

/// Without its permissions, of which it may have thousands.
std::uint64_t contentOf(const cloud::Group& group) {
  return Text()
      .add(group.id.value)
      .add(group.owner.value)
      .add(group.name)
      .add(group.description)
      .add(orNone(group.tag))
      .add(orNone(group.last_tag))
      .add(group.resource_tags)
      .fingerprint();
}

std::uint64_t contentOf(const cloud::Group& group, const cloud::Permission& permission) {
  const auto row = rowOf(permission);
  const auto& details = cloud::detailsOf(group, permission);
  return Text()
      .add(group.id.value)
      .add(row.protocol)
      .add(row.first_port)
      .add(row.last_port)
      .add(row.icmp_type)
      .add(row.icmp_code)
      .add(row.source)
      .add(row.egress)
      .add(details.note)
      .add(details.rule_id)
      .add(details.resource_tags)
      .fingerprint();
}

std::uint64_t contentOf(const cloud::Instance& instance) {
  Text text;
  text.add(instance.id.text())
      .add(instance.owner.value)
      .add(instance.node)
      .add(instance.device)
      .add(net::format(instance.mac))
      .add(orNone(instance.tag))
      .add(std::int64_t{instance.address_index})
      .add(instance.private_address ? net::format(*instance.private_address) : "")
      .add(instance.addressing == cloud::Addressing::Public ? 1 : 0)
      .add(instance.user_data)
      .add(instance.seen_device)
      .add(std::int64_t{instance.attached.time_since_epoch().count()})
      .add(instance.resource_tags)
      .add(static_cast<std::int64_t>(instance.groups.size()));
  // Those from before there were options have the sum that they had.
  if (const auto& metadata = instance.metadata; metadata != cloud::MetadataOptions{}) {
    text.add(metadata.needs_token ? 1 : 0)
        .add(std::int64_t{metadata.token_hops})
        .add(metadata.enabled ? 1 : 0)
        .add(metadata.shows_tags ? 1 : 0);
  }
  if (const auto& destination = instance.destination) {
    text.add("destination")
        .add(destination->node)
        .add(destination->device)
        .add(destination->seen_device);
  }
  for (const auto& group : instance.groups) text.add(group.value);
  for (const auto& [key, value] : instance.attributes) text.add(key).add(value);
  return text.fingerprint();
}

std::uint64_t contentOf(const cloud::KeyPair& pair) {
  return Text()
      .add(pair.id.value)
      .add(pair.owner.value)
      .add(pair.name)
      .add(pair.public_key)
      .add(pair.fingerprint)
      .add(std::int64_t{pair.created.time_since_epoch().count()})
      .add(pair.resource_tags)
      .fingerprint();
}

std::uint64_t contentOf(const cloud::PrefixList& list) {
  Text text;
  text.add(list.id.value)
      .add(list.owner.value)
      .add(list.name)
      .add(cloud::format(list.family))
      .add(std::int64_t{list.max_entries})
      .add(std::int64_t{list.version})
      .add(list.modified ? 1 : 0)
      .add(list.client_token)
      .add(list.resource_tags);
  for (const auto& [cidr, description] : list.entries) {
    text.add(cloud::format(cidr)).add(description);
  }
  return text.fingerprint();
}

std::uint64_t contentOf(const cloud::EndedInstance& ended) {
  return Text()
      .add(ended.id.text())
      .add(ended.owner.value)
      .add(std::int64_t{ended.attached.time_since_epoch().count()})
      .add(std::int64_t{ended.ended.time_since_epoch().count()})
      .add(ended.attributes)
      .add(ended.resource_tags)
      .fingerprint();
}

std::uint64_t contentOf(const cloud::Address& address) {
  Text text;
  text.add(net::format(address.address))
      .add(address.owner.value)
      .add(address.instance ? address.instance->canonical() : "")
      .add(address.automatic ? 1 : 0)
      .add(address.client_token)
      .add(address.resource_tags);
  // Those from before there were long ids have the sum that they had.
  if (address.long_id) text.add(1);
  return text.fingerprint();
}

std::uint64_t contentOf(const cloud::ReturnedAddress& returned) {
  return Text()
      .add(net::format(returned.address))
      .add(returned.owner.value)
      .add(std::int64_t{returned.at.time_since_epoch().count()})
      .fingerprint();
}

std::uint64_t contentOf(const cloud::Forward& forward) {
  return Text()
      .add(cloud::format(forward))
      .add(forward.owner.value)
      .add(forward.instance.canonical())
      .add(std::int64_t{forward.instance_port})
      .fingerprint();
}

void add(Inventory::Kind& kind, std::uint64_t content) {
  ++kind.count;
  kind.sum += content;
}

void remove(Inventory::Kind& kind, std::uint64_t content) {
  --kind.count;
  kind.sum -= content;
}

template <class Key, class T>
void addAll(Inventory::Kind& kind, const std::map<Key, cloud::Change<T>>& changes) {
  for (const auto& [key, change] : changes) {
    if (change.before) remove(kind, contentOf(*change.before));
    if (change.after) add(kind, contentOf(*change.after));
  }
}

void addPermissions(Inventory::Kind& kind, const cloud::Change<cloud::Group>& change) {
  static const cloud::Group none{};
  const auto& before = change.before ? *change.before : none;
  const auto& after = change.after ? *change.after : none;
  if (before.details == after.details) {
    std::vector<cloud::Permission> differing;
    std::ranges::set_difference(before.permissions, after.permissions,
                                std::back_inserter(differing));
    for (const auto& one : differing) remove(kind, contentOf(before, one));
    differing.clear();
    std::ranges::set_difference(after.permissions, before.permissions,
                                std::back_inserter(differing));
    for (const auto& one : differing) add(kind, contentOf(after, one));
    return;
  }
  for (const auto& one : before.permissions) remove(kind, contentOf(before, one));
  for (const auto& one : after.permissions) add(kind, contentOf(after, one));
}

}  // namespace

void Inventory::add(const cloud::Changes& changes) {
  addAll(kinds[kAccounts], changes.accounts);
  addAll(kinds[kKeys], changes.keys);
  addAll(kinds[kGroups], changes.groups);
  for (const auto& [id, change] : changes.groups) addPermissions(kinds[kPermissions], change);
  addAll(kinds[kInstances], changes.instances);
  addAll(kinds[kAddresses], changes.addresses);
  addAll(kinds[kKeyPairs], changes.key_pairs);
  addAll(kinds[kEnded], changes.ended);
  addAll(kinds[kReturned], changes.returned);
  addAll(kinds[kForwards], changes.forwards);
  addAll(kinds[kPrefixLists], changes.prefix_lists);
}

Inventory inventoryOf(const cloud::Cloud& cloud) {
  Inventory inventory;
  const auto addEach = [&](std::size_t kind, const auto& objects) {
    for (const auto& [id, object] : objects) add(inventory.kinds[kind], contentOf(*object));
  };
  addEach(kAccounts, cloud.accounts());
  addEach(kKeys, cloud.keys());
  addEach(kGroups, cloud.groups());
  for (const auto& [id, group] : cloud.groups()) {
    for (const auto& one : group->permissions) {
      add(inventory.kinds[kPermissions], contentOf(*group, one));
    }
  }
  addEach(kInstances, cloud.instances());
  addEach(kAddresses, cloud.addresses());
  addEach(kKeyPairs, cloud.keyPairs());
  addEach(kEnded, cloud.endedInstances());
  addEach(kReturned, cloud.returnedAddresses());
  addEach(kForwards, cloud.forwards());
  addEach(kPrefixLists, cloud.prefixLists());
  return inventory;
}

std::string format(const Inventory& inventory) {
  std::string text;
  for (const auto& [count, sum] : inventory.kinds) text += fmt::format("{} {:016x} ", count, sum);
  text.pop_back();
  return text;
}

Result<Inventory> parseInventory(std::string_view text) {
  const auto whole = text;
  const auto next = [&](std::uint64_t& value, int base) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.starts_with(' ')) text.remove_prefix(1);
    return true;
  };
  Inventory inventory;
  for (std::size_t i = 0; i < inventory.kinds.size(); ++i) {
    if (i >= kFirstKinds && text.empty()) break;
    auto& [count, sum] = inventory.kinds[i];
    if (next(count, 10) && next(sum, 16)) continue;
    return Error{ErrorCode::Internal, "InternalError",
                 fmt::format("state file: table meta, row inventory: '{}' is not {} pairs of a "
                             "count and a sum",
                             whole, inventory.kinds.size())};
  }
  return inventory;
}

std::string difference(const Inventory& stored, const Inventory& there) {
  std::string words;
  for (std::size_t i = 0; i < stored.kinds.size(); ++i) {
    if (stored.kinds[i] == there.kinds[i]) continue;
    if (!words.empty()) words += "; ";
    if (stored.kinds[i].count == there.kinds[i].count) {
      words += fmt::format("{} are not as they were stored", Inventory::kNames[i]);
    } else {
      words += fmt::format("{} {} were stored, {} are there", stored.kinds[i].count,
                           Inventory::kNames[i], there.kinds[i].count);
    }
  }
  return words;
}

}  // namespace netctl::store
