#include "netctl/ec2/server/ec2_server.h"

#include "netctl/ec2/answer.h"
#include "netctl/ec2/server/endpoint.h"

#include <spdlog/spdlog.h>
#include <boost/asio/post.hpp>

#include <memory>
#include <utility>

namespace netctl::ec2 {
namespace {

http::Handler handler(boost::asio::io_context& io, controller::Controller& controller) {
  return [endpoint = Endpoint(io, controller)](const http::Request& request, http::Reply reply) {
    endpoint.handle(request, std::move(reply));
  };
}

}  // namespace

Ec2Server::Ec2Server(boost::asio::io_context& io, controller::Controller& controller,
                     ServerOptions options)
    : io_(io),
      options_(std::move(options)),
      server_(io, handler(io, controller), options_.limits,
              options_.counters ? options_.counters : std::make_shared<http::Counters>(), refusal) {
}

Ec2Server::~Ec2Server() {
  stop();
}

Result<void> Ec2Server::start() {
  if (options_.on_blocked) server_.waitForAddresses(options_.on_blocked);
  server_.onRefused(options_.on_refused);
  if (auto listening = listen(); !listening) return listening;
  server_.start();
  return {};
}

Result<void> Ec2Server::listen() {
  const http::TcpAddress address{options_.host, options_.port, "NETCTL_EC2_LISTEN"};
  if (!options_.tls) return server_.listen(address, http::HttpServer::welcomeAll);
  auto context = http::makeTlsContext(*options_.tls);
  if (!context) return context.error();
  tls_ = *std::move(context);
  return server_.listen(address, tls_,
                        [](const auto&, const auto&) { return std::make_unique<http::Peer>(); });
}

void Ec2Server::stop() {
  server_.stop();
}

void Ec2Server::renewCertificate() {
  boost::asio::post(io_, [this] {
    if (!tls_) return;
    const auto renewed = http::renew(tls_, *options_.tls);
    if (renewed) return;
    spdlog::error("ec2 goes on with the former certificate: {}", renewed.error().message);
  });
}

std::uint16_t Ec2Server::port() const {
  return server_.port();
}

}  // namespace netctl::ec2
