#include "netctl/store/change_writer.h"

#include "modes/cloud/prefix_lists.h"
#include "netctl/store/limit_names.h"
#include "netctl/store/permission_row.h"

#include <algorithm>
#include <iterator>
#include <vector>

namespace netctl::store {
namespace {

std::optional<std::int64_t> number(const std::optional<net::Tag>& tag) {
  if (!tag) return {};
  return tag->value;
}

/// Calls `write` for each until one fails.
template <class Range, class Write>
Result<void> forEach(const Range& range, Write write) {
  for (const auto& item : range) {
    if (auto written = write(item); !written) return written;
  }
  return {};
}

/// Calls the functions in turn until one fails.
template <class... Parts>
Result<void> inTurn(Parts... parts) {
  Result<void> result;
  ((result = result ? parts() : result), ...);
  return result;
}

}  // namespace

Result<void> ChangeWriter::write(const cloud::Changes& changes) {
  return inTurn([&] { return release(changes); }, [&] { return take(changes); });
}

Result<void> ChangeWriter::release(const cloud::Changes& changes) {
  const auto remove = [](const auto& table, auto remove_one) {
    return forEach(table, [&](const auto& entry) -> Result<void> {
      if (!entry.second.before) return {};
      return remove_one(entry.first);
    });
  };
  return inTurn(
      [&] { return remove(changes.forwards, [&](const auto& id) { return deleteForward(id); }); },
      [&] {
        return remove(changes.returned,
                      [&](auto id) { return delete_returned_.run(net::format(id)); });
      },
      [&] {
        return remove(changes.addresses,
                      [&](auto id) { return delete_address_.run(net::format(id)); });
      },
      [&] {
        return remove(changes.instances,
                      [&](const auto& id) { return delete_instance_.run(id.canonical()); });
      },
      [&] {
        return remove(changes.ended,
                      [&](const auto& id) { return delete_ended_.run(id.canonical()); });
      },
      [&] {
        return remove(changes.key_pairs,
                      [&](const auto& id) { return delete_key_pair_.run(id.value); });
      },
      [&] {
        return forEach(changes.prefix_lists, [&](const auto& entry) -> Result<void> {
          const auto& [before, after] = entry.second;
          if (!before) return {};
          if (!after) return delete_prefix_list_.run(before->id.value);
          return before->name == after->name ? Result<void>{}
                                             : free_prefix_list_name_.run(before->id.value);
        });
      },
      [&] {
        return forEach(changes.groups, [&](const auto& entry) -> Result<void> {
          const auto& [before, after] = entry.second;
          if (!before) return {};
          if (!after) return removeGroup(*before);
          if (!before->tag || before->tag == after->tag) return {};
          return release_tag_.run(before->id.value);
        });
      },
      [&] { return remove(changes.keys, [&](const auto& id) { return delete_key_.run(id); }); },
      [&] {
        return remove(changes.accounts,
                      [&](const auto& id) { return delete_account_.run(id.value); });
      });
}

Result<void> ChangeWriter::take(const cloud::Changes& changes) {
  const auto put = [](const auto& table, auto put_one) {
    return forEach(table, [&](const auto& entry) -> Result<void> {
      if (!entry.second.after) return {};
      return put_one(*entry.second.after);
    });
  };
  return inTurn(
      [&] {
        return put(changes.accounts,
                   [&](const cloud::Account& account) { return putAccount(account); });
      },
      [&] {
        return put(changes.keys, [&](const cloud::AccessKey& key) {
          return insert_key_.run(key.id, key.owner.value, key.secret,
                                 std::int64_t{key.enabled ? 1 : 0});
        });
      },
      [&] { return put(changes.key_pairs, [&](const auto& pair) { return putKeyPair(pair); }); },
      [&] {
        return forEach(changes.prefix_lists, [&](const auto& entry) -> Result<void> {
          return entry.second.after ? putPrefixList(entry.second) : Result<void>{};
        });
      },
      [&] { return put(changes.groups, [&](const auto& group) { return putGroup(group); }); },
      [&] {
        return forEach(changes.groups, [&](const auto& entry) -> Result<void> {
          return entry.second.after ? putPermissions(entry.second) : Result<void>{};
        });
      },
      [&] {
        return put(changes.instances, [&](const auto& instance) { return putInstance(instance); });
      },
      [&] { return put(changes.ended, [&](const auto& ended) { return putEnded(ended); }); },
      [&] {
        return put(changes.addresses, [&](const auto& address) { return putAddress(address); });
      },
      [&] {
        return put(changes.returned, [&](const cloud::ReturnedAddress& returned) {
          return insert_returned_.run(net::format(returned.address), returned.owner.value,
                                      std::int64_t{returned.at.time_since_epoch().count()});
        });
      },
      [&] {
        return put(changes.forwards, [&](const auto& forward) { return putForward(forward); });
      });
}

Result<void> ChangeWriter::removeGroup(const cloud::Group& group) {
  return inTurn([&] { return delete_permissions_.run(group.id.value); },
                [&] { return delete_group_.run(group.id.value); });
}

Result<void> ChangeWriter::putGroup(const cloud::Group& group) {
  return inTurn(
      [&] {
        return put_group_.run(group.id.value, group.owner.value, group.name, group.description,
                              number(group.tag), number(group.last_tag));
      },
      [&] { return delete_group_tags_.run(group.id.value); },
      [&] { return putTags(insert_group_tag_, group.id.value, group.resource_tags); });
}

Result<void> ChangeWriter::putAccount(const cloud::Account& account) {
  return inTurn([&] { return insert_account_.run(account.id.value, account.name); },
                [&] {
                  return forEach(kLimitNames, [&](const auto& named) -> Result<void> {
                    const auto at = account.limits.find(named.first);
                    if (at == account.limits.end()) return {};
                    return insert_limit_.run(account.id.value, named.second,
                                             std::int64_t{at->second});
                  });
                });
}

Result<void> ChangeWriter::putTags(Statement& insert, std::string_view object,
                                   const cloud::ResourceTags& tags) {
  return forEach(tags, [&](const auto& tag) { return insert.run(object, tag.first, tag.second); });
}

Result<void> ChangeWriter::putPermissions(const cloud::Change<cloud::Group>& change) {
  static const std::set<cloud::Permission> none;
  const auto& before = change.before ? change.before->permissions : none;
  const auto& after = change.after->permissions;
  std::vector<cloud::Permission> gone;
  std::vector<cloud::Permission> added;
  std::ranges::set_difference(before, after, std::back_inserter(gone));
  std::ranges::set_difference(after, before, std::back_inserter(added));
  // A permission that went and came back within the batch may bear something else.
  static const std::map<cloud::Permission, cloud::PermissionDetails> no_details;
  const auto& details_before = change.before ? change.before->details : no_details;
  std::vector<std::pair<cloud::Permission, cloud::PermissionDetails>> other_details;
  std::ranges::set_symmetric_difference(details_before, change.after->details,
                                        std::back_inserter(other_details));
  std::set<cloud::Permission> altered;
  for (const auto& [permission, details] : other_details) {
    if (before.contains(permission) && after.contains(permission)) altered.insert(permission);
  }
  std::ranges::copy(altered, std::back_inserter(gone));
  std::ranges::copy(altered, std::back_inserter(added));
  const auto& id = change.after->id;
  return inTurn(
      [&] { return forEach(gone, [&](const auto& one) { return deletePermission(id, one); }); },
      [&] {
        return forEach(added,
                       [&](const auto& one) { return insertPermission(*change.after, one); });
      });
}

Result<void> ChangeWriter::deletePermission(const cloud::GroupId& group,
                                            const cloud::Permission& permission) {
  const auto row = rowOf(permission);
  return delete_permission_.run(group.value, row.protocol, row.first_port, row.last_port,
                                row.icmp_type, row.icmp_code, row.source, row.egress);
}

Result<void> ChangeWriter::insertPermission(const cloud::Group& group,
                                            const cloud::Permission& permission) {
  const auto row = rowOf(permission);
  const auto& details = cloud::detailsOf(group, permission);
  return inTurn(
      [&] {
        return insert_permission_.run(group.id.value, row.protocol, row.first_port, row.last_port,
                                      row.icmp_type, row.icmp_code, row.source, row.egress,
                                      details.note, details.rule_id);
      },
      [&] {
        return forEach(details.resource_tags, [&](const auto& tag) {
          return insert_permission_tag_.run(group.id.value, row.protocol, row.first_port,
                                            row.last_port, row.icmp_type, row.icmp_code, row.source,
                                            row.egress, tag.first, tag.second);
        });
      });
}

Result<void> ChangeWriter::putKeyPair(const cloud::KeyPair& pair) {
  return inTurn(
      [&] {
        return insert_key_pair_.run(pair.id.value, pair.owner.value, pair.name, pair.public_key,
                                    pair.fingerprint,
                                    std::int64_t{pair.created.time_since_epoch().count()});
      },
      [&] { return putTags(insert_key_pair_tag_, pair.id.value, pair.resource_tags); });
}

Result<void> ChangeWriter::putPrefixList(const cloud::Change<cloud::PrefixList>& change) {
  static const cloud::PrefixList none{};
  const auto& before = change.before ? *change.before : none;
  const auto& list = *change.after;
  const auto& id = list.id.value;
  using Entries = std::vector<std::pair<cloud::Cidr, std::string>>;
  Entries gone;
  Entries added;
  std::ranges::set_difference(before.entries, list.entries, std::back_inserter(gone));
  std::ranges::set_difference(list.entries, before.entries, std::back_inserter(added));
  return inTurn(
      [&] {
        return put_prefix_list_.run(id, list.owner.value, list.name, cloud::format(list.family),
                                    std::int64_t{list.max_entries}, std::int64_t{list.version},
                                    std::int64_t{list.modified ? 1 : 0}, list.client_token);
      },
      [&] {
        return forEach(gone, [&](const auto& entry) {
          return delete_prefix_list_entry_.run(id, cloud::format(entry.first));
        });
      },
      [&] {
        return forEach(added, [&](const auto& entry) {
          return insert_prefix_list_entry_.run(id, cloud::format(entry.first), entry.second);
        });
      },
      [&] { return delete_prefix_list_tags_.run(id); },
      [&] { return putTags(insert_prefix_list_tag_, id, list.resource_tags); });
}

Result<void> ChangeWriter::putInstance(const cloud::Instance& instance) {
  const auto& id = instance.id.canonical();
  const auto& metadata = instance.metadata;
  std::optional<std::string> address;
  if (instance.private_address) address = net::format(*instance.private_address);
  const auto migrates = instance.destination.has_value();
  const auto destination = instance.destination.value_or(cloud::Destination{});
  return inTurn(
      [&] {
        return insert_instance_.run(
            id, instance.id.text(), instance.owner.value, instance.node, instance.device,
            net::format(instance.mac), number(instance.tag), std::int64_t{instance.address_index},
            address, std::int64_t{instance.addressing == cloud::Addressing::Public ? 1 : 0},
            Blob{instance.user_data}, instance.seen_device,
            std::int64_t{instance.attached.time_since_epoch().count()},
            std::int64_t{metadata.needs_token ? 1 : 0}, std::int64_t{metadata.token_hops},
            std::int64_t{metadata.enabled ? 1 : 0}, std::int64_t{metadata.shows_tags ? 1 : 0},
            migrates ? std::optional(destination.node) : std::nullopt, destination.device,
            destination.seen_device);
      },
      [&] { return putTags(insert_instance_tag_, id, instance.resource_tags); },
      [&] {
        std::int64_t position = 0;
        return forEach(instance.groups, [&](const auto& group) {
          return insert_instance_group_.run(id, position++, group.value);
        });
      },
      [&] {
        return forEach(instance.attributes, [&](const auto& attribute) {
          return insert_attribute_.run(id, attribute.first, attribute.second);
        });
      });
}

Result<void> ChangeWriter::putEnded(const cloud::EndedInstance& ended) {
  const auto& id = ended.id.canonical();
  return inTurn(
      [&] {
        return insert_ended_.run(id, ended.id.text(), ended.owner.value,
                                 std::int64_t{ended.attached.time_since_epoch().count()},
                                 std::int64_t{ended.ended.time_since_epoch().count()});
      },
      [&] { return putTags(insert_ended_attribute_, id, ended.attributes); },
      [&] { return putTags(insert_ended_tag_, id, ended.resource_tags); });
}

Result<void> ChangeWriter::putAddress(const cloud::Address& address) {
  std::optional<std::string> instance;
  if (address.instance) instance = address.instance->canonical();
  const auto written = net::format(address.address);
  return inTurn(
      [&] {
        return insert_address_.run(written, address.owner.value, instance,
                                   std::int64_t{address.automatic ? 1 : 0}, address.client_token,
                                   std::int64_t{address.long_id ? 1 : 0});
      },
      [&] { return putTags(insert_address_tag_, written, address.resource_tags); });
}

Result<void> ChangeWriter::deleteForward(const cloud::ForwardId& id) {
  return delete_forward_.run(net::format(id.address), std::int64_t{id.protocol.number.value()},
                             std::int64_t{id.first_port});
}

Result<void> ChangeWriter::putForward(const cloud::Forward& forward) {
  return insert_forward_.run(
      net::format(forward.address), std::int64_t{forward.protocol.number.value()},
      std::int64_t{forward.ports.first}, std::int64_t{forward.ports.last}, forward.owner.value,
      forward.instance.canonical(), std::int64_t{forward.instance_port});
}

}  // namespace netctl::store
