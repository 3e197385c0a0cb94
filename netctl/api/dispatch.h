#pragma once

#include "base/result.h"
#include "netctl/api/fresh.h"
#include "netctl/api/read.h"
#include "netctl/controller/controller.h"

#include <boost/json/fwd.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace netctl::api {

/// What a new look at the configuration changed.
struct ReloadReport {
  std::vector<std::string> applied;        ///< keys whose new values are in use
  std::vector<std::string> needs_restart;  ///< keys whose new values a restart will take
  std::vector<std::string> refused;        ///< keys that keep their old values, and why
  std::vector<std::string> notices;
};

/// The methods of methods.h on a controller: JSON parameters in, JSON results out. Knows nothing of
/// sockets.
class Api {
 public:
  using Reply = std::function<void(Result<boost::json::value>)>;
  using ReloadReply = std::function<void(Result<ReloadReport>)>;
  using Reload = std::function<void(ReloadReply)>;

  /// `reload` reads the configuration again. `fresh` is drawn from whenever a command may need a
  /// new id.
  Api(controller::Controller& controller, Reload reload, std::function<Fresh()> fresh = drawFresh);

  /// Any thread. Replies once, on the controller's thread, or before returning where the request is
  /// wrong by itself. A change replies when it is in force, or says why it is not.
  void call(std::string_view method, const boost::json::value& parameters, Reply reply);

  /// The controller's counters in Prometheus' text format, on the controller's thread: whoever gets
  /// them also knows that it is alive.
  void metrics(std::function<void(std::string)> reply);

 private:
  void change(ChangeRequest request, int attempt, Reply reply);
  void describe(DescribeRequest request, Reply reply);
  void system(const SystemRequest& request, Reply reply);
  void reconcile(bool dry_run, Reply reply);
  void reload(const Reply& reply);

  controller::Controller& controller_;
  Reload reload_;
  std::function<Fresh()> fresh_;
};

}  // namespace netctl::api
