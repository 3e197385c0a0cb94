#pragma once

#include "netctl/controller/controller.h"
#include "netctl/ec2/answer/answer.h"
#include "netctl/ec2/request/signed_call.h"
#include "netctl/ec2/server/access_keys.h"
#include "netctl/ec2/server/key_maker.h"

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace netctl::ec2 {

/// The EC2 Query API: calls in, answers out. Whoever has the secret of an enabled key acts for the
/// key's account, on what belongs to that account and on nothing else. Changes are the commands of
/// modes/cloud, as the RPC's are.
///
/// A call is checked in this order: who signed it and when, the action, its parameters. Only then
/// does it run. The controller sees nothing of a call before its signature and its action are
/// right: a flood of others costs time on this thread alone. Who brings a call is not asked: what
/// the signature covers is all that is done.
class Endpoint {
 public:
  using Clock = std::function<std::chrono::sys_seconds()>;
  using Answered = std::function<void(const Answer&)>;

  /// `io` and `controller` outlive all requests. On the controller's thread, or before that runs.
  Endpoint(boost::asio::io_context& io, controller::Controller& controller, Clock clock = now);

  /// On the thread that runs `io`, where the answer comes too. Answers once; a change when it is in
  /// force, or committed and not in force in time.
  void handle(const SignedCall& call, Answered answered) const;

  static std::chrono::sys_seconds now();

 private:
  boost::asio::io_context& io_;
  controller::Controller& controller_;
  Clock clock_;
  std::shared_ptr<AccessKeys> keys_ = std::make_shared<AccessKeys>();
  std::shared_ptr<KeyMaker> key_maker_;
};

}  // namespace netctl::ec2
