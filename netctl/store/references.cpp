#include "netctl/store/references.h"

#include <fmt/format.h>

namespace netctl::store {
namespace {

/// A column of a table that names a row of another one. SQLite keeps them right in each of its own
/// transactions; a damaged file, or a tool without foreign keys, does not.
struct Reference {
  const char* table;
  const char* row;  ///< the column that tells its rows apart for a reader
  const char* column;
  const char* to_table;
  const char* to_column;
};

constexpr Reference kReferences[] = {
    {"access_keys", "id", "owner", "accounts", "id"},
    {"account_limits", "name", "account", "accounts", "id"},
    {"key_pairs", "id", "owner", "accounts", "id"},
    {"key_pair_tags", "key", "object", "key_pairs", "id"},
    {"prefix_lists", "id", "owner", "accounts", "id"},
    {"prefix_list_entries", "cidr", "list", "prefix_lists", "id"},
    {"prefix_list_tags", "key", "object", "prefix_lists", "id"},
    {"groups", "id", "owner", "accounts", "id"},
    {"group_tags", "key", "object", "groups", "id"},
    {"permissions", "source", "group_id", "groups", "id"},
    {"permissions", "group_id", "source_group", "groups", "id"},
    {"permissions", "group_id", "source_prefix_list", "prefix_lists", "id"},
    {"instances", "id", "owner", "accounts", "id"},
    {"instance_tags", "key", "object", "instances", "id"},
    {"instance_groups", "position", "instance", "instances", "id"},
    {"instance_groups", "instance", "group_id", "groups", "id"},
    {"instance_attributes", "key", "instance", "instances", "id"},
    {"ended_instances", "id", "owner", "accounts", "id"},
    {"ended_instance_attributes", "key", "object", "ended_instances", "id"},
    {"ended_instance_tags", "key", "object", "ended_instances", "id"},
    {"addresses", "address", "owner", "accounts", "id"},
    {"addresses", "address", "instance", "instances", "id"},
    {"address_tags", "key", "object", "addresses", "address"},
    {"forwards", "address", "owner", "accounts", "id"},
    {"forwards", "address", "instance", "instances", "id"},
};

/// What an error tells of at most.
constexpr std::size_t kMost = 20;

}  // namespace

Result<void> checkReferences(Database& database) {
  Error error{ErrorCode::Internal, "InternalError",
              "the state file has rows that refer to nothing; put a backup back (netctl restore)"};
  for (const auto& reference : kReferences) {
    const auto query = fmt::format(
        "SELECT {1}, {2} FROM {0} WHERE {2} IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM {3} WHERE {3}.{4} = {0}.{2}) LIMIT {5}",
        reference.table, reference.row, reference.column, reference.to_table, reference.to_column,
        kMost);
    Statement statement(database, query.c_str());
    auto read = statement.each([&](const Row& found) -> Result<void> {
      if (error.faults.size() < kMost) {
        error.faults.push_back(
            {reference.table,
             fmt::format("state file: table {}, row {}: {} is {}, which is not in {}",
                         reference.table, found.text(0), reference.column, found.text(1),
                         reference.to_table)});
      }
      return {};
    });
    if (!read) return read;
  }
  if (error.faults.empty()) return {};
  error.message += ": " + error.faults.front().message;
  return error;
}

}  // namespace netctl::store
