#include "netctl/api/dispatch.h"

#include "base/nearest_name.h"
#include "modes/cloud/text_rules.h"
#include "netctl/api/describe.h"
#include "netctl/api/methods.h"
#include "netctl/api/write.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <memory>
#include <utility>

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
void fill(cloud::CreateGroup& command, Fresh fresh) {
  command.fresh_id = std::move(fresh.group);
}
void fill(cloud::AttachInstance& command, const Fresh& fresh) {
  command.now = fresh.now;
}

/// Gives a command that makes something new ids. True where it is one.
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

json::value writeApplied(const controller::View& view, const ChangeRequest& request,
                         const controller::Applied& applied) {
  json::object result = writeOutcome(view, request.command, applied.outcome);
  result["changed"] = applied.outcome.changed;
  addForce(result, applied.not_in_force);
  if (!request.dry_run) return result;
  result.erase("secret_key");  // it will never be anybody's
  return json::object{{"plan", writePlan(applied.plan)}, {"result", std::move(result)}};
}

json::value writeMethods() {
  json::array all;
  for (const auto& method : methods()) all.push_back(write(method));
  return json::object{{"methods", std::move(all)}};
}

Error unknownMethod(std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& method : methods()) names.push_back(method.name);
  const auto right = nearestName(name, names, std::min<std::size_t>(2, name.size() / 2));
  return {
      ErrorCode::Unsupported, "InvalidAction",
      fmt::format("there is no method {}; {}", cloud::quoted(name),
                  right ? fmt::format("did you mean '{}'?", *right) : "system.methods lists them")};
}

}  // namespace

Api::Api(controller::Controller& controller, Reload reload, std::function<Fresh()> fresh)
    : controller_(controller), reload_(std::move(reload)), fresh_(std::move(fresh)) {}

void Api::call(std::string_view method, const json::value& parameters, Reply reply) {
  const Method* const found = findMethod(method);
  if (found == nullptr) return reply(unknownMethod(method));
  auto request = read(*found, parameters);
  if (!request) return reply(request.error());
  if (auto* const asked = std::get_if<ChangeRequest>(&*request)) {
    change(std::move(*asked), 1, std::move(reply));
  } else if (auto* const described = std::get_if<DescribeRequest>(&*request)) {
    describe(std::move(*described), std::move(reply));
  } else if (const auto* const events = std::get_if<EventsRequest>(&*request)) {
    controller_.read([events = *events, reply = std::move(reply)](const controller::View& view) {
      reply(writeEvents(view.events, events.since, events.limit));
    });
  } else {
    system(std::get<SystemRequest>(*request), std::move(reply));
  }
}

void Api::metrics(std::function<void(std::string)> reply) {
  controller_.read(
      [reply = std::move(reply)](const controller::View& view) { reply(view.metrics.text()); });
}

void Api::change(ChangeRequest request, int attempt, Reply reply) {
  const bool draws = refresh(request.command, fresh_);
  const controller::SubmitOptions options{.dry_run = request.dry_run};
  auto command = request.command;
  controller_.submit(std::move(command), options,
                     [this, request = std::move(request), attempt, draws, reply = std::move(reply)](
                         const controller::View& view, const Result<controller::Applied>& applied) {
                       if (applied) return reply(writeApplied(view, request, *applied));
                       if (draws && isCollision(applied.error()) && attempt < kAttempts) {
                         return change(request, attempt + 1, reply);
                       }
                       reply(applied.error());
                     });
}

void Api::describe(DescribeRequest request, Reply reply) {
  controller_.read([this, request = std::move(request),
                    reply = std::move(reply)](const controller::View& view) {
    if (!lacksDefaultGroup(view.cloud, request)) return reply(api::describe(view, request));
    controller_.submit(
        cloud::EnsureDefaultGroup{request.owner}, {},
        [request, reply](const controller::View& later, const Result<controller::Applied>& made) {
          if (!made) return reply(made.error());
          reply(api::describe(later, request));
        });
  });
}

void Api::system(const SystemRequest& request, Reply reply) {
  switch (request.action) {
    case SystemAction::Status:
      return controller_.read(
          [reply = std::move(reply)](const controller::View& view) { reply(writeStatus(view)); });
    case SystemAction::Plan:
      return controller_.plan([reply = std::move(reply)](const auto& steps) {
        if (!steps) return reply(steps.error());
        reply(writePlan(*steps));
      });
    case SystemAction::Reconcile:
      return reconcile(request.dry_run, std::move(reply));
    case SystemAction::Reload:
      return reload(reply);
    case SystemAction::Methods:
      return reply(writeMethods());
  }
}

void Api::reconcile(bool dry_run, Reply reply) {
  if (dry_run) {
    return controller_.plan([reply = std::move(reply)](const auto& steps) {
      if (!steps) return reply(steps.error());
      json::object result{{"changed", !steps->empty()}};
      addForce(result, {});
      reply(json::object{{"plan", writePlan(*steps)}, {"result", std::move(result)}});
    });
  }
  controller_.reconcile([this, reply = std::move(reply)](const auto& steps) {
    if (!steps) return reply(steps.error());
    controller_.read([steps = *steps, reply](const controller::View& view) {
      json::object result = writePlan(steps);
      result["changed"] = !steps.empty();
      addForce(result, view.status.not_in_force);
      reply(std::move(result));
    });
  });
}

void Api::reload(const Reply& reply) {
  reload_([reply](const Result<ReloadReport>& report) {
    if (!report) return reply(report.error());
    reply(json::object{{"applied", json::value_from(report->applied)},
                       {"needs_restart", json::value_from(report->needs_restart)},
                       {"refused", json::value_from(report->refused)},
                       {"notices", json::value_from(report->notices)}});
  });
}

}  // namespace netctl::api
