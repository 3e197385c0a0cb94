#pragma once

#include "netctl/metadata/files/layout.h"

#include <string>

namespace netctl::metadata {

/// All that netctl-metadata does: takes its socket, gives up its privileges, goes into the
/// background and serves until SIGTERM or SIGINT. Gives the exit code; says on stderr why it cannot
/// serve.
int run(const Layout& layout, const std::string& user);

}  // namespace netctl::metadata
