#pragma once

#include "netctl/pki/certificate.h"

#include <filesystem>
#include <string>
#include <vector>

/// The directory STATE_DIR/pki of a cluster host, 0700: ca.crt, ca.key, and the host's own
/// host.crt and host.key, which are the defaults of NETCTL_TLS_CERT and _KEY. Every certificate
/// that is issued is a directory in it, to be copied to its holder as a whole. Keys are 0600.
/// Nothing is ever overwritten.
namespace netctl::pki {

/// Makes the directory with a new authority, and the certificate of this cluster host for the names
/// and addresses that others reach it by. Conflict where there is one.
Result<void> makeAuthority(const std::filesystem::path& directory,
                           const std::vector<std::string>& hosts);

/// Issues a certificate to a node or a client: the directory NAME with ca.crt, and host.crt and
/// host.key for a node, client.crt and client.key for a client. Gives its path. NotFound without an
/// authority, Conflict where the name has a certificate.
Result<std::filesystem::path> issue(const std::filesystem::path& directory, const Identity& holder);

}  // namespace netctl::pki
