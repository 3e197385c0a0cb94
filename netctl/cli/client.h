#pragma once

#include "modes/result.h"

#include <boost/json/value.hpp>

#include <filesystem>
#include <string_view>

namespace netctl::cli {

/// What the daemon answered to a call: a result, or an error of JSON-RPC (`code`, `message`,
/// `data`).
struct Answer {
  boost::json::value value;
  bool is_error = false;
};

/// Calls one method of the daemon behind a Unix socket and waits for the answer.
/// An Error means that there is no daemon, or nothing that speaks JSON-RPC.
Result<Answer> call(const std::filesystem::path& socket, std::string_view method,
                    const boost::json::value& parameters);

}  // namespace netctl::cli
