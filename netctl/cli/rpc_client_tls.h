#pragma once

#include "netctl/cli/rpc_client.h"

namespace netctl::cli {

/// As `call`, of a daemon on another machine: by TLS, which is slow to compile.
Result<Answer> callByTls(const std::string& url, const pki::TlsFiles& files,
                         const std::string& request);

}  // namespace netctl::cli
