#include "base/base64.h"
#include "netctl/crypto/hash.h"
#include "netctl/crypto/openssl_handles.h"
#include "netctl/crypto/random.h"
#include "netctl/crypto/ssh_key.h"
#include "netctl/crypto/ssh_wire.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <memory>

namespace netctl::crypto {
namespace {

constexpr unsigned kRsaBits = 2048;  ///< EC2's
using Ed25519Half = std::array<unsigned char, 32>;

std::string_view viewOf(const Ed25519Half& half) {
  return {reinterpret_cast<const char*>(half.data()), half.size()};
}

std::string numberOfKey(EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  mustBe(EVP_PKEY_get_bn_param(key, name, &number) == 1, "OpenSSL has lost a key's number");
  const Handle<BIGNUM> owned(number);
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
  return bytes;
}

/// SHA-1 of the private key's DER, as EC2 has it for keys that it made.
std::string madeFingerprint(EVP_PKEY* key) {
  const std::unique_ptr<PKCS8_PRIV_KEY_INFO, void (*)(PKCS8_PRIV_KEY_INFO*)> info(
      EVP_PKEY2PKCS8(key), PKCS8_PRIV_KEY_INFO_free);
  unsigned char* der = nullptr;
  const int size = i2d_PKCS8_PRIV_KEY_INFO(info.get(), &der);
  mustBe(size > 0, "OpenSSL cannot write a private key");
  const auto digest = sha1({reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
  OPENSSL_clear_free(der, static_cast<std::size_t>(size));
  return colons(digest);
}

std::string pemOf(EVP_PKEY* key) {
  const Handle<BIO> memory(BIO_new(BIO_s_secmem()));
  mustBe(memory && PEM_write_bio_PrivateKey_traditional(memory.get(), key, nullptr, nullptr, 0,
                                                        nullptr, nullptr) == 1,
         "OpenSSL cannot write a private key");
  char* text = nullptr;
  const auto size = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

NewSshKey makeRsa() {
  const Handle<EVP_PKEY> key(EVP_RSA_gen(kRsaBits));
  mustBe(key != nullptr, "OpenSSL cannot make an RSA key");
  std::string blob;
  putString(blob, "ssh-rsa");
  putNumber(blob, numberOfKey(key.get(), OSSL_PKEY_PARAM_RSA_E));
  putNumber(blob, numberOfKey(key.get(), OSSL_PKEY_PARAM_RSA_N));
  return {{SshKeyType::Rsa, "ssh-rsa " + encodeBase64(blob), madeFingerprint(key.get())},
          pemOf(key.get())};
}

/// OpenSSH's own format of a private key without a passphrase (PROTOCOL.key of its sources): the
/// only one for Ed25519 that all its versions read.
std::string opensshText(std::string_view blob, std::string_view public_half,
                        std::string_view private_half) {
  std::string secret;
  const auto check = randomBytes(4);  // twice, by which a wrong passphrase is noticed
  secret.append(check).append(check);
  putString(secret, "ssh-ed25519");
  putString(secret, public_half);
  putString(secret, std::string(private_half).append(public_half));
  putString(secret, "");  // a comment
  constexpr std::size_t kBlock = 8;
  for (char pad = 1; secret.size() % kBlock != 0; ++pad) secret += pad;
  std::string bytes("openssh-key-v1\0", 15);
  putString(bytes, "none");  // cipher
  putString(bytes, "none");  // key derivation
  putString(bytes, "");      // and its options
  putUint32(bytes, 1);       // keys
  putString(bytes, blob);
  putString(bytes, secret);
  std::string text = "-----BEGIN OPENSSH PRIVATE KEY-----\n";
  const auto encoded = encodeBase64(bytes);
  constexpr std::size_t kLine = 70;
  for (std::size_t at = 0; at < encoded.size(); at += kLine) {
    text.append(encoded, at, kLine).append("\n");
  }
  return text + "-----END OPENSSH PRIVATE KEY-----\n";
}

NewSshKey makeEd25519() {
  const Handle<EVP_PKEY> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  Ed25519Half public_half{};
  Ed25519Half private_half{};
  std::size_t size = public_half.size();
  mustBe(key && EVP_PKEY_get_raw_public_key(key.get(), public_half.data(), &size) == 1 &&
             EVP_PKEY_get_raw_private_key(key.get(), private_half.data(), &size) == 1,
         "OpenSSL cannot make an Ed25519 key");
  std::string blob;
  putString(blob, "ssh-ed25519");
  putString(blob, viewOf(public_half));
  return {{SshKeyType::Ed25519, "ssh-ed25519 " + encodeBase64(blob), encodeBase64(sha256(blob))},
          opensshText(blob, viewOf(public_half), viewOf(private_half))};
}

}  // namespace

NewSshKey makeSshKey(SshKeyType type) {
  return type == SshKeyType::Rsa ? makeRsa() : makeEd25519();
}

}  // namespace netctl::crypto
