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

/// What a certificate's holder may be: its OU. A client administers, a reader only looks.
enum class Kind { Cluster, Node, Client, Reader };
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

/// How long from now; absent: as long as the authority. Nothing outlives that.
using Validity = std::optional<std::chrono::seconds>;

/// A new authority that signs itself: EC P-256, ten years.
Result<KeyPair> makeAuthority();
/// Its certificate anew, for ten years from now. The name and the key stay, so all that it has
/// signed stays good.
Result<std::string> renewAuthority(const KeyPair& authority);

/// A certificate that the authority has signed, with a new key. A cluster's serves the `hosts`,
/// names or addresses of which there must be one; any other bears its holder's name.
Result<KeyPair> issue(const KeyPair& authority, const Identity& holder,
                      const std::vector<std::string>& hosts = {}, Validity validity = {});
/// Another certificate of the same holder, names and key. Without a `validity` it lasts as long as
/// the former did. Where `hosts` are given, a cluster's serves those.
Result<std::string> renew(const KeyPair& authority, std::string_view certificate,
                          const std::vector<std::string>& hosts = {}, Validity validity = {});

/// Absent where OU or CN is missing or there twice, or is not one that `issue` makes.
std::optional<Identity> identityOf(x509_st* certificate);
/// As above, of PEM.
std::optional<Identity> identityOf(std::string_view pem);

/// The number of the first certificate of this PEM, in hexadecimal as openssl(1) shows it.
Result<std::string> serialOf(std::string_view pem);

/// When the first certificate of this PEM ends (RFC 5280, 4.1.2.5); absent where there is none.
std::optional<std::chrono::system_clock::time_point> endOf(std::string_view pem);

}  // namespace netctl::pki
