#pragma once

#include "modes/cloud/cloud.h"
#include "netctl/store/sqlite.h"

namespace netctl::store {

/// Writes changes of the cloud into its tables; its statements stay prepared.
///
/// First everything that changed gives up what only one may have, then everything gets its new
/// value: within one batch a tag, a name or an address may go from hand to hand in any order.
class ChangeWriter {
 public:
  explicit ChangeWriter(Database& database) : database_(database) {}

  /// Precondition: a transaction is open.
  Result<void> write(const cloud::Changes& changes);

 private:
  Result<void> release(const cloud::Changes& changes);
  Result<void> take(const cloud::Changes& changes);
  Result<void> removeGroup(const cloud::Group& group);
  Result<void> putGroup(const cloud::Group& group);
  /// Only the difference: a group may have thousands.
  Result<void> putPermissions(const cloud::Change<cloud::Group>& change);
  Result<void> putKeyPair(const cloud::KeyPair& pair);
  /// Its entries too, as far as they differ.
  Result<void> putPrefixList(const cloud::Change<cloud::PrefixList>& change);
  Result<void> putInstance(const cloud::Instance& instance);
  Result<void> putEnded(const cloud::EndedInstance& ended);
  Result<void> putAddress(const cloud::Address& address);
  Result<void> deleteForward(const cloud::ForwardId& id);
  Result<void> putForward(const cloud::Forward& forward);
  Result<void> putAccount(const cloud::Account& account);
  /// Names and values of one object, tags or attributes.
  static Result<void> putTags(Statement& insert, std::string_view object,
                              const cloud::ResourceTags& tags);
  Result<void> deletePermission(const cloud::GroupId& group, const cloud::Permission& permission);
  Result<void> insertPermission(const cloud::Group& group, const cloud::Permission& permission);

