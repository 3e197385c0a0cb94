#pragma once

#include "base/result.h"
#include "modes/cloud/commands.h"
#include "netctl/api/fields.h"
#include "netctl/api/method.h"
#include "netctl/controller/view.h"

#include <boost/json.hpp>

#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace netctl::controller {
class Controller;
}

/// What right parameters ask for, and the three ways to pair a reader of parameters with the view
/// of what came of them.
namespace netctl::api {

/// A command to the cloud. Its fresh ids and secrets are still empty.
struct CommandRequest {
  using Show = std::function<boost::json::object(const controller::View&, const cloud::Command&,
                                                 const cloud::Outcome&)>;

  cloud::Command command;
  bool dry_run = false;
  Show show;  ///< the object that the command was about, as it is afterwards
};

/// A look at the cloud and the host between two batches. It has no way to a command.
struct QueryRequest {
  std::function<Result<boost::json::value>(const controller::View&)> answer;
};

using Reply = std::function<void(Result<boost::json::value>)>;

/// What a new look at the configuration changed.
struct ReloadReport {
  std::vector<std::string> applied;        ///< keys whose new values are in use
  std::vector<std::string> needs_restart;  ///< keys whose new values a restart will take
  std::vector<std::string> refused;        ///< keys that keep their old values, and why
  std::vector<std::string> notices;
};

/// A process of ours that outlives the daemon.
enum class Service { Dhcp, Metadata };

/// What the system's methods work on.
struct Daemon {
  using ReloadReply = std::function<void(Result<ReloadReport>)>;
  using RestartReply = std::function<void(Result<void>)>;

  controller::Controller& controller;
  std::function<void(ReloadReply)> reload;
  std::function<void(Service, RestartReply)> restart;
};

/// What the daemon does beside the cloud. Replies once.
struct OperationRequest {
  std::function<void(const Daemon&, Reply)> run;
};

struct Request {
  std::variant<CommandRequest, QueryRequest, OperationRequest> what;
};

/// `read` makes the command of the parameters, and `show` an answer of that command's outcome.
template <class Read, class Show>
requires std::is_invocable_r_v < boost::json::object, Show, const controller::View&,
    const std::invoke_result_t<Read, const Fields&>
&, const cloud::Outcome& > Action command(Read read, Show show) {
  using Command = std::invoke_result_t<Read, const Fields&>;
  return {[read, show](const Fields& fields) {
            return Request{
                CommandRequest{read(fields), fields.flag(kDryRun.name),
                               [show](const controller::View& view, const cloud::Command& done,
                                      const cloud::Outcome& outcome) -> boost::json::object {
                                 return show(view, std::get<Command>(done), outcome);
                               }}};
          },
          Effect::Changes};
}

/// `read` makes the question of the parameters, and `show` its answer.
template <class Read, class Show>
requires std::is_invocable_r_v < Result<boost::json::value>, Show,
const controller::View&,
    const std::invoke_result_t<Read, const Fields&>& > Action query(Read read, Show show) {
  return {[read, show](const Fields& fields) {
            return Request{
                QueryRequest{[show, asked = read(fields)](const controller::View& view)
                                 -> Result<boost::json::value> { return show(view, asked); }}};
          },
          Effect::Reads};
}

/// `read` makes what is asked for of the parameters; `run` does it and shows what came of it.
template <class Read, class Run>
requires std::is_invocable_v<Run, const Daemon&, std::invoke_result_t<Read, const Fields&>, Reply>
    Action operation(Effect effect, Read read, Run run) {
  return {[read, run](const Fields& fields) {
            return Request{
                OperationRequest{[run, asked = read(fields)](const Daemon& daemon, Reply reply) {
                  run(daemon, asked, std::move(reply));
                }}};
          },
          effect};
}

/// The reader of a method without parameters.
struct Nothing {};
inline Nothing readNothing(const Fields& /*fields*/) {
  return {};
}

}  // namespace netctl::api
