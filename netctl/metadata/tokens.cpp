#include "netctl/metadata/tokens.h"

#include "base/text.h"
#include "netctl/crypto/hash.h"
#include "netctl/crypto/random.h"

#include <fmt/format.h>

#include <cstdint>

namespace netctl::metadata {
namespace {

constexpr std::size_t kKeySize = 32;
/// Seconds since 1970, in as many hexadecimal digits.
constexpr std::size_t kTimeSize = 16;

std::string textOf(Tokens::Time time) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch());
  return fmt::format("{:016x}", static_cast<std::uint64_t>(seconds.count()));
}

}  // namespace

Tokens::Tokens() : key_(crypto::randomBytes(kKeySize)) {}

std::string Tokens::sign(std::string_view holder, std::string_view until) const {
  return hex(crypto::hmacSha256(key_, fmt::format("{}\n{}", until, holder)));
}

std::string Tokens::make(std::string_view holder, Time until) const {
  const auto time = textOf(until);
  return time + sign(holder, time);
}

bool Tokens::isGood(std::string_view token, std::string_view holder, Time now) const {
  if (token.size() < kTimeSize) return false;
  const auto until = token.substr(0, kTimeSize);
  const auto signature = sign(holder, until);
  const auto given = token.substr(kTimeSize);
  // The signed text is ours: a time as we write it, and such texts are ordered as the times.
  return crypto::equalInConstantTime(given, signature) && textOf(now) < until;
}

}  // namespace netctl::metadata
