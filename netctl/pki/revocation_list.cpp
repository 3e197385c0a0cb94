#include "netctl/pki/revocation_list.h"

#include "netctl/pki/openssl.h"

#include <fmt/format.h>

#include <cstdint>
#include <memory>

namespace netctl::pki {
namespace {

using openssl::lastError;

/// RFC 5280, 4.1.2.5: a time that says that there is none.
constexpr auto* kNever = "99991231235959Z";

using Entry = std::unique_ptr<X509_REVOKED, openssl::Free<&X509_REVOKED_free>>;

bool add(X509_CRL* list, Entry entry) {
  if (!entry || X509_CRL_add0_revoked(list, entry.get()) != 1) return false;
  (void)entry.release();
  return true;
}

bool copyEntries(X509_CRL* list, X509_CRL* former) {
  auto* const entries = X509_CRL_get_REVOKED(former);
  for (int at = 0; at < sk_X509_REVOKED_num(entries); ++at) {
    if (!add(list, Entry(X509_REVOKED_dup(sk_X509_REVOKED_value(entries, at))))) return false;
  }
  return true;
}

bool addSerial(X509_CRL* list, const std::string& serial, const ASN1_TIME* now) {
  BIGNUM* value = nullptr;
  const bool is_hex = BN_hex2bn(&value, serial.c_str()) == static_cast<int>(serial.size());
  const openssl::Number number(value);
  if (!is_hex || serial.empty()) return false;
  const openssl::Integer integer(BN_to_ASN1_INTEGER(number.get(), nullptr));
  X509_REVOKED* known = nullptr;
  if (integer && X509_CRL_get0_by_serial(list, &known, integer.get()) != 0) return true;
  Entry entry(X509_REVOKED_new());
  return integer && entry && X509_REVOKED_set_serialNumber(entry.get(), integer.get()) == 1 &&
         X509_REVOKED_set_revocationDate(entry.get(), const_cast<ASN1_TIME*>(now)) == 1 &&
         add(list, std::move(entry));
}

/// Lists are numbered in their order (RFC 5280, 5.2.3).
bool setNumber(X509_CRL* list, X509_CRL* former) {
  std::int64_t last = 0;
  if (former != nullptr) {
    const openssl::Integer number(
        static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(former, NID_crl_number, nullptr, nullptr)));
    if (number && ASN1_INTEGER_get_int64(&last, number.get()) != 1) return false;
  }
  const openssl::Integer next(ASN1_INTEGER_new());
  return next && ASN1_INTEGER_set_int64(next.get(), last + 1) == 1 &&
         X509_CRL_add1_ext_i2d(list, NID_crl_number, next.get(), 0, 0) == 1;
}

bool setIssuer(X509_CRL* list, X509* issuer) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, nullptr, nullptr, list, 0);
  const openssl::Extension identifier(
      X509V3_EXT_conf_nid(nullptr, &context, NID_authority_key_identifier, "keyid"));
  return X509_CRL_set_issuer_name(list, X509_get_subject_name(issuer)) == 1 && identifier &&
         X509_CRL_add_ext(list, identifier.get(), -1) == 1;
}

}  // namespace

Result<std::string> revocationList(const KeyPair& authority, std::string_view former_text,
                                   const std::vector<std::string>& serials) {
  const auto signer = openssl::readSigner(authority);
  if (!signer) return signer.error();
  openssl::RevocationList former;
  if (!former_text.empty()) {
    auto read = openssl::readRevocationList(former_text);
    if (!read) return read.error();
    former = *std::move(read);
    if (X509_CRL_verify(former.get(), signer->key.get()) != 1) {
      return lastError("finding the list of revoked certificates to be the authority's");
    }
  }
  const openssl::RevocationList list(X509_CRL_new());
  const openssl::Time now(X509_gmtime_adj(nullptr, 0));
  const openssl::Time never(ASN1_TIME_new());
  if (!list || !now || !never || ASN1_TIME_set_string(never.get(), kNever) != 1 ||
      X509_CRL_set_version(list.get(), X509_CRL_VERSION_2) != 1 ||
      X509_CRL_set1_lastUpdate(list.get(), now.get()) != 1 ||
      X509_CRL_set1_nextUpdate(list.get(), never.get()) != 1 ||
      !setIssuer(list.get(), signer->certificate.get()) || !setNumber(list.get(), former.get()) ||
      (former && !copyEntries(list.get(), former.get()))) {
    return lastError("making a list of revoked certificates");
  }
  for (const auto& serial : serials) {
    if (!addSerial(list.get(), serial, now.get())) {
      return Error{ErrorCode::InvalidArgument, "InvalidParameterValue",
                   fmt::format("'{}' is not the number of a certificate", serial)};
    }
  }
  X509_CRL_sort(list.get());
  if (X509_CRL_sign(list.get(), signer->key.get(), EVP_sha256()) == 0) {
    return lastError("signing a list of revoked certificates");
  }
  return openssl::write(list.get());
}

}  // namespace netctl::pki
