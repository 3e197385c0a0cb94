#include "netctl/cli/run_hook_sync.h"

#include "netctl/cli/exit_code.h"
#include "netctl/cli/offline_words.h"
#include "netctl/cli/timely_calls.h"
#include "netctl/hook/instance_of_machine.h"
#include "netctl/hook/machines_here.h"
#include "netctl/hook/prune.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <chrono>
#include <iostream>
#include <string_view>

namespace netctl::cli {
namespace {

using What = hook::Done::What;

/// For people, who may wait for what takes long to be in force.
constexpr std::chrono::minutes kPatience{10};

struct Host {
  config::Configuration configuration;
  hook::Surroundings surroundings;
  hook::MachinesHere here;
};

Result<Host> lookAround(const HookCall& call) {
  OfflineWords place;
  place.config = call.config;
  auto configuration = configurationOf(place);
  if (!configuration) return configuration.error();
  auto here = hook::machinesHere();
  if (!here) return here.error();
  const auto& host = configuration->settings.host;
  hook::Surroundings surroundings{timelyCalls(hookTarget(configuration->services, host.role),
                                              std::chrono::steady_clock::now() + kPatience),
                                  host.node_name, call.plan};
  return Host{*std::move(configuration), std::move(surroundings), *std::move(here)};
}

std::string_view wordFor(What what, bool plan) {
  switch (what) {
    case What::Nothing:
      return plan ? "stays as it is" : "is as it should be";
    case What::Attached:
      return plan ? "would be attached" : "attached";
    case What::Migrates:
      return plan ? "would migrate here" : "migrates here";
    case What::Moved:
      return plan ? "would be moved here" : "moved here";
    case What::Modified:
      return plan ? "would be modified" : "modified";
    case What::Detached:
      return plan ? "would be detached" : "detached";
  }
  return "";
}

Result<hook::Done> syncOne(const hook::Machine& machine, const Host& host) {
  if (auto right = hook::checkPlace(machine, host.configuration); !right) return right.error();
  return hook::keep(machine, host.surroundings);
}

}  // namespace

int runHookSync(const HookCall& call) {
  const auto host = lookAround(call);
  if (!host) return tellRefusal(host.error());
  int code = kDone;
  for (const auto& error : host->here.wrong) code = tellRefusal(error);
  for (const auto& [machine, runs] : host->here.machines) {
    if (!runs) continue;
    const auto done = syncOne(machine, *host);
    if (!done) {
      std::cerr << fmt::format("{} {}: ", machine.name, machine.instance_id);
      code = tellRefusal(done.error());
      continue;
    }
    std::cout << fmt::format("{} {}: {}\n", machine.name, machine.instance_id,
                             wordFor(done->what, call.plan));
    for (const auto& step : done->steps) std::cout << "  " << step << "\n";
  }
  return code;
}

int runHookPrune(const HookCall& call) {
  const auto host = lookAround(call);
  if (!host) return tellRefusal(host.error());
  const auto& surroundings = host->surroundings;
  const auto ids = hook::forgotten(host->here, surroundings.call, surroundings.node);
  if (!ids) return tellRefusal(ids.error());
  for (const auto& id : *ids) {
    if (!call.plan) {
      const boost::json::object wanted{{"instance_id", id}};
      const auto detached = surroundings.call("instance.detach", wanted);
      if (!detached) return tellRefusal(detached.error());
    }
    std::cout << fmt::format("{}: {}\n", id, wordFor(What::Detached, call.plan));
  }
  return kDone;
}

}  // namespace netctl::cli