  Database& database_;
  Statement delete_account_{database_, "DELETE FROM accounts WHERE id = ?"};
  Statement insert_account_{database_, "INSERT INTO accounts (id, name) VALUES (?, ?)"};
  Statement insert_limit_{database_,
                          "INSERT INTO account_limits (account, name, value) VALUES (?, ?, ?)"};
  Statement delete_key_{database_, "DELETE FROM access_keys WHERE id = ?"};
  Statement insert_key_{database_,
                        "INSERT INTO access_keys (id, owner, secret, enabled) VALUES (?, ?, ?, ?)"};
  Statement delete_key_pair_{database_, "DELETE FROM key_pairs WHERE id = ?"};
  Statement insert_key_pair_{
      database_,
      "INSERT INTO key_pairs (id, owner, name, public_key, fingerprint, created) "
      "VALUES (?, ?, ?, ?, ?, ?)"};
  Statement insert_key_pair_tag_{database_,
                                 "INSERT INTO key_pair_tags (object, key, value) VALUES (?, ?, ?)"};
  Statement delete_prefix_list_{database_, "DELETE FROM prefix_lists WHERE id = ?"};
  Statement put_prefix_list_{
      database_,
      "INSERT INTO prefix_lists (id, owner, name, family, max_entries, version, modified, "
      "client_token) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO UPDATE SET "
      "owner = ?2, name = ?3, family = ?4, max_entries = ?5, version = ?6, modified = ?7, "
      "client_token = ?8"};
  Statement delete_prefix_list_entry_{
      database_, "DELETE FROM prefix_list_entries WHERE list = ? AND cidr = ?"};
  Statement insert_prefix_list_entry_{
      database_, "INSERT INTO prefix_list_entries (list, cidr, description) VALUES (?, ?, ?)"};
  Statement delete_prefix_list_tags_{database_, "DELETE FROM prefix_list_tags WHERE object = ?"};
  Statement insert_prefix_list_tag_{
      database_, "INSERT INTO prefix_list_tags (object, key, value) VALUES (?, ?, ?)"};
  Statement free_prefix_list_name_{database_,
                                   "UPDATE prefix_lists SET name = char(1) || id WHERE id = ?"};
  Statement delete_group_{database_, "DELETE FROM groups WHERE id = ?"};
  Statement release_tag_{database_, "UPDATE groups SET tag = NULL WHERE id = ?"};
  Statement put_group_{database_,
                       "INSERT INTO groups (id, owner, name, description, tag, last_tag) "
                       "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE SET "
                       "owner = ?2, name = ?3, description = ?4, tag = ?5, last_tag = ?6"};
  Statement delete_permissions_{database_, "DELETE FROM permissions WHERE group_id = ?"};
  Statement delete_permission_{
      database_,
      "DELETE FROM permissions WHERE group_id = ? AND protocol = ? AND first_port = ? "
      "AND last_port = ? AND icmp_type = ? AND icmp_code = ? AND source = ? AND egress = ?"};
  Statement insert_permission_{
      database_,
      "INSERT INTO permissions (group_id, protocol, first_port, last_port, icmp_type, icmp_code, "
      "source, egress, note, rule_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
  Statement insert_permission_tag_{
      database_,
      "INSERT INTO permission_tags (group_id, protocol, first_port, last_port, icmp_type, "
      "icmp_code, source, egress, key, value) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
  Statement delete_instance_{database_, "DELETE FROM instances WHERE id = ?"};
  Statement insert_instance_{
      database_,
      "INSERT INTO instances (id, written_id, owner, node, device, mac, tag, address_index, "
      "private_address, public_addressing, user_data, seen_device, attached, "
      "metadata_needs_token, metadata_token_hops, metadata_enabled, metadata_shows_tags, "
      "destination_node, destination_device, destination_seen_device) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
  Statement insert_instance_group_{
      database_, "INSERT INTO instance_groups (instance, position, group_id) VALUES (?, ?, ?)"};
  Statement insert_attribute_{
      database_, "INSERT INTO instance_attributes (instance, key, value) VALUES (?, ?, ?)"};
  Statement delete_ended_{database_, "DELETE FROM ended_instances WHERE id = ?"};
  Statement insert_ended_{database_,
                          "INSERT INTO ended_instances (id, written_id, owner, attached, ended) "
                          "VALUES (?, ?, ?, ?, ?)"};
  Statement insert_ended_attribute_{
      database_, "INSERT INTO ended_instance_attributes (object, key, value) VALUES (?, ?, ?)"};
  Statement insert_ended_tag_{
      database_, "INSERT INTO ended_instance_tags (object, key, value) VALUES (?, ?, ?)"};
  Statement delete_address_{database_, "DELETE FROM addresses WHERE address = ?"};
  Statement insert_address_{
      database_,
      "INSERT INTO addresses (address, owner, instance, automatic, client_token, long_id) "
      "VALUES (?, ?, ?, ?, ?, ?)"};
  Statement delete_returned_{database_, "DELETE FROM returned_addresses WHERE address = ?"};
  Statement insert_returned_{
      database_, "INSERT INTO returned_addresses (address, owner, returned) VALUES (?, ?, ?)"};
  Statement delete_forward_{
      database_, "DELETE FROM forwards WHERE address = ? AND protocol = ? AND first_port = ?"};
  Statement insert_forward_{
      database_,
      "INSERT INTO forwards (address, protocol, first_port, last_port, owner, instance, "
      "instance_port) VALUES (?, ?, ?, ?, ?, ?, ?)"};
  Statement delete_group_tags_{database_, "DELETE FROM group_tags WHERE object = ?"};
  Statement insert_group_tag_{database_,
                              "INSERT INTO group_tags (object, key, value) VALUES (?, ?, ?)"};
  Statement insert_instance_tag_{database_,
                                 "INSERT INTO instance_tags (object, key, value) VALUES (?, ?, ?)"};
  Statement insert_address_tag_{database_,
                                "INSERT INTO address_tags (object, key, value) VALUES (?, ?, ?)"};
};

}  // namespace netctl::store
