#include "netctl/api/fresh.h"

#include "base/base64.h"
#include "netctl/crypto/random.h"

#include <string_view>

namespace netctl::api {
namespace {

/// `Length` characters of the alphabet, each equally likely.
template <std::size_t Length>
std::string randomText(std::string_view alphabet) {
  const std::size_t fair = 256 / alphabet.size() * alphabet.size();  // the rest would favour some
  std::string text;
  while (text.size() < Length) {
    for (const char drawn : crypto::randomBytes(Length)) {
      const auto byte = static_cast<unsigned char>(drawn);
      if (byte < fair && text.size() < Length) text += alphabet[byte % alphabet.size()];
    }
  }
  return text;
}

}  // namespace

Fresh drawFresh() {
  return {{randomText<12>("0123456789")},
          {"sg-" + randomText<17>("0123456789abcdef")},
          "AKI" + randomText<17>("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
          encodeBase64(crypto::randomBytes(30)),
          std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()),
          {"key-" + randomText<17>("0123456789abcdef")},
          {"pl-" + randomText<17>("0123456789abcdef")}};
}

}  // namespace netctl::api
