#pragma once

#include "base/result.h"

#include <filesystem>
#include <memory>
#include <string>

struct ssl_ctx_st;

namespace netctl::http {

/// The files of a server whose clients show no certificate.
struct CertificateFiles {
  std::filesystem::path certificate;  ///< PEM, with the chain
  std::filesystem::path key;
};

/// What is in them.
struct CertificateTexts {
  std::string certificate;
  std::string key;
};

/// OpenSSL's context of a TLS server.
using TlsContext = std::shared_ptr<ssl_ctx_st>;

/// TLS 1.2 and later. The error names the file that is missing or wrong.
Result<TlsContext> makeTlsContext(const CertificateFiles& files);

/// The same of texts, for who may not read the files. The error names what of them is wrong.
Result<TlsContext> makeTlsContext(const CertificateTexts& texts);

/// What is in files that makeTlsContext takes.
Result<CertificateTexts> readCertificate(const CertificateFiles& files);

/// Reads the files again: connections that begin from now on are shown what is in them. On an error
/// the context stays as it is. On the thread that makes connections of it.
Result<void> renew(const TlsContext& context, const CertificateFiles& files);
Result<void> renew(const TlsContext& context, const CertificateTexts& texts);

}  // namespace netctl::http
