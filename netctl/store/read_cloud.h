#pragma once

#include "modes/cloud/cloud.h"
#include "netctl/store/sqlite.h"

namespace netctl::store {

/// Puts all that the tables hold into an empty cloud. A value that cannot be is an error that names
/// its row.
Result<void> readCloud(Database& database, cloud::Cloud& cloud);

}  // namespace netctl::store
