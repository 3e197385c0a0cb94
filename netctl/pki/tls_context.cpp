#include "netctl/pki/tls_context.h"

#include "netctl/pki/openssl.h"

#include <fmt/format.h>
#include <openssl/ssl.h>

namespace netctl::pki {
namespace {

namespace ssl = boost::asio::ssl;

Error unusable(const std::filesystem::path& file, const std::string& why) {
  return {ErrorCode::NotFound, "Unavailable",
          fmt::format("cannot use {}: {}; 'netctl pki' makes such files on the cluster host",
                      file.string(), why)};
}

/// What both sides have in common.
Result<TlsContext> makeContext(const TlsFiles& files, ssl::context::method method) {
  auto context = std::make_shared<ssl::context>(method);
  auto* const native = context->native_handle();
  boost::system::error_code fault;
  if (SSL_CTX_set_min_proto_version(native, TLS1_3_VERSION) != 1) {
    return openssl::lastError("asking for TLS 1.3");
  }
  // The buffers of a connection that says nothing are given back: most node links are silent.
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(native, 0);
  context->load_verify_file(files.authority.string(), fault);
  if (fault) return unusable(files.authority, fault.message());
  context->use_certificate_chain_file(files.certificate.string(), fault);
  if (fault) return unusable(files.certificate, fault.message());
  context->use_private_key_file(files.key.string(), ssl::context::pem, fault);
  if (fault) return unusable(files.key, fault.message());
  context->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert, fault);
  if (fault) return openssl::lastError("asking for the peer's certificate");
  return context;
}

}  // namespace

Result<TlsContext> serverContext(const TlsFiles& files) {
  return makeContext(files, ssl::context::tls_server);
}

Result<TlsContext> clientContext(const TlsFiles& files) {
  return makeContext(files, ssl::context::tls_client);
}

std::optional<Identity> peerOf(SSL* connection) {
  const openssl::Certificate certificate(SSL_get1_peer_certificate(connection));
  return certificate ? identityOf(certificate.get()) : std::nullopt;
}

std::string handshakeFault(SSL* connection, const boost::system::error_code& fault) {
  const auto verdict = SSL_get_verify_result(connection);
  if (verdict == X509_V_OK) return fault.message();
  return fmt::format("its certificate is refused: {}", X509_verify_cert_error_string(verdict));
}

}  // namespace netctl::pki
