#include "netctl/http/server/socket.h"

#include <boost/asio/ip/network_v6.hpp>

#include <cstring>
#include <utility>

namespace netctl::http {

using boost::asio::ip::tcp;

std::optional<tcp::endpoint> toTcp(
    const boost::asio::generic::stream_protocol::endpoint& endpoint) {
  const int family = endpoint.protocol().family();
  tcp::endpoint result;
  const bool is_tcp = family == tcp::v4().family() || family == tcp::v6().family();
  if (!is_tcp || endpoint.size() > result.capacity()) return {};
  std::memcpy(result.data(), endpoint.data(), endpoint.size());
  return result;
}

std::optional<tcp::endpoint> peerOf(const Socket& socket) {
  boost::system::error_code gone;
  const auto peer = socket.remote_endpoint(gone);
  if (gone) return {};
  return toTcp(peer);
}

std::string hostOf(const tcp::endpoint& endpoint) {
  const auto address = endpoint.address();
  if (address.is_v4()) return address.to_string();
  const auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return make_address_v4(boost::asio::ip::v4_mapped, v6).to_string();
  if (v6.is_loopback()) return v6.to_string();
  constexpr unsigned short kNetworkBits = 64;
  return boost::asio::ip::network_v6(v6, kNetworkBits).canonical().to_string();
}

tcp::socket toTcp(Socket socket) {
  boost::system::error_code fault;
  const auto local = socket.local_endpoint(fault);
  const bool is_v6 = !fault && local.protocol().family() == tcp::v6().family();
  tcp::socket result(socket.get_executor());
  result.assign(is_v6 ? tcp::v6() : tcp::v4(), socket.release(fault), fault);
  return result;
}

}  // namespace netctl::http
