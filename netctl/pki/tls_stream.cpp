#include "netctl/pki/tls_stream.h"

#include "netctl/pki/openssl.h"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <boost/asio/ssl/host_name_verification.hpp>

#include <algorithm>

namespace netctl::pki {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;

Error unusable(const std::filesystem::path& file, const std::string& why) {
  return {ErrorCode::NotFound, "Unavailable",
          fmt::format("cannot use {}: {}; 'netctl pki' makes such files on the cluster host",
                      file.string(), why)};
}

/// The settings that both sides have in common.
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

void expectHost(TlsConnection& connection, const std::string& host) {
  boost::system::error_code not_an_address;
  asio::ip::make_address(host, not_an_address);
  if (not_an_address) SSL_set_tlsext_host_name(connection.native_handle(), host.c_str());
  connection.set_verify_callback(ssl::host_name_verification(host));
}

std::optional<Identity> peerOf(TlsConnection& connection) {
  const openssl::Certificate certificate(SSL_get1_peer_certificate(connection.native_handle()));
  return certificate ? identityOf(certificate.get()) : std::nullopt;
}

std::string handshakeFault(SSL* connection, const boost::system::error_code& fault) {
  const auto verdict = SSL_get_verify_result(connection);
  if (verdict == X509_V_OK) return fault.message();
  return fmt::format("its certificate is refused: {}", X509_verify_cert_error_string(verdict));
}

std::string peerAddress(const TlsConnection& connection) {
  boost::system::error_code gone;
  const auto peer = connection.next_layer().socket().remote_endpoint(gone);
  if (gone) return {};
  const auto host = peer.address().to_string();
  return peer.address().is_v6() ? fmt::format("[{}]:{}", host, peer.port())
                                : fmt::format("{}:{}", host, peer.port());
}

}  // namespace netctl::pki
