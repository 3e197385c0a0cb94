#include "netctl/http/server/certificate.h"

#include <fmt/format.h>
#include <boost/asio/ssl/context.hpp>

namespace netctl::http {
namespace {

namespace ssl = boost::asio::ssl;

Error unusable(const std::filesystem::path& file, const boost::system::error_code& fault) {
  return {ErrorCode::NotFound, "Unavailable",
          fmt::format("cannot use {}: {}; name a PEM file", file.string(), fault.message())};
}

}  // namespace

Result<TlsContext> makeTlsContext(const CertificateFiles& files) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  boost::system::error_code fault;
  context->set_options(ssl::context::default_workarounds | ssl::context::no_tlsv1 |
                           ssl::context::no_tlsv1_1 | ssl::context::no_compression,
                       fault);
  // The buffers of a connection that says nothing are given back.
  SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  context->use_certificate_chain_file(files.certificate.string(), fault);
  if (fault) return unusable(files.certificate, fault);
  context->use_private_key_file(files.key.string(), ssl::context::pem, fault);
  if (fault) return unusable(files.key, fault);
  return TlsContext(context, context->native_handle());
}

Result<void> renew(const TlsContext& context, const CertificateFiles& files) {
  const auto read = makeTlsContext(files);
  if (!read) return read.error();
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(read->get(), &chain);
  constexpr int kInPlaceOfTheFormer = 1;
  if (SSL_CTX_use_cert_and_key(context.get(), SSL_CTX_get0_certificate(read->get()),
                               SSL_CTX_get0_privatekey(read->get()), chain,
                               kInPlaceOfTheFormer) != 1) {
    return Error{
        ErrorCode::Internal, "InternalError",
        fmt::format("OpenSSL refuses {} as a renewed certificate", files.certificate.string())};
  }
  return {};
}

}  // namespace netctl::http
