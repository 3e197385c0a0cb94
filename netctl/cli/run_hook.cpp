#include "netctl/cli/run_hook.h"

#include "netctl/cli/exit_code.h"
#include "netctl/cli/hook_call.h"
#include "netctl/cli/hook_limit.h"
#include "netctl/cli/offline_words.h"
#include "netctl/cli/run_hook_sync.h"
#include "netctl/cli/timely_calls.h"
#include "netctl/hook/domain.h"
#include "netctl/hook/instance_of_machine.h"
#include "netctl/hook/machine_phases.h"
#include "netctl/hook/machines_here.h"
#include "netctl/hook/standing_guard.h"
#include "netctl/hook/virtual_machine_file.h"

#include <fmt/format.h>

#include <chrono>
#include <iostream>
#include <iterator>
#include <optional>
#include <utility>

namespace netctl::cli {
namespace {

using hook::Machine;
using hook::Phase;

/// Within the limit of the whole (hook_limit.h), so that the guard can be looked at.
constexpr std::chrono::milliseconds kCallsEnd{2000};

/// The error with the machine's name.
Error named(const Machine& machine, const Error& error) {
  if (error.reason == hook::kWrongMachine) return error;
  return hook::wrongMachine(machine.name, {{"", hook::text(error)}});
}

/// Whether a machine that is about to start has its guard, whether netctld has answered or not.
Result<void> checkGuard(const Machine& machine, const Result<hook::Done>& done) {
  if (!done && done.error().code != ErrorCode::Timeout) return named(machine, done.error());
  const auto stands = hook::guardStands(machine);
  if (!stands) return named(machine, stands.error());
  const auto why = done ? std::string("netctld has not brought it into force, see netctl status")
                        : hook::text(done.error());
  if (*stands) {
    if (!done) {
      std::cerr << fmt::format("netctl: machine '{}' starts behind its standing guard: {}\n",
                               machine.name, why);
    }
    return {};
  }
  return hook::wrongMachine(machine.name, {{"guard", "no guard stands for it: " + why}});
}

Result<void> serve(const Machine& machine, Phase phase, const HookCall& call) {
  const auto start = std::chrono::steady_clock::now();
  OfflineWords place;
  place.config = call.config;
  const auto configuration = configurationOf(place);
  if (!configuration) return named(machine, configuration.error());
  if (auto right = hook::checkPlace(machine, *configuration); !right) return right;
  const auto& host = configuration->settings.host;
  const hook::Surroundings surroundings{
      timelyCalls(hookTarget(configuration->services, host.role), start + kCallsEnd),
      host.node_name};
  Result<hook::Done> done;
  switch (phase) {
    case Phase::Arrive:
      done = hook::arrive(machine, surroundings);
      break;
    case Phase::ArriveAndStart:
      done = hook::arrive(machine, surroundings);
      if (!done && done.error().code != ErrorCode::Timeout) break;
      return checkGuard(machine, hook::start(machine, surroundings));
    case Phase::Start:
      return checkGuard(machine, hook::start(machine, surroundings));
    case Phase::Running:
      done = hook::keep(machine, surroundings);
      break;
    case Phase::Stop:
      done = hook::stop(machine, surroundings);
      break;
    case Phase::Leave:
      done = hook::leave(machine, surroundings);
      break;
  }
  if (!done) return named(machine, done.error());
  return {};
}

/// A machine with a word of ours. Only one that is about to start can be refused.
int serveOurs(const Result<std::optional<Machine>>& machine, Phase phase, const HookCall& call) {
  if (machine && !*machine) return kDone;
  const auto refusal = canRefuse(phase) ? kRefused : kDone;
  limitHook(refusal);
  if (!machine) {
    tellRefusal(machine.error());
    return refusal;
  }
  if (const auto served = serve(**machine, phase, call); !served) {
    tellRefusal(served.error());
    return refusal;
  }
  return kDone;
}

/// What libvirt writes to stdin; nothing goes to stdout, which it may read.
int runLibvirtHook(const HookCall& call) {
  if (call.words.size() < 3) {
    return printUsage("hook: libvirt gives a name, an operation, and two words more", helpHook());
  }
  limitHook(kDone);
  const std::string xml{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
  const auto extra = call.words.size() > 4 ? call.words[4] : "-";
  const auto phase = hook::libvirtPhase(call.words[2], extra);
  // Whatever else is wrong with a domain that is none of ours is not our matter.
  if (!phase || xml.find(hook::kDomainNamespace) == std::string::npos) return kDone;
  return serveOurs(hook::parseDomain(xml), *phase, call);
}

Result<std::optional<Machine>> virtualMachine(const std::string& vmid, Phase& phase) {
  const auto file = hook::findVirtualMachineFile(vmid);
  if (!file) return file.error();
  if (!*file) return std::optional<Machine>();
  // It has moved, and its end here is not its end.
  if (phase == Phase::Stop && !(*file)->is_here) phase = Phase::Leave;
  // Its file comes here when it has arrived.
  if (phase == Phase::Start && !(*file)->is_here) phase = Phase::ArriveAndStart;
  return hook::parseVirtualMachineFile(vmid, (*file)->text);
}

int runProxmoxHook(const HookCall& call) {
  if (call.words.size() != 3) {
    return printUsage("hook: Proxmox gives a VMID and a phase", helpHook());
  }
  limitHook(kDone);
  auto phase = hook::proxmoxPhase(call.words[2]);
  if (!phase) return kDone;
  const auto machine = virtualMachine(call.words[1], *phase);
  return serveOurs(machine, *phase, call);
}

}  // namespace

std::string helpHook() {
  return "What hypervisors call when a machine starts and ends, so that it has its network without "
         "an\norchestrator. docs/hosts/libvirt.md and docs/hosts/proxmox.md say how a machine "
         "names "
         "its\naccount and groups. sync does the same for machines that run already; prune "
         "detaches "
         "the\ninstances that a hook has attached and whose hypervisor does not know the machine "
         "any more.\n\n"
         "usage: netctl hook libvirt NAME OPERATION SUB EXTRA   as libvirt's hooks/qemu.d calls "
         "it\n"
         "       netctl hook proxmox VMID PHASE                 as Proxmox calls a hookscript\n"
         "       netctl hook sync [--plan]\n"
         "       netctl hook prune [--plan]\n\n"
         "options, before all other words:\n"
         "  --config FILE            the configuration; without it as netctld\n"
         "  --plan                   shows what would be done, and does nothing\n\n"
         "example:\n  netctl hook sync --plan\n";
}

int runHook(const std::vector<std::string>& words) {
  const auto call = readHookCall(words);
  if (!call) return printUsage("hook: " + call.error().message, helpHook());
  if (call->help) {
    std::cout << helpHook();
    return kDone;
  }
  const auto command = call->words.empty() ? std::string() : call->words[0];
  if (command == "libvirt") return runLibvirtHook(*call);
  if (command == "proxmox") return runProxmoxHook(*call);
  const bool alone = call->words.size() == 1;
  if (command == "sync" && alone) return runHookSync(*call);
  if (command == "prune" && alone) return runHookPrune(*call);
  return printUsage("hook: write libvirt, proxmox, sync or prune", helpHook());
}

}  // namespace netctl::cli
