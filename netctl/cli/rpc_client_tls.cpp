#include "netctl/cli/rpc_client_tls.h"

#include "netctl/cli/rpc_exchange.h"
#include "netctl/config/values.h"
#include "netctl/pki/tls_context.h"
#include "netctl/pki/tls_stream.h"

#include <fmt/format.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>

namespace netctl::cli {
namespace {

using boost::asio::ip::tcp;

constexpr std::string_view kScheme = "https://";

Error daemonUnreachable(const std::string& url, const std::string& why) {
  return {ErrorCode::Timeout, "NoDaemon",
          fmt::format("no answer from netctld at {}: {}; is it running, is NETCTL_LISTEN set, and "
                      "is the certificate of --cert one of its clients'?",
                      url, why)};
}

std::optional<config::Endpoint> endpointOf(std::string_view url) {
  if (!url.starts_with(kScheme)) return {};
  url.remove_prefix(kScheme.size());
  if (url.ends_with('/')) url.remove_suffix(1);
  return config::parseEndpoint(url);
}

}  // namespace

Result<Answer> callByTls(const std::string& url, const pki::TlsFiles& files,
                         const std::string& request) {
  const auto endpoint = endpointOf(url);
  if (!endpoint) {
    return daemonUnreachable(url, "it is not of the form https://HOST:PORT");
  }
  const auto context = pki::clientContext(files);
  if (!context) return context.error();
  boost::asio::io_context io;
  boost::system::error_code error;
  const auto found =
      tcp::resolver(io).resolve(endpoint->host, std::to_string(endpoint->port), error);
  if (error) return daemonUnreachable(url, error.message());
  tcp::socket socket(io);
  boost::asio::connect(socket, found, error);
  if (error) return daemonUnreachable(url, error.message());
  pki::TlsConnection connection(std::move(socket), **context);
  pki::expectHost(connection, endpoint->host);
  connection.handshake(pki::TlsConnection::client, error);
  if (error) return daemonUnreachable(url, pki::handshakeFault(connection.native_handle(), error));
  auto answer = exchange(connection, config::format(*endpoint), request);
  if (!answer) return daemonUnreachable(url, answer.error().message);
  return answer;
}

}  // namespace netctl::cli
