#pragma once

#include "netctl/cli/rpc_client.h"

#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <cstdint>
#include <string>

/// One call over a stream of any kind. For sources only.
namespace netctl::cli {

/// A call as JSON-RPC.
std::string requestText(std::string_view method, const boost::json::value& parameters);

/// The answer in the body of an HTTP response. An Error's message says what is wrong with it.
Result<Answer> readAnswer(unsigned status, const std::string& body);

/// Sends a call and reads the answer. An Error's message says why there is none.
template <class Stream>
Result<Answer> exchange(Stream& stream, const std::string& host, const std::string& text) {
  namespace http = boost::beast::http;
  /// Answers may be as large as the cloud.
  constexpr std::uint64_t kLargestAnswer = std::uint64_t{1} << 30U;
  http::request<http::string_body> request{http::verb::post, "/rpc", 11};
  request.set(http::field::host, host);
  request.set(http::field::content_type, "application/json");
  request.body() = text;
  request.prepare_payload();
  boost::system::error_code error;
  http::write(stream, request, error);
  boost::beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kLargestAnswer);
  if (!error) http::read(stream, buffer, parser, error);
  if (error) return Error{ErrorCode::Timeout, "NoDaemon", error.message()};
  return readAnswer(parser.get().result_int(), parser.get().body());
}

}  // namespace netctl::cli
