#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <optional>
#include <string>

namespace netctl::http {

/// A connection of either protocol, TCP or Unix: one type, since nothing differs once it is open.
using Socket = boost::asio::generic::stream_protocol::socket;

/// The same address as one of TCP; absent where it is of another protocol.
std::optional<boost::asio::ip::tcp::endpoint> toTcp(
    const boost::asio::generic::stream_protocol::endpoint& endpoint);

/// The other end of a TCP connection; absent where it has gone.
std::optional<boost::asio::ip::tcp::endpoint> peerOf(const Socket& socket);

/// The host at an address: who has an IPv6 address has all of its network of 64 bits, so that one
/// is told by the network.
std::string hostOf(const boost::asio::ip::tcp::endpoint& endpoint);

/// The same connection as Asio's socket for TCP.
boost::asio::ip::tcp::socket toTcp(Socket socket);

}  // namespace netctl::http
