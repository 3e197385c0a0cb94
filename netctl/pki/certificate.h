#pragma once

#include "base/result.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct x509_st;

/// Certificates of the mutual TLS between a cluster host, its node hosts and remote administrators.
namespace netctl::pki {

/// What a certificate's holder may be: its OU.
enum class Kind { Cluster, Node, Client };
std::string_view format(Kind kind);

/// Who holds a certificate: its OU and its CN.
struct Identity {
  Kind kind = Kind::Client;
  std::string name;

  bool operator==(const Identity&) const = default;
};

/// A certificate and its private key, as PEM.
struct KeyPair {
  std::string certificate;
  std::string key;
};

/// A new authority that signs itself: EC P-256, ten years.
Result<KeyPair> makeAuthority();

/// A certificate that the authority has signed, with a new key; it ends with the authority's own.
/// A cluster's serves the `hosts`, names or addresses of which there must be one; a node's and a
/// client's bear their own name.
Result<KeyPair> issue(const KeyPair& authority, const Identity& holder,
                      const std::vector<std::string>& hosts = {});

/// Absent where OU or CN is missing or there twice, or is not one that `issue` makes.
std::optional<Identity> identityOf(x509_st* certificate);
/// As above, of PEM.
std::optional<Identity> identityOf(std::string_view pem);

/// When the first certificate of this PEM ends (RFC 5280, 4.1.2.5); absent where there is none.
std::optional<std::chrono::system_clock::time_point> endOf(std::string_view pem);

}  // namespace netctl::pki
