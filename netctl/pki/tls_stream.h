#pragma once

#include "netctl/pki/certificate.h"
#include "netctl/pki/tls.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <memory>
#include <optional>
#include <string>

/// Mutual TLS 1.3 on Boost.Asio. Slow to compile: for sources only, never for public headers.
namespace netctl::pki {

using TlsStream = boost::asio::ssl::stream<boost::beast::tcp_stream>;

struct TlsConnection : TlsStream {
  TlsConnection(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& context)
      : TlsStream(boost::beast::tcp_stream(std::move(socket)), context) {}
};

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

/// For connections that come in: whoever connects must show a certificate of the authority.
/// The error names the file that is missing or wrong.
Result<TlsContext> serverContext(const TlsFiles& files);
/// For connections that go out.
Result<TlsContext> clientContext(const TlsFiles& files);

/// Before the handshake of a connection that goes out: the other side must be a cluster host by
/// that name or address.
void expectHost(TlsConnection& connection, const std::string& host);

/// Who is at the other end, after the handshake; absent where the certificate does not say.
std::optional<Identity> peerOf(TlsConnection& connection);

/// Why a handshake failed, for people: what is wrong with the other side's certificate, or else
/// what the connection says.
std::string handshakeFault(SSL* connection, const boost::system::error_code& fault);

/// The address and port of the other end; empty where it has gone.
std::string peerAddress(const TlsConnection& connection);

}  // namespace netctl::pki
