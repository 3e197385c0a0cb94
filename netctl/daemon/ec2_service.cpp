#include "netctl/daemon/ec2_service.h"

#include "netctl/daemon/our_programs.h"
#include "netctl/ec2/server/endpoint.h"

#include <optional>
#include <utility>
#include <vector>

namespace netctl::daemon {
namespace {

/// Tells the controller where netctl-web does not serve.
std::function<void(const std::optional<Error>&)> namesTrouble(controller::Controller& controller) {
  return [&controller](const std::optional<Error>& error) {
    std::vector<controller::Problem> problems;
    if (error) {
      problems.push_back({"netctl-web", "serves no EC2", error->message,
                          "see the log; netctld starts it again by itself",
                          controller::Severity::error});
    }
    controller.setProblems("netctl-web", std::move(problems));
  };
}

web::WebProcess::Options processOptions(const config::ServiceSettings& services) {
  web::WebProcess::Options options{.program = programBesideUs("netctl-web")};
  if (hasUnits(services.run_dir, {"netctl-web.service", "netctl-web.socket"})) {
    options.unit = "netctl-web";
    options.socket = services.run_dir / "web.sock";
  }
  return options;
}

}  // namespace

std::unique_ptr<web::WebKeeper> makeEc2Service(boost::asio::io_context& io,
                                               controller::Controller& controller,
                                               const config::ServiceSettings& services,
                                               std::shared_ptr<http::Counters> counters,
                                               http::Refusals::Told on_refused,
                                               http::HttpServer::Blocked on_blocked) {
  web::WebKeeper::Options options{.host = services.ec2_listen->host,
                                  .port = services.ec2_listen->port,
                                  .process = processOptions(services),
                                  .counters = std::move(counters),
                                  .on_refused = std::move(on_refused),
                                  .on_blocked = std::move(on_blocked),
                                  .on_trouble = namesTrouble(controller)};
  if (services.ec2_cert && services.ec2_key) {
    options.tls = http::CertificateFiles{*services.ec2_cert, *services.ec2_key};
  }
  const auto endpoint = std::make_shared<const ec2::Endpoint>(io, controller);
  return std::make_unique<web::WebKeeper>(
      io,
      [endpoint](const auto& call, auto answered) { endpoint->handle(call, std::move(answered)); },
      std::move(options));
}

}  // namespace netctl::daemon
