#pragma once

#include "netctl/controller/controller.h"
#include "netctl/ec2/server/access_keys.h"
#include "netctl/ec2/server/key_maker.h"
#include "netctl/http/http_message.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace netctl::ec2 {

/// The EC2 Query API: HTTP requests in, XML documents out. Whoever has the secret of an enabled key
/// acts for the key's account, on what belongs to that account and on nothing else. Changes are the
/// commands of modes/cloud, as the RPC's are.
///
/// A request is checked in this order: its form, who signed it and when, the action, its
/// parameters. Only then does it run. The controller sees nothing of a request before its signature
/// and its action are right: a flood of others costs time on this thread alone.
class Endpoint {
 public:
  using Clock = std::function<std::chrono::sys_seconds()>;

  /// `io` and `controller` outlive all requests. On the controller's thread, or before that runs.
  Endpoint(boost::asio::io_context& io, controller::Controller& controller, Clock clock = now);

  /// On the thread that runs `io`, where the reply comes too. Replies once; a change when it is in
  /// force, or committed and not in force in time.
  void handle(const http::Request& request, http::Reply reply) const;

  static std::chrono::sys_seconds now();

 private:
  boost::asio::io_context& io_;
  controller::Controller& controller_;
  Clock clock_;
  std::shared_ptr<AccessKeys> keys_ = std::make_shared<AccessKeys>();
  std::shared_ptr<KeyMaker> key_maker_;
};

}  // namespace netctl::ec2
