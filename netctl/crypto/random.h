#pragma once

#include <cstddef>
#include <string>

/// Bytes and ids that nobody can guess, from OpenSSL's generator of secrets, which the kernel
/// seeds. All of them throw where it has no randomness.
namespace netctl::crypto {

std::string randomBytes(std::size_t count);
/// That many lower-case hexadecimal digits; an even number.
std::string randomHex(std::size_t digits);
/// RFC 4122, version 4.
std::string randomUuid();

}  // namespace netctl::crypto
