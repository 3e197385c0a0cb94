#include "base/base64.h"
#include "base/text.h"
#include "modes/cloud/text_rules.h"
#include "netctl/api/in_force.h"
#include "netctl/api/nouns.h"
#include "netctl/api/request.h"
#include "netctl/api/timestamp.h"
#include "netctl/controller/controller.h"
#include "netctl/controller/counts.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <charconv>
#include <chrono>
#include <optional>

/// The noun `system`: what the daemon is asked about itself and its host.
namespace netctl::api {
namespace {

namespace json = boost::json;
using controller::View;

json::object showNumbers(const cloud::Cloud& cloud) {
  std::size_t permissions = 0;
  for (const auto& [id, group] : cloud.groups()) permissions += group->permissions.size();
  const auto& settings = cloud.settings();
  return {{"accounts", cloud.accounts().size()},
          {"groups", cloud.groups().size()},
          {"permissions", permissions},
          {"instances", cloud.instances().size()},
          {"networks", controller::countNetworks(cloud)},
          {"networks_possible", settings.plan.tags.size()},
          {"addresses", cloud.addresses().size()},
          {"addresses_possible", settings.pool.size()}};
}

json::object showPorts(const View& view) {
  const auto counts = controller::countPorts(view);
  return {{"waiting", counts.waiting}, {"open", counts.open}, {"failed", counts.failed}};
}

json::value showPause(const controller::Status& status) {
  return status.paused_until ? timeOrNull(*status.paused_until) : json::value();
}

json::object showStatus(const View& view, Nothing /*asked*/) {
  const auto& settings = view.cloud.settings();
  const auto& status = view.status;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(status.audit_period);
  json::object result{{"version", NETCTL_VERSION},
                      {"mode", cloud::format(settings.mode)},
                      {"role", cloud::format(settings.host.role)},
                      {"node", settings.host.node_name},
                      {"started", timeOrNull(status.started)},
                      {"last_audit", timeOrNull(status.last_audit)},
                      {"audit_period", seconds.count()}};
  addInForce(result, status.not_in_force);
  result["healthy"] = controller::isHealthy(status);
  addProblems(result, status.problems);
  result["dhcp"] = json::object{{"running", status.dhcp.running},
                                {"pid", status.dhcp.pid},
                                {"restarts", status.dhcp.restarts}};
  result["metadata"] = json::object{{"running", status.metadata.running},
                                    {"pid", status.metadata.pid},
                                    {"restarts", status.metadata.restarts}};
  result["paused_until"] = showPause(status);
  result["ports"] = showPorts(view);
  result["numbers"] = showNumbers(view.cloud);
  result["notices"] = json::value_from(status.notices);
  return result;
}

void planRepair(const Daemon& daemon, Nothing /*asked*/, Reply reply) {
  auto& controller = daemon.controller;
  controller.plan([&controller, reply = std::move(reply)](const auto& steps) {
    if (!steps) return reply(steps.error());
    controller.read([steps = *steps, reply](const View& view) {
      auto result = showPlan(steps);
      addProblems(result, view.status.problems);
      reply(std::move(result));
    });
  });
}

struct Reconcile {
  bool dry_run = false;
};

Reconcile readReconcile(const Fields& fields) {
  return {fields.flag("dry_run")};
}

void repair(const Daemon& daemon, Reconcile asked, Reply reply) {
  auto& controller = daemon.controller;
  if (asked.dry_run) {
    return controller.plan([reply = std::move(reply)](const auto& steps) {
      if (!steps) return reply(steps.error());
      json::object result{{"changed", !steps->empty()}};
      addInForce(result, {});
      reply(json::object{{"plan", showPlan(*steps)}, {"result", std::move(result)}});
    });
  }
  controller.reconcile([&controller, reply = std::move(reply)](const auto& steps) {
    if (!steps) return reply(steps.error());
    controller.read([steps = *steps, reply](const View& view) {
      json::object result = showPlan(steps);
      result["changed"] = !steps.empty();
      addInForce(result, view.status.not_in_force);
      reply(std::move(result));
    });
  });
}

void reloadConfiguration(const Daemon& daemon, Nothing /*asked*/, Reply reply) {
  daemon.reload([reply = std::move(reply)](const Result<ReloadReport>& report) {
    if (!report) return reply(report.error());
    reply(json::object{{"applied", json::value_from(report->applied)},
                       {"needs_restart", json::value_from(report->needs_restart)},
                       {"refused", json::value_from(report->refused)},
                       {"notices", json::value_from(report->notices)}});
  });
}

/// From its words on the command line and in the RPC.
Result<Service> parseService(std::string_view text) {
  if (text == "dhcp") return Service::Dhcp;
  if (text == "metadata") return Service::Metadata;
  return cloud::invalid(fmt::format("{} is not a service; write dhcp or metadata", quote(text)));
}

struct Restart {
  std::optional<Service> service;
};

Restart readRestart(const Fields& fields) {
  return {fields.parsed("service", parseService)};
}

void restartService(const Daemon& daemon, Restart asked, Reply reply) {
  daemon.restart(asked.service.value(), [service = *asked.service,
                                         reply = std::move(reply)](const Result<void>& restarted) {
    if (!restarted) return reply(restarted.error());
    reply(json::object{{"restarted", service == Service::Dhcp ? "dhcp" : "metadata"}});
  });
}

/// `90`, `90s`, `30m`, `2h`; at most a day.
Result<std::chrono::seconds> parseDuration(std::string_view text) {
  constexpr std::int64_t kLongest = 86400;
  const auto wrong = cloud::invalid(
      fmt::format("{} is not a duration; write 30m, 90s or 2h, a day at most", quote(text)));
  std::int64_t count = 0;
  const auto [rest, fault] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(rest, static_cast<std::size_t>(text.data() + text.size() - rest));
  const std::int64_t seconds = unit.empty() || unit == "s" ? 1
                               : unit == "m"               ? 60
                               : unit == "h"               ? 3600
                                                           : 0;
  if (fault != std::errc() || seconds == 0 || count <= 0 || count > kLongest / seconds)
    return wrong;
  return std::chrono::seconds(count * seconds);
}

struct Pause {
  std::optional<std::chrono::seconds> duration;
};

Pause readPause(const Fields& fields) {
  return {fields.parsed("duration", parseDuration)};
}

controller::Controller::Reader replyWithPause(Reply reply) {
  return [reply = std::move(reply)](const View& view) {
    reply(json::object{{"paused_until", showPause(view.status)}});
  };
}

void pauseRepairs(const Daemon& daemon, Pause asked, Reply reply) {
  daemon.controller.pause(asked.duration.value(), replyWithPause(std::move(reply)));
}

void resumeRepairs(const Daemon& daemon, Nothing /*asked*/, Reply reply) {
  daemon.controller.resume(replyWithPause(std::move(reply)));
}

void backUp(const Daemon& daemon, Nothing /*asked*/, Reply reply) {
  daemon.controller.backup([reply = std::move(reply)](const Result<std::string>& image) {
    if (!image) return reply(image.error());
    reply(json::object{{"state", encodeBase64(*image)}});
  });
}

json::object showMethod(const Method& method) {
  json::array parameters;
  for (const auto& parameter : method.parameters) {
    parameters.push_back(
        json::object{{"name", parameter.name},
                     {"type", format(parameter.type)},
                     {"required", parameter.required},
                     {"help", parameter.help},
                     {"example", json::parse(json::string_view(parameter.example))}});
  }
  return {{"method", method.name},
          {"help", method.help},
          {"change", method.isChange()},
          {"read", method.onlyReads()},
          {"parameters", std::move(parameters)},
          {"result", method.result}};
}

json::object showMethods(const View& /*view*/, Nothing /*asked*/) {
  json::array all;
  for (const auto& method : methods()) all.push_back(showMethod(method));
  return {{"methods", std::move(all)}};
}

}  // namespace

std::vector<Method> systemMethods() {
  return {
      {.name = "system.status",
       .help = "Shows the mode, what is not in force and why, problems, servers, ports, numbers.",
       .result =
           "version, mode, role, node, started, last_audit, audit_period in seconds, "
           "in_force, not_in_force[], "
           "healthy, problems[{object, what, consequence, remedy, severity}], dhcp, metadata, "
           "paused_until, ports, numbers, notices[]",
       .example = "{}",
       .action = query(readNothing, showStatus)},
      {.name = "system.plan",
       .help = "Looks at the whole host and says what a repair would do now; writes nothing.",
       .result = "steps[{phase, action, object, detail}]; empty: all is in force; problems[]",
       .example = "{}",
       .action = operation(Effect::Reads, readNothing, planRepair)},
      {.name = "system.reconcile",
       .help = "Looks at the whole host and repairs it.",
       .parameters = {kDryRun},
       .result = "steps[{phase, action, object, detail}]: what was done",
       .example = "{}",
       .action = operation(Effect::Changes, readReconcile, repair)},
      {.name = "system.reload",
       .help = "Reads the configuration again and applies what can change at run time.",
       .result = "applied[], needs_restart[]: keys; refused[]: keys and why; notices[]",
       .example = "{}",
       .action = operation(Effect::Manages, readNothing, reloadConfiguration)},
      {.name = "system.restart",
       .help =
           "Puts a new process in place of the DHCP or the metadata server, as after an upgrade.",
       .parameters = {required(
           {.name = "service", .help = "`dhcp` or `metadata`", .example = R"("metadata")"})},
       .positional = "service",
       .result = "restarted: the service; the new process serves, and the former one has ended",
       .example = R"({"service": "metadata"})",
       .action = operation(Effect::Manages, readRestart, restartService)},
      {.name = "system.pause",
       .help = "Holds back repairs of what others change on the host; commands go on.",
       .parameters = {required({.name = "duration",
                                .help = "from now on, as `90s`, `30m` or `2h`; a day at most",
                                .example = R"("30m")"})},
       .positional = "duration",
       .result = "paused_until",
       .example = R"({"duration": "30m"})",
       .action = operation(Effect::Manages, readPause, pauseRepairs)},
      {.name = "system.resume",
       .help = "Ends a pause; netctld looks at the whole host and repairs what differs.",
       .result = "paused_until: null",
       .example = "{}",
       .action = operation(Effect::Manages, readNothing, resumeRepairs)},
      {.name = "system.backup",
       .help = "Gives the stored cloud as of now, with the secrets of keys. `netctl backup FILE` "
               "writes it to a file.",
       .result = "state: the bytes of a state file, in Base64",
       .example = "{}",
       .action = operation(Effect::Manages, readNothing, backUp)},
      {.name = "system.methods",
       .help = "Lists the methods with their parameters.",
       .result = "methods[{method, help, change, read, parameters[{name, type, required, help, "
                 "example}], result}]",
       .example = "{}",
       .action = query(readNothing, showMethods)},
  };
}

}  // namespace netctl::api
