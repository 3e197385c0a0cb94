#include "netctl/metadata/tokens.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <stdexcept>

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

Tokens::Tokens() : key_(kKeySize, '\0') {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes.
  if (RAND_bytes(reinterpret_cast<unsigned char*>(key_.data()), kKeySize) != 1)
    throw std::runtime_error("OpenSSL has no randomness");
}

std::string Tokens::sign(std::string_view holder, std::string_view until) const {
  const auto text = fmt::format("{}\n{}", until, holder);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are bytes.
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), bytes, text.size(),
           digest.data(), &size) == nullptr) {
    throw std::runtime_error("OpenSSL cannot make an HMAC");
  }
  std::string signature;
  for (unsigned i = 0; i < size; ++i) signature += fmt::format("{:02x}", digest.at(i));
  return signature;
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
  // What is signed is ours: it is a time as we write it, and such texts are ordered as the times.
  return given.size() == signature.size() &&
         CRYPTO_memcmp(given.data(), signature.data(), signature.size()) == 0 &&
         textOf(now) < until;
}

}  // namespace netctl::metadata
