#include "netctl/cli/ec2_client.h"

#include "base/text.h"
#include "netctl/cli/option_words.h"
#include "netctl/config/values.h"
#include "netctl/crypto/hash.h"
#include "netctl/ec2/request/parameters.h"
#include "netctl/ec2/request/signature.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/property_tree/xml_parser.hpp>

#include <chrono>
#include <sstream>

namespace netctl::cli {
namespace {

namespace ssl = boost::asio::ssl;
using boost::asio::ip::tcp;

constexpr auto kVersion = "2016-11-15";

struct Place {
  bool tls = false;
  config::Endpoint endpoint;
  std::string path;
};

Error ec2Unreachable(const std::string& url, const std::string& why) {
  return {ErrorCode::Timeout, "NoDaemon",
          fmt::format("no answer from EC2 at {}: {}; is EC2_URL or -U right?", url, why)};
}

std::optional<Place> placeOf(std::string_view url) {
  // euca2ools writes REGION::URL.
  if (const auto region = url.find("::http"); region != std::string_view::npos) {
    url.remove_prefix(region + 2);
  }
  Place place;
  place.tls = url.starts_with("https://");
  if (!place.tls && !url.starts_with("http://")) return {};
  url.remove_prefix(url.find("//") + 2);
  const auto slash = std::min(url.find('/'), url.size());
  std::string host(url.substr(0, slash));
  place.path = slash == url.size() ? "/" : std::string(url.substr(slash));
  if (!config::parseEndpoint(host)) host += place.tls ? ":443" : ":80";
  const auto endpoint = config::parseEndpoint(host);
  if (!endpoint) return {};
  place.endpoint = *endpoint;
  return place;
}

std::string formOf(const std::map<std::string, std::string>& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    if (!text.empty()) text += '&';
    text += ec2::encode(name) + "=" + ec2::encode(value);
  }
  return text;
}

/// The header Authorization of a request that has all its other headers.
Result<std::string> authorizationOf(http::Request request, const Ec2Access& access,
                                    const std::string& day) {
  const auto header = [&](const std::string& signature) {
    return fmt::format(
        "AWS4-HMAC-SHA256 Credential={}/{}/netctl/ec2/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, Signature={}",
        access.access_key, day, signature);
  };
  // The server's reader of signatures tells which text is signed.
  request.fields.emplace_back("Authorization", header(std::string(64, '0')));
  const auto claim = ec2::readClaim({request, {}});
  if (!claim) return claim.error();
  return header(netctl::hex(ec2::sign(*claim, access.secret_key)));
}

using Response = boost::beast::http::response<boost::beast::http::string_body>;

template <class Stream>
Result<Response> exchangeHttp(Stream& stream, const http::Request& request,
                              const std::string& url) {
  namespace beast_http = boost::beast::http;
  constexpr std::uint64_t kLargestAnswer = std::uint64_t{1} << 30U;
  beast_http::request<beast_http::string_body> message{beast_http::verb::post, request.target, 11};
  for (const auto& [name, value] : request.fields) message.set(name, value);
  message.body() = request.body;
  message.prepare_payload();
  boost::system::error_code error;
  beast_http::write(stream, message, error);
  boost::beast::flat_buffer buffer;
  beast_http::response_parser<beast_http::string_body> parser;
  parser.body_limit(kLargestAnswer);
  if (!error) beast_http::read(stream, buffer, parser, error);
  if (error) return ec2Unreachable(url, error.message());
  return parser.release();
}

Result<Response> send(const Place& place, const http::Request& request, const std::string& url) {
  boost::asio::io_context io;
  boost::system::error_code error;
  const auto found =
      tcp::resolver(io).resolve(place.endpoint.host, std::to_string(place.endpoint.port), error);
  if (error) return ec2Unreachable(url, error.message());
  tcp::socket socket(io);
  boost::asio::connect(socket, found, error);
  if (error) return ec2Unreachable(url, error.message());
  if (!place.tls) return exchangeHttp(socket, request, url);
  ssl::context context(ssl::context::tls_client);
  context.set_default_verify_paths(error);
  ssl::stream<tcp::socket> stream(std::move(socket), context);
  stream.set_verify_mode(ssl::verify_peer, error);
  stream.set_verify_callback(ssl::host_name_verification(place.endpoint.host), error);
  SSL_set_tlsext_host_name(stream.native_handle(), place.endpoint.host.c_str());
  stream.handshake(ssl::stream_base::client, error);
  if (error) return ec2Unreachable(url, error.message());
  return exchangeHttp(stream, request, url);
}

/// The document's only element, or the Error that it holds.
Result<Ec2Answer> parseResponse(const Response& response, const std::string& url) {
  Ec2Answer document;
  std::istringstream text(response.body());
  try {
    boost::property_tree::read_xml(text, document);
  } catch (const boost::property_tree::xml_parser_error& fault) {
    return ec2Unreachable(url, fmt::format("it answered HTTP {} without XML: {}",
                                           response.result_int(), fault.message()));
  }
  if (const auto refusal = document.get_child_optional("Response.Errors.Error")) {
    return Error{ErrorCode::Conflict, refusal->get("Code", ""), refusal->get("Message", "")};
  }
  if (response.result_int() != 200 || document.empty()) {
    return ec2Unreachable(url, fmt::format("it answered HTTP {}", response.result_int()));
  }
  return document.front().second;
}

}  // namespace

Result<Ec2Answer> askEc2(const Ec2Access& access, const std::string& action,
                         std::map<std::string, std::string> parameters) {
  const auto place = placeOf(access.url);
  if (!place) {
    return usageError(fmt::format("'{}' is not an endpoint; write http://HOST:PORT/", access.url));
  }
  parameters["Action"] = action;
  parameters["Version"] = kVersion;
  const auto time = fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(std::time(nullptr)));
  http::Request request{"POST", place->path};
  request.body = formOf(parameters);
  request.fields = {{"Host", config::format(place->endpoint)},
                    {"Content-Type", "application/x-www-form-urlencoded"},
                    {"X-Amz-Date", time}};
  auto authorization = authorizationOf(request, access, time.substr(0, 8));
  if (!authorization) return authorization.error();
  request.fields.emplace_back("Authorization", *std::move(authorization));
  const auto response = send(*place, request, access.url);
  if (!response) return response.error();
  return parseResponse(*response, access.url);
}

}  // namespace netctl::cli
