#include "netctl/store/schema.h"

#include <fmt/format.h>

#include <array>

namespace netctl::store {
namespace {

/// The n-th entry leads from version n to n + 1 (PRAGMA user_version). Entries are never edited
/// after a release: a change of the schema is a new entry.
///
/// Foreign keys are checked at the end of a transaction, since a commit takes away all that an
/// object had before it gives anything new. Addresses and MACs are written as people write them. In
/// `permissions`, -1 is any; `source` is a CIDR of either family, or the id of a group or a prefix
/// list.
constexpr std::array kMigrations{
    R"sql(
CREATE TABLE meta (
  key TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT, WITHOUT ROWID;

CREATE TABLE access_keys (
  id TEXT NOT NULL PRIMARY KEY,
  owner TEXT NOT NULL REFERENCES accounts DEFERRABLE INITIALLY DEFERRED,
  secret TEXT NOT NULL,
  enabled INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX access_keys_by_owner ON access_keys (owner);

CREATE TABLE groups (
  id TEXT NOT NULL PRIMARY KEY,
  owner TEXT NOT NULL REFERENCES accounts DEFERRABLE INITIALLY DEFERRED,
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  tag INTEGER UNIQUE,
  last_tag INTEGER,
  UNIQUE (owner, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE permissions (
  group_id TEXT NOT NULL REFERENCES groups DEFERRABLE INITIALLY DEFERRED,
  protocol INTEGER NOT NULL,
  first_port INTEGER NOT NULL,
  last_port INTEGER NOT NULL,
  icmp_type INTEGER NOT NULL,
  icmp_code INTEGER NOT NULL,
  source TEXT NOT NULL,
  source_group TEXT GENERATED ALWAYS AS (CASE WHEN source LIKE 'sg-%' THEN source END) STORED
    REFERENCES groups DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (group_id, protocol, first_port, last_port, icmp_type, icmp_code, source)
) STRICT, WITHOUT ROWID;
CREATE INDEX permissions_by_source_group ON permissions (source_group)
  WHERE source_group IS NOT NULL;

CREATE TABLE instances (
  id TEXT NOT NULL PRIMARY KEY,
  written_id TEXT NOT NULL,
  owner TEXT NOT NULL REFERENCES accounts DEFERRABLE INITIALLY DEFERRED,
  node TEXT NOT NULL,
  device TEXT NOT NULL,
  mac TEXT NOT NULL UNIQUE,
  tag INTEGER NOT NULL,
  address_index INTEGER NOT NULL,
  private_address TEXT NOT NULL UNIQUE,
  public_addressing INTEGER NOT NULL,
  user_data BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX instances_by_owner ON instances (owner);
CREATE UNIQUE INDEX instances_by_device ON instances (node, device) WHERE device <> '';

CREATE TABLE instance_groups (
  instance TEXT NOT NULL
    REFERENCES instances ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  position INTEGER NOT NULL,
  group_id TEXT NOT NULL REFERENCES groups DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (instance, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX instance_groups_by_group ON instance_groups (group_id);

CREATE TABLE instance_attributes (
  instance TEXT NOT NULL
    REFERENCES instances ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (instance, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE addresses (
  address TEXT NOT NULL PRIMARY KEY,
  owner TEXT NOT NULL REFERENCES accounts DEFERRABLE INITIALLY DEFERRED,
  instance TEXT UNIQUE REFERENCES instances DEFERRABLE INITIALLY DEFERRED,
  automatic INTEGER NOT NULL,
  client_token TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX addresses_by_owner ON addresses (owner);
CREATE UNIQUE INDEX addresses_by_token ON addresses (owner, client_token)
  WHERE client_token <> '';

CREATE TABLE flow_reviews (
  address TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
)sql",
    R"sql(
ALTER TABLE instances ADD COLUMN seen_device TEXT NOT NULL DEFAULT '';
DROP INDEX instances_by_device;
CREATE UNIQUE INDEX instances_by_device
  ON instances (node, iif(device = '', seen_device, device))
  WHERE device <> '' OR seen_device <> '';
)sql",
    // STATIC and SYSTEM have no tags, and SYSTEM learns addresses. A column's constraints change
    // only with its table (sqlite.org/lang_altertable.html, section 7).
    R"sql(
CREATE TABLE new_instances (
  id TEXT NOT NULL PRIMARY KEY,
  written_id TEXT NOT NULL,
  owner TEXT NOT NULL REFERENCES accounts DEFERRABLE INITIALLY DEFERRED,
  node TEXT NOT NULL,
  device TEXT NOT NULL,
  seen_device TEXT NOT NULL,
  mac TEXT NOT NULL UNIQUE,
  tag INTEGER,
  address_index INTEGER NOT NULL,
  private_address TEXT UNIQUE,
  public_addressing INTEGER NOT NULL,
  user_data BLOB NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO new_instances
  SELECT id, written_id, owner, node, device, seen_device, mac, tag, address_index,
    private_address, public_addressing, user_data FROM instances;
DROP TABLE instances;
ALTER TABLE new_instances RENAME TO instances;
CREATE INDEX instances_by_owner ON instances (owner);
CREATE UNIQUE INDEX instances_by_device
  ON instances (node, iif(device = '', seen_device, device))
  WHERE device <> '' OR seen_device <> '';
)sql",
    R"sql(
ALTER TABLE instances ADD COLUMN attached INTEGER NOT NULL DEFAULT 0;
ALTER TABLE permissions ADD COLUMN note TEXT NOT NULL DEFAULT '';

CREATE TABLE account_limits (
  account TEXT NOT NULL
    REFERENCES accounts ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  name TEXT NOT NULL,
  value INTEGER NOT NULL,
  PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE group_tags (
  object TEXT NOT NULL REFERENCES groups ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (object, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE instance_tags (
  object TEXT NOT NULL REFERENCES instances ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (object, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE address_tags (
  object TEXT NOT NULL REFERENCES addresses ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (object, key)
) STRICT, WITHOUT ROWID;
)sql",
    // From here on meta has what goes with the rows (inventory.h): a netctld that does not keep it
    // must not write this file.
    R"sql(
DELETE FROM meta WHERE key IN ('inventory', 'limits');
)sql",
    // Egress was open: each group gets the permission that says so. The inventory is made anew,
    // since it has a permission's direction now.
    R"sql(
CREATE TABLE new_permissions (
  group_id TEXT NOT NULL REFERENCES groups DEFERRABLE INITIALLY DEFERRED,
  egress INTEGER NOT NULL,
  protocol INTEGER NOT NULL,
  first_port INTEGER NOT NULL,
  last_port INTEGER NOT NULL,
  icmp_type INTEGER NOT NULL,
  icmp_code INTEGER NOT NULL,
  source TEXT NOT NULL,
  source_group TEXT GENERATED ALWAYS AS (CASE WHEN source LIKE 'sg-%' THEN source END) STORED
    REFERENCES groups DEFERRABLE INITIALLY DEFERRED,
  note TEXT NOT NULL,
  rule_id TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (group_id, egress, protocol, first_port, last_port, icmp_type, icmp_code, source)
) STRICT, WITHOUT ROWID;
INSERT INTO new_permissions (group_id, egress, protocol, first_port, last_port, icmp_type,
    icmp_code, source, note)
  SELECT group_id, 0, protocol, first_port, last_port, icmp_type, icmp_code, source, note
  FROM permissions;
INSERT INTO new_permissions (group_id, egress, protocol, first_port, last_port, icmp_type,
    icmp_code, source, note)
  SELECT id, 1, -1, 0, 0, -1, -1, '0.0.0.0/0', '' FROM groups;
DROP TABLE permissions;
ALTER TABLE new_permissions RENAME TO permissions;
CREATE INDEX permissions_by_source_group ON permissions (source_group)
  WHERE source_group IS NOT NULL;

CREATE TABLE permission_tags (
  group_id TEXT NOT NULL,
  egress INTEGER NOT NULL,
  protocol INTEGER NOT NULL,
  first_port INTEGER NOT NULL,
  last_port INTEGER NOT NULL,
  icmp_type INTEGER NOT NULL,
  icmp_code INTEGER NOT NULL,
  source TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (group_id, egress, protocol, first_port, last_port, icmp_type, icmp_code, source, key),
  FOREIGN KEY (group_id, egress, protocol, first_port, last_port, icmp_type, icmp_code, source)
    REFERENCES permissions ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
) STRICT, WITHOUT ROWID;
DELETE FROM meta WHERE key = 'inventory';
)sql",
    R"sql(
CREATE TABLE key_pairs (
  id TEXT NOT NULL PRIMARY KEY,
  owner TEXT NOT NULL REFERENCES accounts DEFERRABLE INITIALLY DEFERRED,
  name TEXT NOT NULL,
  public_key TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  created INTEGER NOT NULL,
  UNIQUE (owner, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE key_pair_tags (
  object TEXT NOT NULL REFERENCES key_pairs ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (object, key)
) STRICT, WITHOUT ROWID;

ALTER TABLE instances ADD COLUMN metadata_needs_token INTEGER NOT NULL DEFAULT 0;
ALTER TABLE instances ADD COLUMN metadata_token_hops INTEGER NOT NULL DEFAULT 1;
ALTER TABLE instances ADD COLUMN metadata_enabled INTEGER NOT NULL DEFAULT 1;
ALTER TABLE instances ADD COLUMN metadata_shows_tags INTEGER NOT NULL DEFAULT 0;

CREATE TABLE ended_instances (
  id TEXT NOT NULL PRIMARY KEY,
  written_id TEXT NOT NULL,
  owner TEXT NOT NULL REFERENCES accounts DEFERRABLE INITIALLY DEFERRED,
  attached INTEGER NOT NULL,
  ended INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ended_instances_by_owner ON ended_instances (owner);

CREATE TABLE ended_instance_attributes (
  object TEXT NOT NULL
    REFERENCES ended_instances ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (object, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE ended_instance_tags (
  object TEXT NOT NULL
    REFERENCES ended_instances ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (object, key)
) STRICT, WITHOUT ROWID;
)sql",
    // Whose an address was is remembered when that account is gone, too.
    R"sql(
CREATE TABLE returned_addresses (
  address TEXT NOT NULL PRIMARY KEY,
  owner TEXT NOT NULL,
  returned INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE forwards (
  address TEXT NOT NULL,
  protocol INTEGER NOT NULL,
  first_port INTEGER NOT NULL,
  last_port INTEGER NOT NULL,
  owner TEXT NOT NULL REFERENCES accounts DEFERRABLE INITIALLY DEFERRED,
  instance TEXT NOT NULL REFERENCES instances DEFERRABLE INITIALLY DEFERRED,
  instance_port INTEGER NOT NULL,
  PRIMARY KEY (address, protocol, first_port)
) STRICT, WITHOUT ROWID;
CREATE INDEX forwards_by_owner ON forwards (owner);
CREATE INDEX forwards_by_instance ON forwards (instance);
)sql",
    // A generated column can be added where it is virtual, and then refers to nothing: that a list
    // is there is checked when the file is read (references.cpp).
    R"sql(
CREATE TABLE prefix_lists (
  id TEXT NOT NULL PRIMARY KEY,
  owner TEXT NOT NULL REFERENCES accounts DEFERRABLE INITIALLY DEFERRED,
  name TEXT NOT NULL,
  family TEXT NOT NULL,
  max_entries INTEGER NOT NULL,
  version INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  client_token TEXT NOT NULL,
  UNIQUE (owner, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE prefix_list_entries (
  list TEXT NOT NULL REFERENCES prefix_lists ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  cidr TEXT NOT NULL,
  description TEXT NOT NULL,
  PRIMARY KEY (list, cidr)
) STRICT, WITHOUT ROWID;

CREATE TABLE prefix_list_tags (
  object TEXT NOT NULL REFERENCES prefix_lists ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (object, key)
) STRICT, WITHOUT ROWID;

ALTER TABLE addresses ADD COLUMN long_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE permissions ADD COLUMN source_prefix_list TEXT
  GENERATED ALWAYS AS (CASE WHEN source LIKE 'pl-%' THEN source END) VIRTUAL;
)sql",
    // While an instance migrates it has a second place; without a node it has none.
    R"sql(
ALTER TABLE instances ADD COLUMN destination_node TEXT;
ALTER TABLE instances ADD COLUMN destination_device TEXT NOT NULL DEFAULT '';
ALTER TABLE instances ADD COLUMN destination_seen_device TEXT NOT NULL DEFAULT '';
)sql",
};

/// Marks the file as ours (PRAGMA application_id): "nctl".
constexpr std::int64_t kApplicationId = 0x6e63746c;

Result<std::int64_t> number(Database& database, const char* sql) {
  std::int64_t value = 0;
  Statement statement(database, sql);
  auto read = statement.each([&](const Row& row) -> Result<void> {
    value = row.integer(0);
    return {};
  });
  if (!read) return read.error();
  return value;
}

}  // namespace

int schemaVersion() {
  return static_cast<int>(kMigrations.size());
}

Result<std::optional<int>> olderSchema(Database& database) {
  const auto version = number(database, "PRAGMA user_version");
  if (!version) return version.error();
  const auto application = number(database, "PRAGMA application_id");
  if (!application) return application.error();
  const bool is_older = *application == kApplicationId && *version < schemaVersion();
  return is_older ? std::optional(static_cast<int>(*version)) : std::nullopt;
}

Result<void> migrate(Database& database) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  const auto version = number(database, "PRAGMA user_version");
  if (!version) return version.error();
  const auto application = number(database, "PRAGMA application_id");
  if (!application) return application.error();
  const auto tables = number(database, "SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  if (*application != kApplicationId && (*tables > 0 || *version != 0)) {
    return Error{ErrorCode::Unsupported, "UnsupportedOperation",
                 "the state file is a database, but not netctl's; move it away, or name another "
                 "NETCTL_STATE_DIR"};
  }
  if (*version > schemaVersion()) {
    return Error{ErrorCode::Unsupported, "UnsupportedOperation",
                 fmt::format("the state file has schema version {}, and this netctld knows {} at "
                             "most; start the newer netctld that wrote it",
                             *version, schemaVersion())};
  }
  // Nothing is written where there is nothing to do: the disk may be full.
  if (*version == schemaVersion() && *application == kApplicationId) return {};
  for (auto next = *version; next < schemaVersion(); ++next) {
    if (auto done = database.execute(kMigrations.at(static_cast<std::size_t>(next))); !done) {
      return done;
    }
  }
  const auto marks = fmt::format("PRAGMA user_version = {}; PRAGMA application_id = {}",
                                 schemaVersion(), kApplicationId);
  if (auto marked = database.execute(marks.c_str()); !marked) return marked;
  return transaction->commit();
}

}  // namespace netctl::store
