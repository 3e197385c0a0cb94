#pragma once

#include "base/result.h"
#include "netctl/pki/certificate.h"
#include "netctl/pki/tls.h"

#include <boost/asio/ssl/context.hpp>

#include <memory>
#include <optional>
#include <string>

/// What both ends of a mutual TLS 1.3 connection need, before it and after the handshake.
namespace netctl::pki {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

/// For connections that come in: whoever connects must show a certificate of the authority.
/// The error names the file that is missing or wrong.
Result<TlsContext> serverContext(const TlsFiles& files);
/// For connections that go out.
Result<TlsContext> clientContext(const TlsFiles& files);

/// Who is at the other end, after the handshake; absent where the certificate does not say.
std::optional<Identity> peerOf(SSL* connection);

/// Why a handshake failed, for people: what is wrong with the other side's certificate, or else
/// what the connection says.
std::string handshakeFault(SSL* connection, const boost::system::error_code& fault);

}  // namespace netctl::pki
