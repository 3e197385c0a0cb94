#pragma once

#include "netctl/config/configuration.h"
#include "netctl/controller/controller.h"
#include "netctl/http/server/http_server.h"
#include "netctl/http/server/refusals.h"
#include "netctl/web/keeper/web_keeper.h"

#include <boost/asio/io_context.hpp>

#include <memory>

namespace netctl::daemon {

/// The EC2 endpoint: netctl-web reads what clients send, and what they have signed is done on the
/// thread of `io`. Keeps `counters` up to date. Precondition: NETCTL_EC2_LISTEN is set. `io` and
/// `controller` outlive it.
std::unique_ptr<web::WebKeeper> makeEc2Service(boost::asio::io_context& io,
                                               controller::Controller& controller,
                                               const config::ServiceSettings& services,
                                               std::shared_ptr<http::Counters> counters,
                                               http::Refusals::Told on_refused,
                                               http::HttpServer::Blocked on_blocked);

}  // namespace netctl::daemon
