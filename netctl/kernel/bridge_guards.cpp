#include "netctl/kernel/bridge_guards.h"

#include "modes/host/names.h"

#include <fmt/format.h>
#include <nftables/libnftables.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>
#include <new>
#include <utility>

namespace netctl::kernel {
namespace {

using firewall::GuardElement;
using host::Guard;
using host::GuardRules;

/// Values that nobody desires.
const GuardRules kOtherRules{.shared_bridge = "(changed by somebody)"};
const Guard kOtherGuard{};
constexpr net::Tag kOtherNetwork{0};

// A table that is only checked and never made.
constexpr const char* kUsesBridgeNames =
    "table bridge netctl_check { chain check { meta ibrname \"br0\" accept; }; }";

net::MacAddress macOf(const std::string& bytes) {
  net::MacAddress mac;
  std::memcpy(mac.bytes.data(), bytes.data(), std::min(bytes.size(), mac.bytes.size()));
  return mac;
}

net::Tag tagOf(const std::string& bytes) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return {static_cast<std::uint16_t>(value)};
}

/// nft's first line without its place in the commands, which can be very long.
std::string firstLine(std::string_view said) {
  said = said.substr(0, said.find('\n'));
  const auto error = said.find("Error: ");
  return std::string(error == std::string_view::npos ? said : said.substr(error + 7));
}

std::vector<GuardElement> elementsOf(const host::Guards& guards) {
  std::vector<GuardElement> all;
  const auto add = [&](std::vector<GuardElement> elements) {
    std::move(elements.begin(), elements.end(), std::back_inserter(all));
  };
  for (const auto& [device, guard] : guards.ports) add(firewall::portElements(device, guard));
  for (const auto& [mac, guard] : guards.unseen) add(firewall::unseenElements(guard));
  for (const auto& [mac, tag] : guards.members) add(firewall::memberElements(mac, tag));
  return all;
}

}  // namespace

void BridgeGuards::Free::operator()(nft_ctx* context) const {
  nft_ctx_free(context);
}

BridgeGuards::BridgeGuards(GuardReader reader, Context nft)
    : reader_(std::move(reader)), nft_(std::move(nft)) {}

Result<BridgeGuards> BridgeGuards::open() {
  // First, because libnftables ends the process where it cannot open its socket.
  auto reader = GuardReader::open();
  if (!reader) return reader.error();
  Context nft(nft_ctx_new(NFT_CTX_DEFAULT));
  if (!nft) throw std::bad_alloc();
  if (nft_ctx_buffer_output(nft.get()) != 0 || nft_ctx_buffer_error(nft.get()) != 0) {
    throw std::bad_alloc();
  }
  BridgeGuards guards(std::move(*reader), std::move(nft));
  std::string refusal;
  nft_ctx_set_dry_run(guards.nft_.get(), true);
  guards.bridge_names_ = guards.run(kUsesBridgeNames, refusal);
  nft_ctx_set_dry_run(guards.nft_.get(), false);
  return guards;
}

bool BridgeGuards::run(const std::string& commands, std::string& refusal) {
  const bool done = nft_run_cmd_from_buffer(nft_.get(), commands.c_str()) == 0;
  const auto* said = nft_ctx_get_error_buffer(nft_.get());
  if (!done) refusal = firstLine(said != nullptr ? said : "");
  return done;
}

Result<void> BridgeGuards::write(const std::string& commands) {
  std::string refusal;
  if (run(commands, refusal)) return {};
  return Error{ErrorCode::Kernel, "",
               fmt::format("cannot write nft's table bridge {}: {}", host::kGuardTable, refusal)};
}

Result<void> BridgeGuards::apply(const host::EditGuards& step) {
  const auto* rules = step.rules && step.rules->after ? &*step.rules->after : nullptr;
  if (rules != nullptr && !rules->own_bridges.empty() && !bridge_names_) {
    return Error{ErrorCode::Unsupported, "",
                 "the kernel cannot tell which bridge a port is of; load its module "
                 "nft_meta_bridge, or boot a kernel that has it"};
  }
  if (auto written = write(firewall::guardCommands(step, bridge_names_)); !written) return written;
  if (rules == nullptr) return {};
  const auto fingerprint = reader_.fingerprint();
  if (!fingerprint) return fingerprint.error();
  return write(firewall::addCommand(firewall::kernelSeal(*fingerprint)));
}

Result<std::optional<GuardRules>> BridgeGuards::sealedRules() {
  const auto seal = reader_.all(firewall::kGuardSeal);
  if (!seal) return seal.error();
  if (!*seal) return std::optional<GuardRules>();
  for (const auto& [key, entry] : **seal) {
    const auto rules = firewall::parseRulesSeal(entry.comment, bridge_names_);
    if (!rules) continue;
    const auto fingerprint = reader_.fingerprint();
    if (!fingerprint) return fingerprint.error();
    const auto kernel = firewall::kernelSeal(*fingerprint);
    const auto found = (*seal)->find(GuardReader::keyOf(kernel));
    if (found != (*seal)->end() && found->second.comment == kernel.comment) return rules;
  }
  return std::optional<GuardRules>();
}

