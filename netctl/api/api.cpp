#include "netctl/api/api.h"

#include "base/nearest_name.h"
#include "base/text.h"
#include "netctl/api/in_force.h"
#include "netctl/controller/gauges.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <utility>
#include <vector>

namespace netctl::api {
namespace {

namespace json = boost::json;

/// Draws so often before it gives up: ids are so long that already a second time is rare.
constexpr int kAttempts = 8;

void fill(cloud::CreateAccount& command, Fresh fresh) {
  command.fresh_id = std::move(fresh.account);
  command.fresh_key_id = std::move(fresh.key_id);
  command.fresh_secret = std::move(fresh.secret);
}
void fill(cloud::CreateKey& command, Fresh fresh) {
  command.fresh_key_id = std::move(fresh.key_id);
  command.fresh_secret = std::move(fresh.secret);
}
void fill(cloud::AddKeyPair& command, Fresh fresh) {
  command.fresh_id = std::move(fresh.key_pair);
  command.now = fresh.now;
}
void fill(cloud::CreatePrefixList& command, Fresh fresh) {
  command.fresh_id = std::move(fresh.prefix_list);
}
void fill(cloud::CreateGroup& command, Fresh fresh) {
  command.fresh_id = std::move(fresh.group);
}
void fill(cloud::AttachInstance& command, const Fresh& fresh) {
  command.now = fresh.now;
}

void fill(cloud::DetachInstance& command, const Fresh& fresh) {
  command.now = fresh.now;
}
void fill(cloud::AllocateAddress& command, const Fresh& fresh) {
  command.now = fresh.now;
}
void fill(cloud::ReleaseAddress& command, const Fresh& fresh) {
  command.now = fresh.now;
}
void fill(cloud::AssociateAddress& command, const Fresh& fresh) {
  command.now = fresh.now;
}

/// Gives ids and the time to a command that needs them. True where it is one.
bool refresh(cloud::Command& command, const std::function<Fresh()>& draw) {
  return std::visit(
      [&](auto& which) {
        if constexpr (requires { fill(which, draw()); }) {
          fill(which, draw());
          return true;
        }
        return false;
      },
      command);
}

/// The cloud had the new id already.
bool isCollision(const Error& error) {
  return error.code == ErrorCode::Busy && error.reason == "Unavailable";
}

json::value showApplied(const controller::View& view, const CommandRequest& request,
                        const controller::Applied& applied) {
  json::object result = request.show(view, request.command, applied.outcome);
  result["changed"] = applied.outcome.changed;
  addInForce(result, applied.not_in_force);
  if (!request.dry_run) return result;
  for (const auto* const never_kept : {"secret_key", "private_key"}) result.erase(never_kept);
  return json::object{{"plan", showPlan(applied.plan)}, {"result", std::move(result)}};
}

Error unknownMethod(std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& method : methods()) names.push_back(method.name);
  return {ErrorCode::Unsupported, "InvalidAction",
          fmt::format("there is no method {}; {}", quote(name),
                      didYouMean(name, names, "system.methods lists them"))};
}

std::string buildInfo() {
  return "# HELP netctl_build_info 1, with the version of this netctld.\n"
         "# TYPE netctl_build_info gauge\n"
         "netctl_build_info{version=\"" NETCTL_VERSION "\"} 1\n";
}

}  // namespace

Api::Api(controller::Controller& controller, Reload reload, Restart restart,
         std::function<Fresh()> fresh, Listeners listeners)
    : daemon_{controller, std::move(reload), std::move(restart)},
      fresh_(std::move(fresh)),
      listeners_(std::move(listeners)) {}

void Api::call(std::string_view method, const json::value& parameters, Reply reply) {
  const Method* const found = findMethod(method);
  if (found == nullptr) return reply(unknownMethod(method));
  auto request = readRequest(*found, parameters);
  if (!request) return reply(request.error());
  if (auto* const asked = std::get_if<CommandRequest>(&request->what)) {
    run(std::move(*asked), 1, std::move(reply));
  } else if (auto* const question = std::get_if<QueryRequest>(&request->what)) {
    run(std::move(*question), std::move(reply));
  } else {
    std::get<OperationRequest>(request->what).run(daemon_, std::move(reply));
  }
}

void Api::metrics(std::function<void(std::string)> reply) {
  daemon_.controller.readCounts([reply = std::move(reply)](const controller::View& view) {
    reply(buildInfo() + view.metrics.text() + controller::gaugesText(view) +
          controller::metricsText(view.status.problems));
  });
}

void Api::health(std::function<void(bool healthy, std::string text)> reply) {
  daemon_.controller.read([reply = std::move(reply)](const controller::View& view) {
    const bool healthy = controller::isHealthy(view.status);
    reply(healthy, healthy ? "ok\n" : controller::unhealthyText(view.status));
  });
}

void Api::run(CommandRequest request, int attempt, Reply reply) {
  const bool draws = refresh(request.command, fresh_);
  if (auto* const forward = std::get_if<cloud::CreateForward>(&request.command)) {
    auto listeners = listeners_();
    if (!listeners) return reply(listeners.error());
    forward->listeners = *std::move(listeners);
  }
  const controller::SubmitOptions options{.dry_run = request.dry_run};
  auto command = request.command;
  daemon_.controller.submit(
      std::move(command), options,
      [this, request = std::move(request), attempt, draws, reply = std::move(reply)](
          const controller::View& view, const Result<controller::Applied>& applied) {
        if (applied) return reply(showApplied(view, request, *applied));
        if (draws && isCollision(applied.error()) && attempt < kAttempts) {
          return run(request, attempt + 1, reply);
        }
        reply(applied.error());
      });
}

void Api::run(QueryRequest request, Reply reply) {
  daemon_.controller.read([request = std::move(request), reply = std::move(reply)](
                              const controller::View& view) { reply(request.answer(view)); });
}

}  // namespace netctl::api
