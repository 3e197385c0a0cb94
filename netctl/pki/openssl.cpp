#include "netctl/pki/openssl.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <array>

namespace netctl::pki::openssl {
namespace {

Memory memoryOf(std::string_view text) {
  return Memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string textOf(BIO* memory) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(memory, &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

Error lastError(std::string_view doing) {
  std::string why;
  while (const auto code = ERR_get_error()) {
    std::array<char, 256> text{};
    ERR_error_string_n(code, text.data(), text.size());
    if (!why.empty()) why += "; ";
    why += text.data();
  }
  return {ErrorCode::Internal, "InternalError", fmt::format("{} failed: {}", doing, why)};
}

Result<Certificate> readCertificate(std::string_view pem) {
  const auto memory = memoryOf(pem);
  Certificate certificate(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr));
  if (!certificate) return lastError("reading a certificate");
  return certificate;
}

Result<PrivateKey> readKey(std::string_view pem) {
  const auto memory = memoryOf(pem);
  // An empty passphrase in place of a question at the terminal.
  static constexpr auto kNoPassphrase = [](char*, int, int, void*) { return 0; };
  PrivateKey key(PEM_read_bio_PrivateKey(memory.get(), nullptr, kNoPassphrase, nullptr));
  if (!key) return lastError("reading a private key");
  return key;
}

Result<RevocationList> readRevocationList(std::string_view pem) {
  const auto memory = memoryOf(pem);
  RevocationList list(PEM_read_bio_X509_CRL(memory.get(), nullptr, nullptr, nullptr));
  if (!list) return lastError("reading a list of revoked certificates");
  return list;
}

Result<std::string> write(X509* certificate) {
  const Memory memory(BIO_new(BIO_s_mem()));
  if (!memory || PEM_write_bio_X509(memory.get(), certificate) != 1) {
    return lastError("writing a certificate");
  }
  return textOf(memory.get());
}

Result<std::string> write(X509_CRL* list) {
  const Memory memory(BIO_new(BIO_s_mem()));
  if (!memory || PEM_write_bio_X509_CRL(memory.get(), list) != 1) {
    return lastError("writing a list of revoked certificates");
  }
  return textOf(memory.get());
}

Result<std::string> write(EVP_PKEY* key) {
  const Memory memory(BIO_new(BIO_s_secmem()));
  if (!memory ||
      PEM_write_bio_PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return lastError("writing a private key");
  }
  return textOf(memory.get());
}

Result<std::string> hexOf(const ASN1_INTEGER* number) {
  const Number value(ASN1_INTEGER_to_BN(number, nullptr));
  char* const text = value ? BN_bn2hex(value.get()) : nullptr;
  if (text == nullptr) return lastError("writing a certificate's number");
  std::string shown = text;
  OPENSSL_free(text);
  return shown;
}

Result<Signer> readSigner(const KeyPair& authority) {
  auto certificate = readCertificate(authority.certificate);
  if (!certificate) return certificate.error();
  if (X509_check_ca(certificate->get()) != 1) {
    return Error{ErrorCode::InvalidArgument, "InvalidParameterValue",
                 "the certificate is not an authority's"};
  }
  auto key = readKey(authority.key);
  if (!key) return key.error();
  if (X509_check_private_key(certificate->get(), key->get()) != 1) {
    return lastError("finding the authority's key to be that of its certificate");
  }
  return Signer{*std::move(certificate), *std::move(key)};
}

}  // namespace netctl::pki::openssl
