#include "netctl/crypto/random.h"

#include "base/text.h"

#include <fmt/format.h>
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

std::string randomHex(std::size_t digits) {
  return hex(randomBytes(digits / 2));
}

std::string randomUuid() {
  auto digits = randomHex(32);
  digits[12] = '4';
  // The two highest bits are the variant's.
  digits[16] = "89ab"[static_cast<unsigned char>(digits[16]) % 4];
  return fmt::format("{}-{}-{}-{}-{}", digits.substr(0, 8), digits.substr(8, 4),
                     digits.substr(12, 4), digits.substr(16, 4), digits.substr(20));
}

}  // namespace netctl::crypto
