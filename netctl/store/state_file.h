#pragma once

#include "base/result.h"

#include <filesystem>

namespace netctl::store {

/// Makes the file (0600) and its directory (0700) where they are not there, and the new names
/// durable. A file that others may read is closed to them; a directory that is there is left as it
/// is.
Result<void> prepareStateFile(const std::filesystem::path& file);

}  // namespace netctl::store
