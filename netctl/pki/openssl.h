#pragma once

#include "base/result.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

/// As much of OpenSSL's C interface as certificates need, with owners and errors as values.
namespace netctl::pki::openssl {

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};

using Certificate = std::unique_ptr<X509, Free<&X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Free<&EVP_PKEY_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Free<&X509_EXTENSION_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Free<&GENERAL_NAMES_free>>;
using Octets = std::unique_ptr<ASN1_OCTET_STRING, Free<&ASN1_OCTET_STRING_free>>;
using Memory = std::unique_ptr<BIO, Free<&BIO_free_all>>;

/// What OpenSSL has to say since the last call; its queue of errors is empty then.
Error lastError(std::string_view doing);

/// PEM in and out.
Result<Certificate> readCertificate(std::string_view pem);
Result<PrivateKey> readKey(std::string_view pem);
Result<std::string> write(X509* certificate);
/// PKCS #8, not encrypted.
Result<std::string> write(EVP_PKEY* key);

}  // namespace netctl::pki::openssl
