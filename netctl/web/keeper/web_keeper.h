#pragma once

#include "base/descriptor.h"
#include "base/result.h"
#include "netctl/ec2/answer/answer.h"
#include "netctl/ec2/request/signed_call.h"
#include "netctl/http/server/certificate.h"
#include "netctl/http/server/counters.h"
#include "netctl/http/server/http_server.h"
#include "netctl/http/server/refusals.h"
#include "netctl/web/keeper/web_process.h"
#include "netctl/web/link/link.h"
#include "netctl/web/link/messages.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace netctl::web {

/// The EC2 endpoint as netctld has it: it binds the address and reads the certificate, which
/// netctl-web may not do, has netctl-web serve there, and has its calls carried out. A netctl-web
/// that ends is replaced; who connects meanwhile waits in the socket's queue.
///
/// netctl-web is not trusted: of what it says calls count by their signatures alone, and all has
/// limits. On the one thread that runs `io`, which outlives it.
class WebKeeper {
 public:
  /// Has a call carried out; answers once, on the thread of `io`.
  using Ask = std::function<void(const ec2::SignedCall&, std::function<void(const ec2::Answer&)>)>;

  struct Options {
    std::string host;  ///< NETCTL_EC2_LISTEN
    std::uint16_t port = 0;
    std::optional<http::CertificateFiles> tls = {};  ///< NETCTL_EC2_CERT, NETCTL_EC2_KEY
    WebProcess::Options process;
    /// Kept up to date by what netctl-web tells once a second.
    std::shared_ptr<http::Counters> counters = std::make_shared<http::Counters>();
    /// Connections were turned away: http::HttpServer::onRefused.
    http::Refusals::Told on_refused = {};
    /// The address cannot be bound, and is waited for: http::HttpServer::waitForAddresses.
    http::HttpServer::Blocked on_blocked = {};
    /// netctl-web cannot be run, and why; then, without an error, that it serves.
    std::function<void(const std::optional<Error>&)> on_trouble = {};
  };

  WebKeeper(boost::asio::io_context& io, Ask ask, Options options);
  /// As `stop`.
  ~WebKeeper();
  WebKeeper(const WebKeeper&) = delete;
  WebKeeper& operator=(const WebKeeper&) = delete;

  /// The error names the certificate's file that is wrong. Before `io` runs.
  Result<void> start();
  /// Ends netctl-web. On the thread of `io`, or when that has ended.
  void stop();
  /// Reads the certificate's files again, for connections from then on; where they are wrong, that
  /// is logged and the former ones stay. From any thread.
  void renewCertificate();

 private:
  struct Linked;

  Result<void> bind();
  void run();
  Result<void> runOnce();
  void tryAgain(std::chrono::milliseconds pause);
  void ended(const std::string& why);
  void take(const std::shared_ptr<Linked>& linked, std::string_view bytes);
  void take(const std::shared_ptr<Linked>& linked, Called called);
  void take(const http::Refusal& refusal);
  void take(const Counted& counted);

  boost::asio::io_context& io_;
  Ask ask_;
  Options options_;
  Descriptor listening_;
  std::optional<http::CertificateTexts> certificate_;
  std::optional<WebProcess> process_;
  std::shared_ptr<Linked> linked_;  ///< null: there is none
  boost::asio::steady_timer pause_;
  std::chrono::steady_clock::time_point refusals_until_;
  int refusals_ = 0;  ///< until then
};

}  // namespace netctl::web
