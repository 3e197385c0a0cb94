#pragma once

#include "base/result.h"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace netctl::http {

/// Opens the acceptor and listens; with `stands_later` also at an address that the host does not
/// have yet (IP_FREEBIND, ip(7)).
boost::system::error_code listenAt(boost::asio::ip::tcp::acceptor& acceptor,
                                   const boost::asio::ip::tcp::endpoint& endpoint,
                                   bool stands_later = false);

/// Opens the acceptor at the first address that the host's name gives. The error names the key of
/// the configuration that the address is from.
Result<void> listenAt(boost::asio::ip::tcp::acceptor& acceptor, const std::string& host,
                      std::uint16_t port, std::string_view key);

}  // namespace netctl::http
