#include "netctl/pki/certificate.h"

#include "netctl/config/problem.h"
#include "netctl/config/values.h"
#include "netctl/pki/openssl.h"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <functional>

namespace netctl::pki {
namespace {

using openssl::lastError;

constexpr long kDay = 24L * 3600L;
constexpr long kValidity = 3652 * kDay;  // ten years
constexpr std::size_t kLongestName = 63;

Error wrong(std::string message) {
  return {ErrorCode::InvalidArgument, "InvalidParameterValue", std::move(message)};
}

Result<openssl::PrivateKey> makeKey() {
  openssl::PrivateKey key(EVP_EC_gen("P-256"));
  if (!key) return lastError("making a key");
  return key;
}

/// 127 random bits, so that two certificates never have one number.
bool setSerial(X509* certificate) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), bytes.size()) != 1) return false;
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7fU) | 0x40U);
  const openssl::Number number(BN_bin2bn(bytes.data(), bytes.size(), nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool addToName(X509_NAME* name, const char* field, std::string_view value) {
  return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(value.data()),
                                    static_cast<int>(value.size()), -1, 0) == 1;
}

bool addExtension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const openssl::Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

/// The bytes of an IPv4 or IPv6 address; null where the text is not an address.
openssl::Octets addressOf(const std::string& host) {
  return openssl::Octets(a2i_IPADDRESS(host.c_str()));
}

/// By structure and not by OpenSSL's syntax of values, in which a comma would part two names.
bool addHosts(X509* certificate, const std::vector<std::string>& hosts) {
  const openssl::Names names(GENERAL_NAMES_new());
  if (!names) return false;
  for (const auto& host : hosts) {
    GENERAL_NAME* name = GENERAL_NAME_new();
    if (name == nullptr || sk_GENERAL_NAME_push(names.get(), name) == 0) {
      GENERAL_NAME_free(name);
      return false;
    }
    if (auto address = addressOf(host)) {
      GENERAL_NAME_set0_value(name, GEN_IPADD, address.release());
      continue;
    }
    ASN1_IA5STRING* text = ASN1_IA5STRING_new();
    if (text == nullptr || ASN1_STRING_set(text, host.data(), static_cast<int>(host.size())) != 1) {
      ASN1_IA5STRING_free(text);
      return false;
    }
    GENERAL_NAME_set0_value(name, GEN_DNS, text);
  }
  return X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, 0) == 1;
}

bool copyHosts(X509* certificate, const X509* former) {
  const int at = X509_get_ext_by_NID(former, NID_subject_alt_name, -1);
  return at >= 0 && X509_add_ext(certificate, X509_get_ext(former, at), -1) == 1;
}

/// What all certificates have: version, number, time, key. The clocks of other hosts may be late.
bool begin(X509* certificate, EVP_PKEY* key) {
  return X509_set_version(certificate, X509_VERSION_3) == 1 && setSerial(certificate) &&
         X509_gmtime_adj(X509_getm_notBefore(certificate), -kDay) != nullptr &&
         X509_set_pubkey(certificate, key) == 1;
}

/// When it ends: with its issuer, or earlier.
bool setEnd(X509* certificate, const X509* issuer, Validity validity) {
  const auto* const last = X509_get0_notAfter(issuer);
  if (X509_set1_notAfter(certificate, last) != 1) return false;
  if (!validity) return true;
  const openssl::Time asked(X509_gmtime_adj(nullptr, static_cast<long>(validity->count())));
  if (!asked) return false;
  return ASN1_TIME_compare(asked.get(), last) >= 0 ||
         X509_set1_notAfter(certificate, asked.get()) == 1;
}

/// How long a certificate is good in all, but for the day that `begin` adds before it.
Validity validityOf(const X509* certificate) {
  int days = 0;
  int seconds = 0;
  if (ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(certificate),
                     X509_get0_notAfter(certificate)) != 1) {
    return {};
  }
  return std::chrono::seconds(days * kDay + seconds - kDay);
}

Result<std::string> sign(X509* certificate, EVP_PKEY* signer) {
  if (X509_sign(certificate, signer, EVP_sha256()) == 0) return lastError("signing a certificate");
  return openssl::write(certificate);
}

Result<void> check(const Identity& holder, const std::vector<std::string>& hosts) {
  if (!config::parseName(holder.name, kLongestName)) {
    return wrong(
        fmt::format("'{}' cannot be the name in a certificate; it must be letters, digits, "
                    "'.', '-' and '_', begun by a letter or digit, at most {}",
                    printable(holder.name), kLongestName));
  }
  if (holder.kind == Kind::Cluster && hosts.empty()) {
    return wrong(
        "a cluster host's certificate needs a host name or address that nodes reach it by");
  }
  for (const auto& host : hosts) {
    if (!config::parseDomainName(host) && !addressOf(host)) {
      return wrong(fmt::format("'{}' is neither a host name nor an address", printable(host)));
    }
  }
  return {};
}

/// The one value of a name's field.
std::optional<std::string> fieldOf(X509_NAME* name, int nid) {
  const int at = X509_NAME_get_index_by_NID(name, nid, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(name, nid, at) >= 0) return {};
  unsigned char* text = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  if (size < 0) return {};
  std::string value(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return value;
}

Result<std::string> certifyAuthority(EVP_PKEY* key) {
  const openssl::Certificate certificate(X509_new());
  auto* const name = certificate ? X509_get_subject_name(certificate.get()) : nullptr;
  if (!certificate || !begin(certificate.get(), key) ||
      X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kValidity) == nullptr ||
      !addToName(name, "O", "netctl") || !addToName(name, "CN", "netctl authority") ||
      X509_set_issuer_name(certificate.get(), name) != 1 ||
      !addExtension(certificate.get(), certificate.get(), NID_basic_constraints,
                    "critical,CA:TRUE,pathlen:0") ||
      !addExtension(certificate.get(), certificate.get(), NID_key_usage,
                    "critical,keyCertSign,cRLSign") ||
      !addExtension(certificate.get(), certificate.get(), NID_subject_key_identifier, "hash")) {
    return lastError("making an authority");
  }
  return sign(certificate.get(), key);
}

