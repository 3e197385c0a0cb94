#include "netctl/pki/certificate.h"

#include "netctl/pki/openssl.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/x509_vfy.h>

#include <chrono>

namespace netctl::pki {
namespace {

using ::testing::HasSubstr;

/// Empty where OpenSSL accepts the certificate, else why not.
std::string verify(const std::string& certificate, const std::string& authority, int purpose) {
  const auto leaf = openssl::readCertificate(certificate).value();
  const auto root = openssl::readCertificate(authority).value();
  using Store = std::unique_ptr<X509_STORE, openssl::Free<&X509_STORE_free>>;
  using Context = std::unique_ptr<X509_STORE_CTX, openssl::Free<&X509_STORE_CTX_free>>;
  const Store store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), root.get());
  X509_STORE_set_purpose(store.get(), purpose);
  X509_STORE_set_flags(store.get(), X509_V_FLAG_X509_STRICT);
  const Context context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), leaf.get(), nullptr);
  if (X509_verify_cert(context.get()) == 1) return {};
  return X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()));
}

constexpr std::chrono::hours kMonth{30 * 24};
constexpr double kMonthSeconds = 30 * 24 * 3600;

double secondsLeft(const std::string& certificate) {
  return std::chrono::duration<double>(endOf(certificate).value() -
                                       std::chrono::system_clock::now())
      .count();
}

class Certificates : public ::testing::Test {
 protected:
  KeyPair authority_ = makeAuthority().value();
};

TEST_F(Certificates, AreValidForTheirPurposeOnly) {
  const auto node = issue(authority_, {Kind::Node, "n1"}).value();
  const auto cluster = issue(authority_, {Kind::Cluster, "cluster"}, {"cloud.example.org"}).value();
  const auto& root = authority_.certificate;
  EXPECT_EQ(verify(node.certificate, root, X509_PURPOSE_SSL_CLIENT), "");
  EXPECT_NE(verify(node.certificate, root, X509_PURPOSE_SSL_SERVER), "");
  EXPECT_EQ(verify(cluster.certificate, root, X509_PURPOSE_SSL_SERVER), "");
  EXPECT_NE(verify(cluster.certificate, root, X509_PURPOSE_SSL_CLIENT), "");
  EXPECT_NE(verify(node.certificate, makeAuthority()->certificate, X509_PURPOSE_SSL_CLIENT), "");
}

TEST_F(Certificates, CannotSignOthers) {
  const auto node = issue(authority_, {Kind::Node, "n1"}).value();
  const auto forged = issue(node, {Kind::Client, "mallory"});
  ASSERT_FALSE(forged);
  EXPECT_THAT(forged.error().message, HasSubstr("not an authority"));
  const auto leaf = openssl::readCertificate(node.certificate).value();
  EXPECT_EQ(X509_check_ca(leaf.get()), 0);
}

TEST_F(Certificates, NameTheirHolder) {
  const auto holder = Identity{Kind::Node, "rack-1.n_7"};
  EXPECT_EQ(identityOf(issue(authority_, holder)->certificate), holder);
  EXPECT_EQ(identityOf(authority_.certificate), std::nullopt);
  EXPECT_EQ(identityOf("noise"), std::nullopt);
}

TEST_F(Certificates, TellReadersFromClients) {
  const auto holder = Identity{Kind::Reader, "rita"};
  EXPECT_EQ(identityOf(issue(authority_, holder)->certificate), holder);
}

TEST_F(Certificates, LastNoLongerThanAsked) {
  const auto in_all = endOf(authority_.certificate).value();
  EXPECT_EQ(endOf(issue(authority_, {Kind::Node, "n1"})->certificate), in_all);
  const auto month = issue(authority_, {Kind::Node, "n1"}, {}, kMonth).value();
  EXPECT_NEAR(secondsLeft(month.certificate), kMonthSeconds, 60);
  const auto century = issue(authority_, {Kind::Node, "n1"}, {}, std::chrono::years(100)).value();
  EXPECT_EQ(endOf(century.certificate), in_all);
}

