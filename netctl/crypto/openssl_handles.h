#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

/// What OpenSSL gives and wants back. Internal.
namespace netctl::crypto {

struct FreeHandle {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
template <class T>
using Handle = std::unique_ptr<T, FreeHandle>;

inline void mustBe(bool right, const char* what) {
  if (!right) throw std::runtime_error(what);
}

}  // namespace netctl::crypto