/// A certificate for that key. `add_hosts` adds the names that it is good for.
Result<std::string> certify(const openssl::Signer& signer, const Identity& holder, EVP_PKEY* key,
                            Validity validity, const std::function<bool(X509*)>& add_hosts) {
  auto* const issuer = signer.certificate.get();
  const openssl::Certificate certificate(X509_new());
  auto* const name = certificate ? X509_get_subject_name(certificate.get()) : nullptr;
  if (!certificate || !begin(certificate.get(), key) ||
      !setEnd(certificate.get(), issuer, validity) || !addToName(name, "O", "netctl") ||
      !addToName(name, "OU", format(holder.kind)) || !addToName(name, "CN", holder.name) ||
      X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer)) != 1 ||
      !addExtension(certificate.get(), issuer, NID_basic_constraints, "critical,CA:FALSE") ||
      !addExtension(certificate.get(), issuer, NID_key_usage, "critical,digitalSignature") ||
      !addExtension(certificate.get(), issuer, NID_ext_key_usage,
                    holder.kind == Kind::Cluster ? "serverAuth" : "clientAuth") ||
      !addExtension(certificate.get(), issuer, NID_authority_key_identifier, "keyid") ||
      !add_hosts(certificate.get())) {
    return lastError("making a certificate");
  }
  return sign(certificate.get(), signer.key.get());
}

}  // namespace

std::string_view format(Kind kind) {
  switch (kind) {
    case Kind::Cluster:
      return "cluster";
    case Kind::Node:
      return "node";
    case Kind::Client:
      return "client";
    case Kind::Reader:
      return "reader";
  }
  return {};
}

Result<KeyPair> makeAuthority() {
  const auto key = makeKey();
  if (!key) return key.error();
  auto certificate = certifyAuthority(key->get());
  if (!certificate) return certificate.error();
  auto text = openssl::write(key->get());
  if (!text) return text.error();
  return KeyPair{*std::move(certificate), *std::move(text)};
}

Result<std::string> renewAuthority(const KeyPair& authority) {
  const auto signer = openssl::readSigner(authority);
  if (!signer) return signer.error();
  return certifyAuthority(signer->key.get());
}

Result<KeyPair> issue(const KeyPair& authority, const Identity& holder,
                      const std::vector<std::string>& hosts, Validity validity) {
  if (auto checked = check(holder, hosts); !checked) return checked.error();
  const auto signer = openssl::readSigner(authority);
  if (!signer) return signer.error();
  const auto key = makeKey();
  if (!key) return key.error();
  const bool serves = holder.kind == Kind::Cluster;
  auto certificate = certify(*signer, holder, key->get(), validity, [&](X509* made) {
    return addHosts(made, serves ? hosts : std::vector{holder.name});
  });
  if (!certificate) return certificate.error();
  auto text = openssl::write(key->get());
  if (!text) return text.error();
  return KeyPair{*std::move(certificate), *std::move(text)};
}

Result<std::string> renew(const KeyPair& authority, std::string_view certificate,
                          const std::vector<std::string>& hosts, Validity validity) {
  const auto former = openssl::readCertificate(certificate);
  if (!former) return former.error();
  const auto holder = identityOf(former->get());
  if (!holder) return wrong("the certificate is not one that netctl makes");
  const bool has_hosts = !hosts.empty();
  if (has_hosts) {
    if (auto checked = check(*holder, hosts); !checked) return checked.error();
  }
  const auto signer = openssl::readSigner(authority);
  if (!signer) return signer.error();
  return certify(*signer, *holder, X509_get0_pubkey(former->get()),
                 validity ? validity : validityOf(former->get()), [&](X509* made) {
                   return has_hosts ? addHosts(made, hosts) : copyHosts(made, former->get());
                 });
}

std::optional<Identity> identityOf(x509_st* certificate) {
  auto* const subject = X509_get_subject_name(certificate);
  const auto unit = fieldOf(subject, NID_organizationalUnitName);
  auto name = fieldOf(subject, NID_commonName);
  if (!unit || !name || !config::parseName(*name, kLongestName)) return {};
  static constexpr std::array kKinds{Kind::Cluster, Kind::Node, Kind::Client, Kind::Reader};
  const auto* const kind =
      std::ranges::find_if(kKinds, [&](Kind one) { return format(one) == *unit; });
  if (kind == kKinds.end()) return {};
  return Identity{*kind, *std::move(name)};
}

std::optional<Identity> identityOf(std::string_view pem) {
  const auto certificate = openssl::readCertificate(pem);
  if (!certificate) return {};
  return identityOf(certificate->get());
}

Result<std::string> serialOf(std::string_view pem) {
  const auto certificate = openssl::readCertificate(pem);
  if (!certificate) return certificate.error();
  return openssl::hexOf(X509_get0_serialNumber(certificate->get()));
}

std::optional<std::chrono::system_clock::time_point> endOf(std::string_view pem) {
  const auto certificate = openssl::readCertificate(pem);
  if (!certificate) return {};
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate->get()), &end) != 1) return {};
  return std::chrono::system_clock::from_time_t(timegm(&end));
}

}  // namespace netctl::pki