Result<void> BridgeGuards::look(const host::Scope& scope, host::HostState& into) {
  auto& guards = into.guards;
  if (scope.everything || scope.guard_rules) {
    const auto there = reader_.hasTable();
    if (!there) return there.error();
    if (!*there) return {};
    const auto rules = sealedRules();
    if (!rules) return rules.error();
    guards.rules = rules->value_or(kOtherRules);
    // There is no need to read what is going to be replaced.
    if (!*rules) return {};
  }
  return scope.everything ? lookAtAll(guards) : lookAtSome(scope, guards);
}

BridgeGuards::Place BridgeGuards::placeOf(const GuardElement& element) {
  const auto value = element.value ? GuardReader::bytesOf(*element.value) : "";
  return {element.set, GuardReader::keyOf(element) + value};
}

bool BridgeGuards::holdsAll(const Places& places, const std::vector<GuardElement>& elements) {
  return std::all_of(elements.begin(), elements.end(),
                     [&](const auto& element) { return places.contains(placeOf(element)); });
}

Result<void> BridgeGuards::lookAtAll(host::Guards& into) {
  Places there;
  host::Guards guards{.rules = into.rules};
  for (const auto set : firewall::guardSets()) {
    const auto entries = reader_.all(set);
    if (!entries) return entries.error();
    if (!*entries) continue;
    for (const auto& [key, entry] : **entries) {
      there.insert({set, key + entry.value});
      if (set == firewall::kGuardMembers) guards.members[macOf(key)] = tagOf(entry.value);
      // One whose comment is not ours is missed below.
      const auto guard = firewall::parseGuard(entry.comment);
      if (!guard) continue;
      if (set == firewall::kGuardPorts) guards.ports[key.c_str()] = *guard;
      if (set == firewall::kGuardUnseen) guards.unseen[guard->mac] = *guard;
    }
  }
  Places expected;
  for (const auto& element : elementsOf(guards)) expected.insert(placeOf(element));
  if (there == expected) {
    into = std::move(guards);
  } else {
    into.rules = kOtherRules;
  }
  return {};
}

Result<BridgeGuards::Places> BridgeGuards::find(const std::vector<GuardElement>& elements) {
  std::map<std::string_view, std::vector<GuardElement>> by_set;
  for (const auto& element : elements) by_set[element.set].push_back(element);
  Places places;
  for (const auto& [set, same] : by_set) {
    const auto found = reader_.find(same);
    if (!found) return found.error();
    for (const auto& [key, entry] : *found) places.insert({set, key + entry.value});
  }
  return places;
}

Result<void> BridgeGuards::lookAtSome(const host::Scope& scope, host::Guards& into) {
  std::vector<GuardElement> heads;
  for (const auto& device : scope.guards) {
    heads.push_back({.set = firewall::kGuardPorts, .key = {device}});
  }
  const auto ports = reader_.find(heads);
  if (!ports) return ports.error();
  for (const auto& [key, entry] : *ports) {
    into.ports[key.c_str()] = firewall::parseGuard(entry.comment).value_or(kOtherGuard);
  }
  heads.clear();
  for (const auto& mac : scope.unseen_guards) {
    heads.push_back({.set = firewall::kGuardUnseen, .key = {mac}});
  }
  const auto unseen = reader_.find(heads);
  if (!unseen) return unseen.error();
  for (const auto& [key, entry] : *unseen) {
    into.unseen[macOf(key)] = firewall::parseGuard(entry.comment).value_or(kOtherGuard);
  }
  heads.clear();
  for (const auto& mac : scope.guard_members) {
    heads.push_back({.set = firewall::kGuardMembers, .key = {mac}});
  }
  const auto members = reader_.find(heads);
  if (!members) return members.error();
  for (const auto& [key, entry] : *members) into.members[macOf(key)] = tagOf(entry.value);

  const auto there = find(elementsOf(into));
  if (!there) return there.error();
  for (auto& [device, guard] : into.ports) {
    if (!holdsAll(*there, firewall::portElements(device, guard))) guard = kOtherGuard;
  }
  for (auto& [mac, guard] : into.unseen) {
    if (guard.mac != mac || !holdsAll(*there, firewall::unseenElements(guard))) guard = kOtherGuard;
  }
  for (auto& [mac, tag] : into.members) {
    if (!holdsAll(*there, firewall::memberElements(mac, tag))) tag = kOtherNetwork;
  }
  return {};
}

}  // namespace netctl::kernel
