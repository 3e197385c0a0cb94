#include "netctl/crypto/ssh_key.h"

#include "base/base64.h"
#include "base/text.h"
#include "netctl/crypto/hash.h"
#include "netctl/crypto/openssl_handles.h"
#include "netctl/crypto/ssh_wire.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>

namespace netctl::crypto {
namespace {

constexpr std::string_view kRsa = "ssh-rsa";
constexpr std::string_view kEd25519 = "ssh-ed25519";
constexpr std::size_t kEd25519Size = 32;  ///< RFC 8032
constexpr int kFewestBits = 1024;
constexpr int kMostBits = 16384;  ///< OpenSSH's own limit
/// What can be asked of a public exponent: any longer one only costs those who check signatures.
constexpr int kMostExponentBits = 64;

Error wrongKey(std::string_view what) {
  return {ErrorCode::InvalidArgument, "InvalidKey.Format",
          fmt::format("Key is not in valid OpenSSH public key format: {}; write a line as "
                      "`ssh-ed25519 AAAA...` or `ssh-rsa AAAA...`",
                      what)};
}

Handle<BIGNUM> numberOf(std::string_view bytes) {
  Handle<BIGNUM> number(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                                  static_cast<int>(bytes.size()), nullptr));
  mustBe(number != nullptr, "OpenSSL has no memory for a number");
  return number;
}

Handle<EVP_PKEY> rsaKey(const BIGNUM* modulus, const BIGNUM* exponent) {
  const std::unique_ptr<OSSL_PARAM_BLD, void (*)(OSSL_PARAM_BLD*)> builder(OSSL_PARAM_BLD_new(),
                                                                           OSSL_PARAM_BLD_free);
  mustBe(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
             OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent) == 1,
         "OpenSSL refuses the numbers of a key");
  const std::unique_ptr<OSSL_PARAM, void (*)(OSSL_PARAM*)> parameters(
      OSSL_PARAM_BLD_to_param(builder.get()), OSSL_PARAM_free);
  const std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr), EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  mustBe(EVP_PKEY_fromdata_init(context.get()) == 1 &&
             EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) == 1,
         "OpenSSL refuses a public key");
  return Handle<EVP_PKEY>(key);
}

/// MD5 of the public key's DER, as EC2 has it for keys that were imported.
std::string importedFingerprint(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  mustBe(size > 0, "OpenSSL cannot write a public key");
  const std::string bytes(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return colons(md5(bytes));
}

Result<std::string> rsaFingerprint(std::string_view blob) {
  const auto exponent = takeNumber(blob);
  const auto modulus = takeNumber(blob);
  if (!exponent || !modulus || !blob.empty()) return wrongKey("it is not whole");
  const auto e = numberOf(*exponent);
  const auto n = numberOf(*modulus);
  const int bits = BN_num_bits(n.get());
  if (bits < kFewestBits || bits > kMostBits) {
    return wrongKey(
        fmt::format("it has {} bits, and {} to {} are right", bits, kFewestBits, kMostBits));
  }
  const bool right = BN_is_odd(n.get()) == 1 && BN_is_odd(e.get()) == 1 &&
                     BN_is_one(e.get()) == 0 && BN_num_bits(e.get()) <= kMostExponentBits;
  if (!right) return wrongKey("its numbers are not those of an RSA key");
  return importedFingerprint(rsaKey(n.get(), e.get()).get());
}

/// Takes the first word off, and the blanks around it.
std::string_view takeWord(std::string_view& text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  const auto word = text.substr(0, text.find_first_of(kBlanks));
  text.remove_prefix(word.size());
  return word;
}

}  // namespace

std::string_view format(SshKeyType type) {
  return type == SshKeyType::Rsa ? "rsa" : "ed25519";
}

Result<SshPublicKey> readSshPublicKey(std::string_view text) {
  const auto type = takeWord(text);
  const auto encoded = takeWord(text);
  if (type != kRsa && type != kEd25519) {
    return wrongKey(fmt::format("it begins with {}", type.empty() ? "nothing" : quote(type)));
  }
  // A second line would be a second key, or anything else that authorized_keys may hold.
  const auto end = text.find_last_not_of("\r\n");
  if (text.substr(0, end == std::string_view::npos ? 0 : end).find_first_of("\r\n") !=
      std::string_view::npos) {
    return wrongKey("it has several lines");
  }
  const auto decoded = decodeBase64(encoded);
  if (!decoded) return wrongKey("its second word is not base64");
  std::string_view blob(*decoded);
  if (takeString(blob) != type) return wrongKey("its second word is a key of another type");
  const auto line = fmt::format("{} {}", type, encoded);
  if (type == kRsa) {
    auto fingerprint = rsaFingerprint(blob);
    if (!fingerprint) return fingerprint.error();
    return SshPublicKey{SshKeyType::Rsa, line, *std::move(fingerprint)};
  }
  const auto point = takeString(blob);
  if (!point || point->size() != kEd25519Size || !blob.empty()) return wrongKey("it is not whole");
  return SshPublicKey{SshKeyType::Ed25519, line, encodeBase64(sha256(*decoded))};
}

SshKeyType typeOfSshKey(std::string_view line) {
  return line.starts_with(kRsa) ? SshKeyType::Rsa : SshKeyType::Ed25519;
}

}  // namespace netctl::crypto
