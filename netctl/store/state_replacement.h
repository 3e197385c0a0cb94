#pragma once

#include "base/result.h"

#include <filesystem>
#include <optional>
#include <string_view>

/// State files that take the place of another one. No netctld may have the file: Busy.
namespace netctl::store {

/// Puts these bytes of a backup in place, durable and at once. What was there stays beside it,
/// under the name that this gives; absent where nothing was there.
Result<std::optional<std::filesystem::path>> replaceStateFile(const std::filesystem::path& file,
                                                              std::string_view image);

/// Puts a file without any cloud in place, from which netctld begins anew also on a host that holds
/// objects of a cloud. What was there stays beside it, as above.
Result<std::optional<std::filesystem::path>> beginAnew(const std::filesystem::path& file);

}  // namespace netctl::store
