#pragma once

#include "netctl/pki/tls.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <string>
#include <utility>

/// A client's mutual TLS on Boost.Asio. Slow to compile: for sources only, never for public
/// headers.
namespace netctl::pki {

using TlsStream = boost::asio::ssl::stream<boost::beast::tcp_stream>;

struct TlsConnection : TlsStream {
  TlsConnection(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& context)
      : TlsStream(boost::beast::tcp_stream(std::move(socket)), context) {}
};

/// Before the handshake of a connection that goes out: the other side must be a cluster host by
/// that name or address.
void expectHost(TlsConnection& connection, const std::string& host);

}  // namespace netctl::pki
