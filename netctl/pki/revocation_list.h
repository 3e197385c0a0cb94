#pragma once

#include "base/result.h"
#include "netctl/pki/certificate.h"

#include <string>
#include <string_view>
#include <vector>

/// The certificates that an authority has signed and that count no more: a CRL (RFC 5280, 5).
namespace netctl::pki {

/// A list with these numbers, in hexadecimal, and all of the `former` one's; that may be empty. It
/// never ends: it lies beside the authority, and nobody has to fetch it. Error where the former
/// list is not the authority's.
Result<std::string> revocationList(const KeyPair& authority, std::string_view former,
                                   const std::vector<std::string>& serials);

}  // namespace netctl::pki
