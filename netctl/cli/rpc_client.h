#pragma once

#include "base/result.h"
#include "netctl/pki/tls.h"

#include <boost/json/value.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace netctl::cli {

/// Where a daemon is: behind a Unix socket, or, where `url` is not empty, on another machine.
struct Target {
  std::filesystem::path socket;
  std::string url = {};  ///< `https://HOST:PORT`
  pki::TlsFiles tls = {};
};

/// What the daemon answered to a call: a result, or an error of JSON-RPC (`code`, `message`,
/// `data`).
struct Answer {
  boost::json::value value;
  bool is_error = false;
};

/// Calls one method of the daemon and waits for the answer.
/// An Error means that there is no daemon, or nothing that speaks JSON-RPC.
Result<Answer> call(const Target& target, std::string_view method,
                    const boost::json::value& parameters);

}  // namespace netctl::cli
