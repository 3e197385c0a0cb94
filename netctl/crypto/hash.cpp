#include "netctl/crypto/hash.h"

#include "base/text.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <stdexcept>

namespace netctl::crypto {
namespace {

using Digest = std::array<unsigned char, EVP_MAX_MD_SIZE>;

std::string bytesOf(const Digest& digest, unsigned size) {
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string digestOf(const EVP_MD* hash, std::string_view bytes) {
  Digest digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, hash, nullptr) != 1) {
    throw std::runtime_error("OpenSSL refuses a hash");
  }
  return bytesOf(digest, size);
}

std::string hmac(const EVP_MD* hash, std::string_view key, std::string_view bytes) {
  Digest digest{};
  unsigned size = 0;
  if (HMAC(hash, key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data(),
           &size) == nullptr) {
    throw std::runtime_error("OpenSSL refuses an HMAC");
  }
  return bytesOf(digest, size);
}

}  // namespace

std::string sha256(std::string_view bytes) {
  return digestOf(EVP_sha256(), bytes);
}

std::string sha1(std::string_view bytes) {
  return digestOf(EVP_sha1(), bytes);
}

std::string md5(std::string_view bytes) {
  return digestOf(EVP_md5(), bytes);
}

std::string colons(std::string_view digest) {
  std::string text;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    if (i > 0) text += ':';
    text += hex(digest.substr(i, 1));
  }
  return text;
}

std::string hmacSha256(std::string_view key, std::string_view bytes) {
  return hmac(EVP_sha256(), key, bytes);
}

std::string hmacSha1(std::string_view key, std::string_view bytes) {
  return hmac(EVP_sha1(), key, bytes);
}

bool equalInConstantTime(std::string_view one, std::string_view other) {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace netctl::crypto
