#include "netctl/cli/rpc_client.h"

#include "netctl/cli/rpc_client_tls.h"
#include "netctl/cli/rpc_exchange.h"

#include <fmt/format.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

namespace netctl::cli {
namespace {

using Local = boost::asio::local::stream_protocol;

Error socketUnreachable(const std::filesystem::path& socket, const std::string& why) {
  return {
      ErrorCode::Timeout, "NoDaemon",
      fmt::format("no answer from netctld on {}: {}; is it running, and may you use its socket? "
                  "--socket or NETCTL_SOCKET names another one",
                  socket.string(), why)};
}

Result<Answer> callSocket(const std::filesystem::path& socket, const std::string& request) {
  if (socket.string().size() >= 108)
    return socketUnreachable(socket, "its path is longer than 107 bytes");
  boost::asio::io_context io;
  Local::socket stream(io);
  boost::system::error_code error;
  stream.connect(Local::endpoint(socket.string()), error);
  if (error) return socketUnreachable(socket, error.message());
  auto answer = exchange(stream, "localhost", request);
  if (!answer) return socketUnreachable(socket, answer.error().message);
  return answer;
}

}  // namespace

Result<Answer> call(const Target& target, std::string_view method,
                    const boost::json::value& parameters) {
  const auto request = requestText(method, parameters);
  return target.url.empty() ? callSocket(target.socket, request)
                            : callByTls(target.url, target.tls, request);
}

}  // namespace netctl::cli
