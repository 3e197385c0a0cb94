#include "netctl/http/server/socket.h"

#include <cstring>
#include <utility>

namespace netctl::http {

using boost::asio::ip::tcp;

std::optional<tcp::endpoint> peerOf(const Socket& socket) {
  boost::system::error_code gone;
  const auto peer = socket.remote_endpoint(gone);
  tcp::endpoint endpoint;
  if (gone || peer.size() > endpoint.capacity()) return {};
  std::memcpy(endpoint.data(), peer.data(), peer.size());
  return endpoint;
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
