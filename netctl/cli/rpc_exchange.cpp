#include "netctl/cli/rpc_exchange.h"

#include <fmt/format.h>
#include <boost/json.hpp>

namespace netctl::cli {
namespace {

namespace json = boost::json;

Error strange(std::string why) {
  return {ErrorCode::Timeout, "NoDaemon", std::move(why)};
}

}  // namespace

std::string requestText(std::string_view method, const json::value& parameters) {
  return json::serialize(
      json::object{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", parameters}});
}

Result<Answer> readAnswer(unsigned status, const std::string& body) {
  boost::system::error_code error;
  const auto value = json::parse(body, error);
  if (error || !value.is_object()) {
    // Its first line only: the message stands in the middle of a sentence.
    const auto line = std::string_view(body).substr(0, body.find('\n')).substr(0, 200);
    return strange(fmt::format("it answered HTTP {}: {}", status, line));
  }
  const auto& object = value.as_object();
  if (const auto* fault = object.if_contains("error")) return Answer{*fault, true};
  if (const auto* result = object.if_contains("result")) return Answer{*result, false};
  return strange("its answer is not JSON-RPC");
}

}  // namespace netctl::cli
