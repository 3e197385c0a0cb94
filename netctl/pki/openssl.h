#pragma once

#include "base/result.h"
#include "netctl/pki/certificate.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
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
using Time = std::unique_ptr<ASN1_TIME, Free<&ASN1_STRING_free>>;
using Number = std::unique_ptr<BIGNUM, Free<&BN_free>>;
using Integer = std::unique_ptr<ASN1_INTEGER, Free<&ASN1_INTEGER_free>>;
using RevocationList = std::unique_ptr<X509_CRL, Free<&X509_CRL_free>>;
using Memory = std::unique_ptr<BIO, Free<&BIO_free_all>>;

/// What OpenSSL has to say since the last call; its queue of errors is empty then.
Error lastError(std::string_view doing);

/// PEM in and out.
Result<Certificate> readCertificate(std::string_view pem);
Result<PrivateKey> readKey(std::string_view pem);
Result<RevocationList> readRevocationList(std::string_view pem);
Result<std::string> write(X509* certificate);
Result<std::string> write(X509_CRL* list);
/// PKCS #8, not encrypted.
Result<std::string> write(EVP_PKEY* key);

/// In hexadecimal, as openssl(1) shows a certificate's number.
Result<std::string> hexOf(const ASN1_INTEGER* number);

/// An authority that can sign: an authority's certificate, with its own key.
struct Signer {
  Certificate certificate;
  PrivateKey key;
};
Result<Signer> readSigner(const KeyPair& authority);

}  // namespace netctl::pki::openssl
