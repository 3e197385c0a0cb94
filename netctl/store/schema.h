#pragma once

#include "netctl/store/sqlite.h"

namespace netctl::store {

/// The schema that this program reads and writes.
int schemaVersion();

/// Brings a new or older file to this schema, in one transaction. Refused: a newer one, and a file
/// that is not ours.
Result<void> migrate(Database& database);

}  // namespace netctl::store
