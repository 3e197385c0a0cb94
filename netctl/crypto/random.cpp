#include "netctl/crypto/random.h"

#include <openssl/rand.h>

#include <stdexcept>

namespace netctl::crypto {

std::string randomBytes(std::size_t count) {
  std::string bytes(count, '\0');
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes.
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1) {
    throw std::runtime_error("OpenSSL has no randomness");
  }
  return bytes;
}

}  // namespace netctl::crypto
