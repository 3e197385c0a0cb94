#pragma once

#include <string>

/// Ids that nobody can guess, from OpenSSL's generator. Both throw where it has no randomness.
namespace netctl::ec2 {

/// RFC 4122, version 4.
std::string randomUuid();
/// That many lower-case hexadecimal digits; an even number.
std::string randomHex(std::size_t digits);

}  // namespace netctl::ec2
