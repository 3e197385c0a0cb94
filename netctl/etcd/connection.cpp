#include "netctl/etcd/connection.h"

#include <sys/socket.h>

#include <fmt/format.h>
#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/http.hpp>

#include <cerrno>
#include <utility>

namespace netctl::etcd {
namespace {

namespace http = boost::beast::http;
using boost::asio::ip::tcp;

/// A page of the largest values is below it.
constexpr std::uint64_t kLargestAnswer = std::uint64_t{512} << 20U;

Error away(const std::string& member, const std::string& why) {
  return {ErrorCode::Busy, "Unavailable", fmt::format("{}: {}", member, why)};
}

}  // namespace

template <class Start>
boost::system::error_code Connection::wait(TimePoint deadline, Start start) {
  boost::system::error_code result = boost::beast::error::timeout;
  lowest().expires_at(deadline);
  start([&](boost::system::error_code error, auto&&...) { result = error; });
  io_.restart();
  io_.run();
  return result;
}

Result<std::unique_ptr<Connection>> Connection::open(const Member& member,
                                                     const std::filesystem::path& ca,
                                                     TimePoint deadline) {
  std::unique_ptr<Connection> connection(new Connection(member));
  if (auto done = connection->connect(member, ca, deadline); !done) return done.error();
  return connection;
}

Result<void> Connection::connect(const Member& member, const std::filesystem::path& ca,
                                 TimePoint deadline) {
  boost::system::error_code error;
  const auto found = tcp::resolver(io_).resolve(member.host, std::to_string(member.port), error);
  if (error) return away(name_, error.message());
  if (member.tls) {
    context_.emplace(boost::asio::ssl::context::tls_client);
    context_->set_verify_mode(boost::asio::ssl::verify_peer);
    context_->load_verify_file(ca.string(), error);
    if (error) return away(ca.string(), error.message());
    tls_.emplace(io_, *context_);
  } else {
    plain_.emplace(io_);
  }
  error = wait(deadline, [&](auto done) { lowest().async_connect(found, std::move(done)); });
  if (error) return away(name_, error.message());
  lowest().socket().set_option(tcp::no_delay(true), error);
  if (!tls_) return {};
  tls_->set_verify_callback(boost::asio::ssl::host_name_verification(member.host));
  error = wait(deadline, [&](auto done) {
    tls_->async_handshake(boost::asio::ssl::stream_base::client, std::move(done));
  });
  if (error) return away(name_, "TLS: " + error.message());
  return {};
}

bool Connection::isAlive() {
  char byte = 0;
  const auto got =
      ::recv(lowest().socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT | MSG_NOSIGNAL);
  if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
  // TLS says something now and then that is not an answer: a new ticket.
  return got > 0 && tls_.has_value();
}

Result<Answer> Connection::ask(std::string_view path, const std::string& body,
                               const std::string& token, TimePoint deadline) {
  return tls_ ? exchange(*tls_, path, body, token, deadline)
              : exchange(*plain_, path, body, token, deadline);
}

template <class Stream>
Result<Answer> Connection::exchange(Stream& stream, std::string_view path, const std::string& body,
                                    const std::string& token, TimePoint deadline) {
  http::request<http::string_body> request{http::verb::post,
                                           boost::beast::string_view(path.data(), path.size()), 11};
  request.set(http::field::host, host_);
  request.set(http::field::content_type, "application/json");
  if (!token.empty()) request.set(http::field::authorization, token);
  request.body() = body;
  request.prepare_payload();
  auto error =
      wait(deadline, [&](auto done) { http::async_write(stream, request, std::move(done)); });
  http::response_parser<http::string_body> parser;
  parser.body_limit(kLargestAnswer);
  if (!error) {
    error = wait(deadline,
                 [&](auto done) { http::async_read(stream, buffer_, parser, std::move(done)); });
  }
  if (error) {
    return Error{ErrorCode::Timeout, "Unavailable", fmt::format("{}: {}", name_, error.message())};
  }
  auto response = parser.release();
  return Answer{response.result_int(), std::move(response.body())};
}

}  // namespace netctl::etcd
