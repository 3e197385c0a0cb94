#include "netctl/pki/tls_context.h"

#include "base/file.h"
#include "netctl/pki/openssl.h"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <vector>

namespace netctl::pki {
namespace {

namespace fs = std::filesystem;
namespace ssl = boost::asio::ssl;

Error unusable(const std::filesystem::path& file, const std::string& why) {
  return {ErrorCode::NotFound, "Unavailable",
          fmt::format("cannot use {}: {}; 'netctl pki' makes such files on the cluster host",
                      file.string(), why)};
}

std::string refusedBecause(long verdict) {
  return fmt::format("its certificate is refused: {}", X509_verify_cert_error_string(verdict));
}

bool asksForRevocations(X509_STORE* store) {
  const auto flags = X509_VERIFY_PARAM_get_flags(X509_STORE_get0_param(store));
  return (flags & static_cast<unsigned long>(X509_V_FLAG_CRL_CHECK)) != 0;
}

/// Has the context refuse whom the list names.
Result<void> readRevocations(ssl::context& context, const TlsFiles& files) {
  const auto path = revocationsBeside(files.authority);
  const auto text = files::read(path);
  if (!text) return text.error();
  if (!*text) return {};
  const auto list = openssl::readRevocationList(**text);
  if (!list) return unusable(path, list.error().message);
  const auto authority = files::read(files.authority);
  if (!authority) return authority.error();
  const auto certificate = openssl::readCertificate(authority->value_or(""));
  if (!certificate) return unusable(files.authority, certificate.error().message);
  // Elsewise OpenSSL would refuse everybody, without a word of why.
  if (X509_CRL_verify(list->get(), X509_get0_pubkey(certificate->get())) != 1) {
    return unusable(path, openssl::lastError(fmt::format("finding it to be signed by {}",
                                                         files.authority.string()))
                              .message);
  }
  auto* const store = SSL_CTX_get_cert_store(context.native_handle());
  if (X509_STORE_add_crl(store, list->get()) != 1 ||
      X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK) != 1) {
    return openssl::lastError("taking the list of revoked certificates");
  }
  return {};
}

/// Whom the context believes.
Result<void> trust(ssl::context& context, const TlsFiles& files) {
  boost::system::error_code fault;
  context.load_verify_file(files.authority.string(), fault);
  if (fault) return unusable(files.authority, fault.message());
  return readRevocations(context, files);
}

/// What the context shows of itself.
Result<void> identify(ssl::context& context, const TlsFiles& files) {
  boost::system::error_code fault;
  context.use_certificate_chain_file(files.certificate.string(), fault);
  if (fault) return unusable(files.certificate, fault.message());
  context.use_private_key_file(files.key.string(), ssl::context::pem, fault);
  if (fault) return unusable(files.key, fault.message());
  return {};
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
  if (auto trusted = trust(*context, files); !trusted) return trusted.error();
  if (auto identified = identify(*context, files); !identified) return identified.error();
  context->set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert, fault);
  if (fault) return openssl::lastError("asking for the peer's certificate");
  return context;
}

/// What OpenSSL decides by, so that two can be compared.
std::vector<std::string> contentOf(X509_STORE* store) {
  std::vector<std::string> all;
  const auto* const objects = X509_STORE_get0_objects(store);
  for (int at = 0; at < sk_X509_OBJECT_num(objects); ++at) {
    auto* const object = sk_X509_OBJECT_value(objects, at);
    auto* const certificate = X509_OBJECT_get0_X509(object);
    auto* const list = X509_OBJECT_get0_X509_CRL(object);
    const auto text = certificate != nullptr ? openssl::write(certificate) : openssl::write(list);
    all.push_back(text ? *text : std::string());
  }
  std::ranges::sort(all);
  return all;
}

}  // namespace

Result<TlsContext> serverContext(const TlsFiles& files) {
  return makeContext(files, ssl::context::tls_server);
}

Result<TlsContext> clientContext(const TlsFiles& files) {
  return makeContext(files, ssl::context::tls_client);
}

fs::path revocationsBeside(const fs::path& authority) {
  return fs::path(authority).replace_extension(".crl");
}

Result<bool> renewTrust(const TlsContext& context, const TlsFiles& files) {
  ssl::context fresh(ssl::context::tls);
  if (auto trusted = trust(fresh, files); !trusted) return trusted.error();
  auto* const former = SSL_CTX_get_cert_store(context->native_handle());
  auto* const store = SSL_CTX_get_cert_store(fresh.native_handle());
  if (asksForRevocations(former) && !asksForRevocations(store)) {
    return unusable(revocationsBeside(files.authority),
                    "it is gone; what it revoked stays revoked until netctld starts again");
  }
  if (contentOf(former) == contentOf(store)) return false;
  X509_STORE_up_ref(store);
  SSL_CTX_set_cert_store(context->native_handle(), store);
  return true;
}

Result<void> renewCertificate(const TlsContext& context, const TlsFiles& files) {
  ssl::context fresh(ssl::context::tls);
  if (auto identified = identify(fresh, files); !identified) return identified;
  auto* const read = fresh.native_handle();
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(read, &chain);
  constexpr int kInPlaceOfTheFormer = 1;
  if (SSL_CTX_use_cert_and_key(context->native_handle(), SSL_CTX_get0_certificate(read),
                               SSL_CTX_get0_privatekey(read), chain, kInPlaceOfTheFormer) != 1) {
    return openssl::lastError("taking a renewed certificate");
  }
  return {};
}

std::optional<std::string> refusedNow(SSL* connection) {
  auto* const certificate = SSL_get0_peer_certificate(connection);
  if (certificate == nullptr) return {};
  using Verification = std::unique_ptr<X509_STORE_CTX, openssl::Free<&X509_STORE_CTX_free>>;
  const Verification verification(X509_STORE_CTX_new());
  auto* const store = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(connection));
  if (!verification || X509_STORE_CTX_init(verification.get(), store, certificate,
                                           SSL_get_peer_cert_chain(connection)) != 1) {
    return openssl::lastError("looking at a certificate again").message;
  }
  X509_STORE_CTX_set_default(verification.get(), "ssl_client");
  X509_STORE_CTX_set_flags(verification.get(), X509_V_FLAG_NO_CHECK_TIME);
  if (X509_verify_cert(verification.get()) == 1) return {};
  return refusedBecause(X509_STORE_CTX_get_error(verification.get()));
}

std::optional<Identity> peerOf(SSL* connection) {
  const openssl::Certificate certificate(SSL_get1_peer_certificate(connection));
  return certificate ? identityOf(certificate.get()) : std::nullopt;
}

std::string handshakeFault(SSL* connection, const boost::system::error_code& fault) {
  const auto verdict = SSL_get_verify_result(connection);
  if (verdict == X509_V_OK) return fault.message();
  return refusedBecause(verdict);
}

}  // namespace netctl::pki
