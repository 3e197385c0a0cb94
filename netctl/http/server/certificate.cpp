#include "netctl/http/server/certificate.h"

#include "base/file.h"

#include <fmt/format.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>

#include <string_view>

namespace netctl::http {
namespace {

namespace ssl = boost::asio::ssl;

Error unusable(std::string_view what, const boost::system::error_code& fault) {
  return {ErrorCode::NotFound, "Unavailable",
          fmt::format("cannot use {}: {}; name a PEM file", what, fault.message())};
}

std::shared_ptr<ssl::context> makeContext() {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  boost::system::error_code ignored;
  context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 |
                           ssl::context::no_tlsv1_1 | ssl::context::no_compression,
                       ignored);
  // The buffers of a connection that says nothing are given back.
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  return context;
}

/// Connections of the context that begin from now on are shown what another one has.
Result<void> replace(const TlsContext& context, const TlsContext& by, std::string_view what) {
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(by.get(), &chain);
  constexpr int kInPlaceOfTheFormer = 1;
  if (SSL_CTX_use_cert_and_key(context.get(), SSL_CTX_get0_certificate(by.get()),
                               SSL_CTX_get0_privatekey(by.get()), chain,
                               kInPlaceOfTheFormer) == 1) {
    return {};
  }
  return Error{ErrorCode::Internal, "InternalError",
               fmt::format("OpenSSL refuses {} as a renewed certificate", what)};
}

}  // namespace

Result<TlsContext> makeTlsContext(const CertificateFiles& files) {
  const auto context = makeContext();
  boost::system::error_code fault;
  context->use_certificate_chain_file(files.certificate.string(), fault);
  if (fault) return unusable(files.certificate.string(), fault);
  context->use_private_key_file(files.key.string(), ssl::context::pem, fault);
  if (fault) return unusable(files.key.string(), fault);
  return TlsContext(context, context->native_handle());
}

Result<TlsContext> makeTlsContext(const CertificateTexts& texts) {
  const auto context = makeContext();
  boost::system::error_code fault;
  context->use_certificate_chain(boost::asio::buffer(texts.certificate), fault);
  if (fault) return unusable("the certificate", fault);
  context->use_private_key(boost::asio::buffer(texts.key), ssl::context::pem, fault);
  if (fault) return unusable("the certificate's key", fault);
  return TlsContext(context, context->native_handle());
}

Result<CertificateTexts> readCertificate(const CertificateFiles& files) {
  if (auto usable = makeTlsContext(files); !usable) return usable.error();
  auto certificate = files::read(files.certificate.string());
  if (!certificate) return certificate.error();
  auto key = files::read(files.key.string());
  if (!key) return key.error();
  return CertificateTexts{certificate->value_or(""), key->value_or("")};
}

Result<void> renew(const TlsContext& context, const CertificateFiles& files) {
  const auto read = makeTlsContext(files);
  if (!read) return read.error();
  return replace(context, *read, files.certificate.string());
}

Result<void> renew(const TlsContext& context, const CertificateTexts& texts) {
  const auto read = makeTlsContext(texts);
  if (!read) return read.error();
  return replace(context, *read, "the text");
}

}  // namespace netctl::http
