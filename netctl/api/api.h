#pragma once

#include "base/result.h"
#include "netctl/api/fresh.h"
#include "netctl/api/request.h"
#include "netctl/controller/controller.h"
#include "netctl/kernel/system/listeners.h"

#include <boost/json/fwd.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace netctl::api {

/// The methods on a controller: JSON parameters in, JSON results out. Knows nothing of sockets.
class Api {
 public:
  using Reply = api::Reply;
  using ReloadReply = Daemon::ReloadReply;
  using Reload = decltype(Daemon::reload);
  using Restart = decltype(Daemon::restart);
  using Listeners = std::function<Result<std::vector<net::Listener>>()>;

  /// `reload` reads the configuration again; `restart` puts a new process of a service in place of
  /// the one that runs. `fresh` is drawn from whenever a command may need a new id, and
  /// `listeners` are looked at whenever ports are forwarded.
  Api(controller::Controller& controller, Reload reload, Restart restart,
      std::function<Fresh()> fresh = drawFresh, Listeners listeners = kernel::readListeners);

  /// Any thread. Replies once, on the controller's thread, or before returning where the request is
  /// wrong by itself. A change replies when it is in force, or says why it is not.
  void call(std::string_view method, const boost::json::value& parameters, Reply reply);

  /// Whether all is in force, on the controller's thread; the text says what is not.
  void health(std::function<void(bool healthy, std::string text)> reply);
  /// The controller's counters in Prometheus' text format, on the controller's thread: whoever gets
  /// them also knows that it is alive.
  void metrics(std::function<void(std::string)> reply);

 private:
  void run(CommandRequest request, int attempt, Reply reply);
  void run(QueryRequest request, Reply reply);

  Daemon daemon_;
  std::function<Fresh()> fresh_;
  Listeners listeners_;
};

}  // namespace netctl::api
