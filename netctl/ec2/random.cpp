#include "netctl/ec2/random.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <stdexcept>
#include <vector>

namespace netctl::ec2 {

std::string randomHex(std::size_t digits) {
  std::vector<unsigned char> bytes(digits / 2);
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    throw std::runtime_error("OpenSSL has no randomness");
  }
  return fmt::format("{:02x}", fmt::join(bytes, ""));
}

std::string randomUuid() {
  auto digits = randomHex(32);
  digits[12] = '4';
  // The two highest bits are the variant's.
  digits[16] = "89ab"[static_cast<unsigned char>(digits[16]) % 4];
  return fmt::format("{}-{}-{}-{}-{}", digits.substr(0, 8), digits.substr(8, 4),
                     digits.substr(12, 4), digits.substr(16, 4), digits.substr(20));
}

}  // namespace netctl::ec2
