#include "netctl/kernel/bridge_guards.h"

#include "modes/host/names.h"

// Before any header of the kernel: both define the same types.
#include <netinet/in.h>

#include <fmt/format.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>
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

struct PartBytes {
  std::string operator()(const std::string& device) const { return NftReader::nameBytes(device); }
  std::string operator()(const net::MacAddress& mac) const {
    return {mac.bytes.begin(), mac.bytes.end()};
  }
  std::string operator()(net::Ipv4Address address) const {
    return NftReader::numberBytes(htonl(address.value));
  }
  std::string operator()(net::Tag tag) const { return NftReader::numberBytes(tag.value); }
};

/// The bytes that the kernel has for an element's key.
std::string keyOf(const GuardElement& element) {
  if (element.key.size() == 1) return std::visit(PartBytes{}, element.key.front());
  std::string bytes;
  for (const auto& part : element.key) {
    bytes += std::visit(PartBytes{}, part);
    // The parts of a concatenation begin in registers of their own.
    bytes.resize((bytes.size() + NFT_REG32_SIZE - 1) / NFT_REG32_SIZE * NFT_REG32_SIZE);
  }
  return bytes;
}

std::vector<std::string> keysOf(const std::vector<GuardElement>& elements) {
  std::vector<std::string> keys;
  for (const auto& element : elements) keys.push_back(keyOf(element));
  return keys;
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

BridgeGuards::BridgeGuards(NftReader reader, NftWriter writer)
    : reader_(std::move(reader)), writer_(std::move(writer)) {}

Result<BridgeGuards> BridgeGuards::open() {
  // First, because libnftables ends the process where it cannot open its socket.
  auto reader = NftReader::open(NFPROTO_BRIDGE, host::kGuardTable);
  if (!reader) return reader.error();
  return BridgeGuards(std::move(*reader),
                      NftWriter::open(fmt::format("bridge {}", host::kGuardTable)));
}

bool BridgeGuards::tellsBridges() {
  if (!tells_bridges_) tells_bridges_ = writer_.wouldTake(kUsesBridgeNames);
  return *tells_bridges_;
}

Result<void> BridgeGuards::apply(const host::EditGuards& step) {
  const auto* rules = step.rules && step.rules->after ? &*step.rules->after : nullptr;
  if (rules != nullptr && !rules->own_bridges.empty() && !tellsBridges()) {
    return Error{ErrorCode::Unsupported, "",
                 "the kernel cannot tell which bridge a port is of; load its module "
                 "nft_meta_bridge, or boot a kernel that has it"};
  }
  if (auto written = writer_.write(firewall::guardCommands(step, tellsBridges())); !written)
    return written;
  if (rules == nullptr) return {};
  const auto fingerprint = reader_.fingerprint();
  if (!fingerprint) return fingerprint.error();
  return writer_.write(firewall::addCommand(firewall::kernelSeal(*fingerprint)));
}

Result<std::optional<GuardRules>> BridgeGuards::sealedRules() {
  const auto seal = reader_.all(firewall::kGuardSeal);
  if (!seal) return seal.error();
  if (!*seal) return std::optional<GuardRules>();
  for (const auto& entry : **seal) {
    const auto rules = firewall::parseRulesSeal(entry.comment, tellsBridges());
    if (!rules) continue;
    const auto fingerprint = reader_.fingerprint();
    if (!fingerprint) return fingerprint.error();
    const auto kernel = firewall::kernelSeal(*fingerprint);
    const bool whole = std::any_of((*seal)->begin(), (*seal)->end(), [&](const auto& other) {
      return other.key == keyOf(kernel) && other.comment == kernel.comment;
    });
    if (whole) return rules;
  }
  return std::optional<GuardRules>();
}

Result<void> BridgeGuards::look(const host::Scope& scope, host::HostState& into) {
  auto& guards = into.guards;
  const bool whole = scope.everything || scope.guard_rules;
  const bool some =
      !scope.guards.empty() || !scope.unseen_guards.empty() || !scope.guard_members.empty();
  if (!whole && !some) return {};
  const auto there = reader_.hasTable();
  if (!there) return there.error();
  if (!*there) {
    // Guards alone cannot mend that.
    if (!whole) guards.rules = kOtherRules;
    return {};
  }
  if (whole) {
    const auto rules = sealedRules();
    if (!rules) return rules.error();
    guards.rules = rules->value_or(kOtherRules);
    // There is no need to read what is going to be replaced.
    if (!*rules) return {};
  }
  return scope.everything ? lookAtAll(guards) : lookAtSome(scope, guards);
}

BridgeGuards::Place BridgeGuards::placeOf(const GuardElement& element) {
  const auto value = element.value ? PartBytes{}(*element.value) : "";
  return {element.set, keyOf(element) + value};
}

bool BridgeGuards::holdsAll(const Places& places, const std::vector<GuardElement>& elements) {
  return std::all_of(elements.begin(), elements.end(), [&](const auto& element) {
    return std::binary_search(places.begin(), places.end(), placeOf(element));
  });
}

Result<void> BridgeGuards::lookAtAll(host::Guards& into) {
  Places there;
  host::Guards guards{.rules = into.rules};
  for (const auto set : firewall::guardSets()) {
    const auto entries = reader_.all(set);
    if (!entries) return entries.error();
    if (!*entries) continue;
    for (const auto& [key, value, comment] : **entries) {
      there.emplace_back(set, key + value);
      if (set == firewall::kGuardMembers) guards.members[macOf(key)] = tagOf(value);
      // One whose comment is not ours is missed below.
      const auto guard = firewall::parseGuard(comment);
      if (!guard) continue;
      if (set == firewall::kGuardPorts) guards.ports[key.c_str()] = *guard;
      if (set == firewall::kGuardUnseen) guards.unseen[guard->mac] = *guard;
    }
  }
  Places expected;
  for (const auto& element : elementsOf(guards)) expected.push_back(placeOf(element));
  std::sort(there.begin(), there.end());
  std::sort(expected.begin(), expected.end());
  // A MAC that stands under two devices has some of its elements once.
  expected.erase(std::unique(expected.begin(), expected.end()), expected.end());
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
    const auto found = reader_.find(set, keysOf(same));
    if (!found) return found.error();
    for (const auto& entry : *found) places.emplace_back(set, entry.key + entry.value);
  }
  std::sort(places.begin(), places.end());
  return places;
}

Result<void> BridgeGuards::lookAtSome(const host::Scope& scope, host::Guards& into) {
  std::vector<std::string> keys;
  for (const auto& device : scope.guards) keys.push_back(NftReader::nameBytes(device));
  const auto ports = reader_.find(firewall::kGuardPorts, keys);
  if (!ports) return ports.error();
  for (const auto& entry : *ports) {
    into.ports[entry.key.c_str()] = firewall::parseGuard(entry.comment).value_or(kOtherGuard);
  }
  keys.clear();
  for (const auto& mac : scope.unseen_guards) keys.push_back(PartBytes{}(mac));
  const auto unseen = reader_.find(firewall::kGuardUnseen, keys);
  if (!unseen) return unseen.error();
  for (const auto& entry : *unseen) {
    into.unseen[macOf(entry.key)] = firewall::parseGuard(entry.comment).value_or(kOtherGuard);
  }
  keys.clear();
  for (const auto& mac : scope.guard_members) keys.push_back(PartBytes{}(mac));
  const auto members = reader_.find(firewall::kGuardMembers, keys);
  if (!members) return members.error();
  for (const auto& entry : *members) into.members[macOf(entry.key)] = tagOf(entry.value);

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
