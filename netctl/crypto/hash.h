#pragma once

#include <string>
#include <string_view>

/// OpenSSL's hashes on strings of bytes. They throw where OpenSSL refuses.
namespace netctl::crypto {

std::string sha256(std::string_view bytes);
/// These two for fingerprints that others compare, and for nothing that has to be safe.
std::string sha1(std::string_view bytes);
std::string md5(std::string_view bytes);
/// The bytes of a digest as people compare them: `0a:1b:...`.
std::string colons(std::string_view digest);
std::string hmacSha256(std::string_view key, std::string_view bytes);
std::string hmacSha1(std::string_view key, std::string_view bytes);
/// In a time that tells nothing but the sizes: for signatures that somebody may try to guess.
bool equalInConstantTime(std::string_view one, std::string_view other);

}  // namespace netctl::crypto
