#pragma once

#include "netctl/pki/certificate.h"

#include <filesystem>
#include <string>
#include <vector>

/// The directory STATE_DIR/pki of a cluster host, 0700: ca.crt, ca.key, and the host's own
/// host.crt and host.key, which are the defaults of NETCTL_TLS_CERT and _KEY. Every certificate
/// that is issued is a directory in it, to be copied to its holder as a whole. Keys are 0600, and
/// are never overwritten. What was revoked is in ca.crl, beside ca.crt.
namespace netctl::pki {

/// Makes the directory with a new authority, and the certificate of this cluster host for the names
/// and addresses that others reach it by. Conflict where there is one.
Result<void> makeAuthority(const std::filesystem::path& directory,
                           const std::vector<std::string>& hosts);

/// The authority's certificate and this cluster host's own, anew and with their keys. Where hosts
/// are given, the host's is for those from now on.
Result<void> renewAuthority(const std::filesystem::path& directory,
                            const std::vector<std::string>& hosts);

/// Issues a certificate to a node, a client or a reader: the directory NAME with ca.crt, and
/// host.crt and host.key for a node, client.crt and client.key for the others. Gives its path.
/// NotFound without an authority, Conflict where the name has a certificate.
Result<std::filesystem::path> issue(const std::filesystem::path& directory, const Identity& holder,
                                    Validity validity = {});

/// A certificate that is in a directory of its own.
struct Renewed {
  Identity holder;
  std::filesystem::path path;  ///< of the directory
};
/// Makes the certificate of that name anew, with its key: see `renew` of certificate.h. The former
/// one stays good until it ends. NotFound where there is none.
Result<Renewed> renew(const std::filesystem::path& directory, const std::string& name,
                      Validity validity = {});

/// Adds to ca.crl all certificates that were ever made for that name, and removes their directory:
/// the name is free. Where there is no such directory, `what` is the number of a certificate in
/// hexadecimal. Gives the numbers; those that were revoked before are among them.
Result<std::vector<std::string>> revoke(const std::filesystem::path& directory,
                                        const std::string& what);

}  // namespace netctl::pki
