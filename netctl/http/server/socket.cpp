#include "netctl/http/server/socket.h"

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

tcp::socket toTcp(Socket socket) {
  boost::system::error_code fault;
  const auto local = socket.local_endpoint(fault);
  const bool is_v6 = !fault && local.protocol().family() == tcp::v6().family();
  tcp::socket result(socket.get_executor());
  result.assign(is_v6 ? tcp::v6() : tcp::v4(), socket.release(fault), fault);
  return result;
}

}  // namespace netctl::http
