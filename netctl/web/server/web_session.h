#pragma once

#include "base/descriptor.h"
#include "netctl/web/link/link.h"
#include "netctl/web/link/messages.h"
#include "netctl/web/server/web_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

namespace netctl::web {

/// The life of netctl-web: what clients ask goes to netctld, and its answers to them, as long as
/// the link stands. On the thread of `io`, which outlives it.
class WebSession {
 public:
  /// With the reason why nothing can be served any more.
  using Ended = std::function<void(const std::string& why)>;

  WebSession(boost::asio::io_context& io, Descriptor link, Descriptor listening);

  void start(Ended ended);

 private:
  using Answer = std::function<void(const ec2::Answer&)>;

  void ask(const ec2::SignedCall& call, Answer answer);
  void take(const ToWeb& message);
  void show(const ShowCertificate& certificate);
  /// Once a second, what there is to tell.
  void tellCounts();

  std::shared_ptr<Link> link_;
  std::shared_ptr<http::Counters> counters_;
  Counted told_;  ///< all so far
  boost::asio::steady_timer until_told_;
  Descriptor listening_;  ///< until it is served
  WebServer server_;
  Ended ended_;
  bool serves_ = false;
  std::uint64_t last_call_ = 0;
  std::unordered_map<std::uint64_t, Answer> waiting_;  ///< by the call's number
};

}  // namespace netctl::web
