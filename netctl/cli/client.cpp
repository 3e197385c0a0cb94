#include "netctl/cli/client.h"

#include <fmt/format.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>

namespace netctl::cli {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;

/// Answers may be as large as the cloud.
constexpr std::uint64_t kLargestAnswer = std::uint64_t{1} << 30U;

Error unreachable(const std::filesystem::path& socket, const std::string& why) {
  return {
      ErrorCode::Timeout, "NoDaemon",
      fmt::format("no answer from netctld on {}: {}; is it running, and may you use its socket? "
                  "--socket or NETCTL_SOCKET names another one",
                  socket.string(), why)};
}

}  // namespace

Result<Answer> call(const std::filesystem::path& socket, std::string_view method,
                    const json::value& parameters) {
  asio::io_context io;
  asio::local::stream_protocol::socket stream(io);
  boost::system::error_code error;
  if (socket.string().size() >= 108)
    return unreachable(socket, "its path is longer than 107 bytes");
  stream.connect(asio::local::stream_protocol::endpoint(socket.string()), error);
  if (error) return unreachable(socket, error.message());

  http::request<http::string_body> request{http::verb::post, "/rpc", 11};
  request.set(http::field::host, "localhost");
  request.set(http::field::content_type, "application/json");
  request.body() = json::serialize(
      json::object{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", parameters}});
  request.prepare_payload();
  http::write(stream, request, error);
  if (error) return unreachable(socket, error.message());

  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kLargestAnswer);
  http::read(stream, buffer, parser, error);
  if (error) return unreachable(socket, error.message());
  const auto& response = parser.get();
  const auto body = json::parse(response.body(), error);
  if (error || !body.is_object()) {
    return unreachable(socket, fmt::format("it answered HTTP {}: {}", response.result_int(),
                                           response.body().substr(0, 200)));
  }
  const auto& object = body.as_object();
  if (const auto* fault = object.if_contains("error")) return Answer{*fault, true};
  if (const auto* result = object.if_contains("result")) return Answer{*result, false};
  return unreachable(socket, "its answer is not JSON-RPC");
}

}  // namespace netctl::cli
