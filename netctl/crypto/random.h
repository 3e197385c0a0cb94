#pragma once

#include <cstddef>
#include <string>

namespace netctl::crypto {

/// Bytes that nobody can guess: from OpenSSL's generator of secrets, which the kernel seeds. Throws
/// where it has no randomness.
std::string randomBytes(std::size_t count);

}  // namespace netctl::crypto
