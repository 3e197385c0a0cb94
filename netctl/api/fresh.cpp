#include "netctl/api/fresh.h"

#include "netctl/api/base64.h"

#include <openssl/rand.h>

#include <array>
#include <stdexcept>
#include <string_view>

namespace netctl::api {
namespace {

template <std::size_t Size>
std::array<unsigned char, Size> randomBytes() {
  std::array<unsigned char, Size> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(Size)) != 1) {
    throw std::runtime_error("OpenSSL has no randomness");
  }
  return bytes;
}

/// `Length` characters of the alphabet, each equally likely.
template <std::size_t Length>
std::string randomText(std::string_view alphabet) {
  const std::size_t fair = 256 / alphabet.size() * alphabet.size();  // the rest would favour some
  std::string text;
  while (text.size() < Length) {
    for (const unsigned char byte : randomBytes<Length>()) {
      if (byte < fair && text.size() < Length) text += alphabet[byte % alphabet.size()];
    }
  }
  return text;
}

}  // namespace

Fresh drawFresh() {
  const auto secret = randomBytes<30>();
  return {{randomText<12>("0123456789")},
          {"sg-" + randomText<8>("0123456789abcdef")},
          "AKI" + randomText<17>("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
          encodeBase64({reinterpret_cast<const char*>(secret.data()), secret.size()}),
          std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())};
}

}  // namespace netctl::api
