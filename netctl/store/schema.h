#pragma once

#include "netctl/store/sqlite.h"

#include <optional>

namespace netctl::store {

/// The schema that this program reads and writes.
int schemaVersion();

/// The version of a file that is older than this netctld's; absent where it is of today, empty, or
/// not for us.
Result<std::optional<int>> olderSchema(Database& database);

/// Brings a new or older file to this schema, in one transaction. Refused: a newer one, and a file
/// that is not ours.
Result<void> migrate(Database& database);

}  // namespace netctl::store
