#include "netctl/pki/revocation_list.h"

#include "netctl/pki/openssl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace netctl::pki {
namespace {

using ::testing::HasSubstr;

class Revocations : public ::testing::Test {
 protected:
  /// Whether the list names that certificate.
  static bool names(const std::string& list, const KeyPair& holder) {
    const auto read = openssl::readRevocationList(list).value();
    const auto certificate = openssl::readCertificate(holder.certificate).value();
    X509_REVOKED* entry = nullptr;
    return X509_CRL_get0_by_cert(read.get(), &entry, certificate.get()) == 1;
  }
  static std::int64_t numberOf(const std::string& list) {
    const auto read = openssl::readRevocationList(list).value();
    const openssl::Integer number(static_cast<ASN1_INTEGER*>(
        X509_CRL_get_ext_d2i(read.get(), NID_crl_number, nullptr, nullptr)));
    std::int64_t value = 0;
    EXPECT_EQ(ASN1_INTEGER_get_int64(&value, number.get()), 1);
    return value;
  }

  KeyPair authority_ = makeAuthority().value();
  KeyPair alice_ = issue(authority_, {Kind::Client, "alice"}).value();
  KeyPair bob_ = issue(authority_, {Kind::Client, "bob"}).value();
};

TEST_F(Revocations, NameWhatWasAskedForAndWhatWasThereBefore) {
  const auto first = revocationList(authority_, "", {*serialOf(alice_.certificate)}).value();
  EXPECT_TRUE(names(first, alice_));
  EXPECT_FALSE(names(first, bob_));
  const auto second = revocationList(authority_, first, {*serialOf(bob_.certificate)}).value();
  EXPECT_TRUE(names(second, alice_));
  EXPECT_TRUE(names(second, bob_));
  EXPECT_EQ(numberOf(first), 1);
  EXPECT_EQ(numberOf(second), 2);
}

TEST_F(Revocations, NameACertificateOnce) {
  const auto serial = *serialOf(alice_.certificate);
  const auto first = revocationList(authority_, "", {serial, serial}).value();
  const auto second = revocationList(authority_, first, {serial}).value();
  const auto read = openssl::readRevocationList(second).value();
  EXPECT_EQ(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(read.get())), 1);
}

TEST_F(Revocations, AreTheAuthoritysOwn) {
  const auto other = makeAuthority().value();
  const auto list = revocationList(other, "", {}).value();
  EXPECT_FALSE(revocationList(authority_, list, {}));
  EXPECT_FALSE(revocationList(authority_, "noise", {}));
  EXPECT_FALSE(revocationList(alice_, "", {})) << "it is not an authority";
  const auto wrong = revocationList(authority_, "", {"12xy"});
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("12xy"));
}

}  // namespace
}  // namespace netctl::pki