TEST_F(Certificates, AreRenewedWithTheirKeyNamesAndTime) {
  const auto month =
      issue(authority_, {Kind::Cluster, "cluster"}, {"cloud.example.org", "192.0.2.1"}, kMonth)
          .value();
  const auto again = renew(authority_, month.certificate).value();
  const auto former = openssl::readCertificate(month.certificate).value();
  const auto certificate = openssl::readCertificate(again).value();
  EXPECT_NE(serialOf(again).value(), serialOf(month.certificate).value());
  EXPECT_EQ(identityOf(again), (Identity{Kind::Cluster, "cluster"}));
  EXPECT_EQ(EVP_PKEY_eq(X509_get0_pubkey(former.get()), X509_get0_pubkey(certificate.get())), 1);
  EXPECT_EQ(X509_check_host(certificate.get(), "cloud.example.org", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_ip_asc(certificate.get(), "192.0.2.1", 0), 1);
  EXPECT_EQ(verify(again, authority_.certificate, X509_PURPOSE_SSL_SERVER), "");
  EXPECT_NEAR(secondsLeft(again), kMonthSeconds, 60);
  const auto elsewhere = renew(authority_, again, {"other.example.org"}, 2 * kMonth).value();
  const auto moved = openssl::readCertificate(elsewhere).value();
  EXPECT_EQ(X509_check_host(moved.get(), "cloud.example.org", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_host(moved.get(), "other.example.org", 0, 0, nullptr), 1);
  EXPECT_NEAR(secondsLeft(elsewhere), 2 * kMonthSeconds, 60);
  EXPECT_FALSE(renew(authority_, authority_.certificate)) << "it is not a holder's";
}

TEST_F(Certificates, StayGoodWhenTheirAuthorityIsRenewed) {
  const auto node = issue(authority_, {Kind::Node, "n1"}).value();
  const auto renewed = renewAuthority(authority_).value();
  EXPECT_NE(renewed, authority_.certificate);
  EXPECT_EQ(verify(node.certificate, renewed, X509_PURPOSE_SSL_CLIENT), "");
  const auto later = issue({renewed, authority_.key}, {Kind::Node, "n2"}).value();
  EXPECT_EQ(verify(later.certificate, authority_.certificate, X509_PURPOSE_SSL_CLIENT), "")
      << "a node that has not got the renewed authority yet";
  EXPECT_FALSE(renewAuthority({authority_.certificate, makeAuthority()->key}));
}

TEST_F(Certificates, ServeNamesAndAddresses) {
  const auto pair = issue(authority_, {Kind::Cluster, "cluster"},
                          {"cloud.example.org", "192.0.2.1", "2001:db8::1"});
  const auto certificate = openssl::readCertificate(pair->certificate).value();
  auto* const raw = certificate.get();
  EXPECT_EQ(X509_check_host(raw, "cloud.example.org", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(raw, "other.example.org", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ip_asc(raw, "192.0.2.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(raw, "2001:db8::1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(raw, "192.0.2.2", 0), 0);
}

TEST_F(Certificates, RefuseWrongNames) {
  for (const auto* name : {"", "..", "a/b", "a b", "a,OU=client", "-a", "n\n1"}) {
    const auto issued = issue(authority_, {Kind::Client, name});
    ASSERT_FALSE(issued) << name;
    EXPECT_EQ(issued.error().code, ErrorCode::InvalidArgument);
  }
  EXPECT_FALSE(issue(authority_, {Kind::Client, std::string(64, 'a')}));
  EXPECT_TRUE(issue(authority_, {Kind::Client, std::string(63, 'a')}));
  EXPECT_FALSE(issue(authority_, {Kind::Cluster, "cluster"}, {}));
  const auto wrong = issue(authority_, {Kind::Cluster, "cluster"}, {"cloud,IP:192.0.2.1"});
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error().message, HasSubstr("cloud,IP"));
}

TEST_F(Certificates, NeedTheAuthoritysOwnKey) {
  const KeyPair mixed{authority_.certificate, makeAuthority()->key};
  EXPECT_FALSE(issue(mixed, {Kind::Node, "n1"}));
  EXPECT_FALSE(issue({"noise", authority_.key}, {Kind::Node, "n1"}));
  EXPECT_FALSE(issue({authority_.certificate, "noise"}, {Kind::Node, "n1"}));
}

TEST_F(Certificates, NeverShareANumberOrAKey) {
  const auto one = issue(authority_, {Kind::Node, "n1"}).value();
  const auto two = issue(authority_, {Kind::Node, "n1"}).value();
  EXPECT_NE(one.key, two.key);
  const auto a = openssl::readCertificate(one.certificate).value();
  const auto b = openssl::readCertificate(two.certificate).value();
  EXPECT_NE(ASN1_INTEGER_cmp(X509_get0_serialNumber(a.get()), X509_get0_serialNumber(b.get())), 0);
}

}  // namespace
}  // namespace netctl::pki
