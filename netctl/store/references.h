#pragma once

#include "netctl/store/sqlite.h"

namespace netctl::store {

/// An error that names each row that refers to a row that is not there: table, row, column, value.
Result<void> checkReferences(Database& database);

}  // namespace netctl::store
