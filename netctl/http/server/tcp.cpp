#include "netctl/http/server/tcp.h"

#include <fmt/format.h>

#include <netinet/in.h>

namespace netctl::http {

boost::system::error_code listenAt(boost::asio::ip::tcp::acceptor& acceptor,
                                   const boost::asio::ip::tcp::endpoint& endpoint,
                                   bool stands_later) {
  using boost::asio::ip::tcp;
  using FreeBind = boost::asio::detail::socket_option::boolean<IPPROTO_IP, IP_FREEBIND>;
  boost::system::error_code fault;
  acceptor.open(endpoint.protocol(), fault);
  if (!fault) acceptor.set_option(tcp::acceptor::reuse_address(true), fault);
  if (!fault && stands_later) acceptor.set_option(FreeBind(true), fault);
  if (!fault) acceptor.bind(endpoint, fault);
  if (!fault) acceptor.listen(boost::asio::socket_base::max_listen_connections, fault);
  return fault;
}

Result<void> listenAt(boost::asio::ip::tcp::acceptor& acceptor, const std::string& host,
                      std::uint16_t port, std::string_view key) {
  using boost::asio::ip::tcp;
  boost::system::error_code fault;
  const auto found = tcp::resolver(acceptor.get_executor())
                         .resolve(host, std::to_string(port), tcp::resolver::passive, fault);
  if (!fault) {
    fault = listenAt(acceptor, *found.begin());
  }
  if (!fault) return {};
  return Error{ErrorCode::Kernel, "Unavailable",
               fmt::format("cannot listen at {} port {}, which {} names: {}", host, port, key,
                           fault.message())};
}

}  // namespace netctl::http
