#include "netctl/web/server/web_server.h"

#include "netctl/ec2/answer/answer.h"

#include <memory>
#include <utility>

namespace netctl::web {
namespace {

constexpr const char* kListener = "NETCTL_EC2_LISTEN";

}  // namespace

WebServer::WebServer(boost::asio::io_context& io, Ask ask, Options options)
    : server_(io, ec2Front(std::move(ask)), options.limits, std::move(options.counters),
              ec2::refusal) {
  server_.onRefused(std::move(options.on_refused));
}

Result<void> WebServer::serve(Descriptor listening,
                              const std::optional<http::CertificateTexts>& texts) {
  if (!texts) {
    server_.listen(listening.release(), kListener, http::HttpServer::welcomeAll);
  } else {
    auto context = http::makeTlsContext(*texts);
    if (!context) return context.error();
    tls_ = *std::move(context);
    server_.listen(listening.release(), kListener, tls_,
                   [](const auto&, const auto&) { return std::make_unique<http::Peer>(); });
  }
  server_.start();
  return {};
}

Result<void> WebServer::renew(const http::CertificateTexts& texts) {
  return http::renew(tls_, texts);
}

}  // namespace netctl::web
