#pragma once

#include <string>
#include <vector>

namespace netctl::cli {

/// `pki init`, `node`, `client`, `reader`, `renew` and `revoke`: the certificates of the node link
/// and of remote administration. Needs no daemon. `words` come after `pki`; gives the exit code.
int runPki(const std::vector<std::string>& words);

/// What `netctl pki --help` prints; a section of docs/commands.md.
std::string helpPki();

}  // namespace netctl::cli
