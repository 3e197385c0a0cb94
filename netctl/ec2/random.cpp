#include "netctl/ec2/random.h"

#include "netctl/crypto/hash.h"
#include "netctl/crypto/random.h"

#include <fmt/format.h>

namespace netctl::ec2 {

std::string randomHex(std::size_t digits) {
  return crypto::hex(crypto::randomBytes(digits / 2));
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
