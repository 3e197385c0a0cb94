#pragma once

#include "base/result.h"
#include "netctl/pki/certificate.h"
#include "netctl/pki/tls.h"

#include <boost/asio/ssl/context.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

/// What both ends of a mutual TLS 1.3 connection need, before it and after the handshake.
///
/// A list of revoked certificates lies beside the authority's, as `ca.crl` beside `ca.crt`. Where
/// there is one, whom it names is refused.
namespace netctl::pki {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

/// For connections that come in: whoever connects must show a certificate of the authority.
/// The error names the file that is missing or wrong.
Result<TlsContext> serverContext(const TlsFiles& files);
/// For connections that go out.
Result<TlsContext> clientContext(const TlsFiles& files);

/// The list beside that certificate of an authority.
std::filesystem::path revocationsBeside(const std::filesystem::path& authority);

/// Reads authority and list again, for the connections that begin from now on. Gives whether they
/// are others than before. On an error the former ones go on; so they do where a list is gone, for
/// that would let everybody in again. On the thread that makes connections of the context.
Result<bool> renewTrust(const TlsContext& context, const TlsFiles& files);
/// The same for the certificate and the key that the other side is shown.
Result<void> renewCertificate(const TlsContext& context, const TlsFiles& files);

/// Why the certificate of the other end would be refused if it came now; absent where it would not.
/// That it has ended meanwhile does not count. Of a server's connection, after the handshake.
std::optional<std::string> refusedNow(SSL* connection);

/// Who is at the other end, after the handshake; absent where the certificate does not say.
std::optional<Identity> peerOf(SSL* connection);

/// Why a handshake failed, for people: what is wrong with the other side's certificate, or else
/// what the connection says.
std::string handshakeFault(SSL* connection, const boost::system::error_code& fault);

}  // namespace netctl::pki
