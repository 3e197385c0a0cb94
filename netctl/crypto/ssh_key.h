#pragma once

#include "base/result.h"

#include <string>
#include <string_view>

/// Keys by which people log in over SSH: made, and read from what somebody imports. Fingerprints
/// are EC2's ("Verify the fingerprint of your key pair", EC2 user guide).
namespace netctl::crypto {

enum class SshKeyType { Rsa, Ed25519 };
/// As EC2 calls it: `rsa`, `ed25519`.
std::string_view format(SshKeyType type);

struct SshPublicKey {
  SshKeyType type = SshKeyType::Rsa;
  std::string line;         ///< of authorized_keys, without a comment: `ssh-ed25519 AAAA...`
  std::string fingerprint;  ///< RSA: MD5 of the public key's DER; Ed25519: SHA-256, in base64
};

/// A line of OpenSSH's authorized_keys without options; what follows the key is a comment. RSA of
/// 1024 to 16384 bits, or Ed25519. InvalidKey.Format with what is wrong.
Result<SshPublicKey> readSshPublicKey(std::string_view text);
/// The type of a line that this header's functions gave.
SshKeyType typeOfSshKey(std::string_view line);

struct NewSshKey {
  SshPublicKey public_key;  ///< RSA: its fingerprint is the SHA-1 of the private key's DER (PKCS#8)
  std::string private_key;  ///< PEM, which ssh reads: PKCS#1 for RSA, OpenSSH's own for Ed25519
};

/// RSA has 2048 bits, and takes some tenths of a second. Throws where OpenSSL refuses.
NewSshKey makeSshKey(SshKeyType type);

}  // namespace netctl::crypto
