#include "netctl/kernel/nft/bridge_guards.h"

#include "modes/host/names.h"

// Before any header of the kernel: both define the same types.
#include <netinet/in.h>

#include <fmt/format.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <net/if.h>
#include <boost/container/static_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace netctl::kernel {
namespace {

using host::Guard;
using host::GuardRules;
using nft::GuardElement;

/// The guards have rules that are not as we write them.
void setForeignRules(host::HostState& state) {
  state.guards.rules.emplace();
  state.foreign.guard_rules = true;
}

/// Notes an object of that name, as we write it or foreign.
template <class Name, class Value>
void note(const Name& name, const std::optional<Value>& value, std::map<Name, Value>& into,
          std::set<Name>& foreign) {
  into[name] = value.value_or(Value());
  if (!value) foreign.insert(name);
}

/// Takes for foreign what does not stand in the table as it should.
template <class Name, class Value, class Stands>
void checkAll(std::map<Name, Value>& values, std::set<Name>& foreign, const Stands& stands) {
  for (auto& [name, value] : values) {
    if (stands(name, value)) continue;
    value = {};
    foreign.insert(name);
  }
}

// A table that is only checked and never made.
constexpr const char* kUsesBridgeNames =
    "table bridge netctl_check { chain check { meta ibrname \"br0\" accept; }; }";

net::MacAddress macOf(std::string_view bytes) {
  net::MacAddress mac;
  std::memcpy(mac.bytes.data(), bytes.data(), std::min(bytes.size(), mac.bytes.size()));
  return mac;
}

net::Tag tagOf(std::string_view bytes) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return {static_cast<std::uint16_t>(value)};
}

/// Of a key or a value. There are several for each instance, which is why they are on the stack.
using Bytes = boost::container::static_vector<char, NFT_DATA_VALUE_MAXLEN>;

struct Append {
  Bytes& bytes;

  void operator()(std::string_view device) const {
    const auto end = bytes.size() + IFNAMSIZ;
    append(device.data(), std::min<std::size_t>(device.size(), IFNAMSIZ));
    bytes.resize(end, '\0');
  }
  void operator()(const net::MacAddress& mac) const { append(mac.bytes.data(), mac.bytes.size()); }
  void operator()(net::Ipv4Address address) const { number(htonl(address.value)); }
  void operator()(net::Tag tag) const { number(tag.value); }

 private:
  void number(std::uint32_t value) const { append(&value, sizeof value); }
  void append(const void* data, std::size_t size) const {
    const auto* begin = static_cast<const char*>(data);
    bytes.insert(bytes.end(), begin, begin + size);
  }
};

/// What the kernel has for an element's key.
Bytes keyOf(const GuardElement& element) {
  Bytes bytes;
  for (const auto& part : element.key) {
    std::visit(Append{bytes}, part);
    // The parts of a concatenation begin in registers of their own.
    if (element.key.size() > 1) {
      bytes.resize((bytes.size() + NFT_REG32_SIZE - 1) / NFT_REG32_SIZE * NFT_REG32_SIZE, '\0');
    }
  }
  return bytes;
}

Bytes valueOf(const GuardElement& element) {
  Bytes bytes;
  if (element.value) Append{bytes}(*element.value);
  return bytes;
}

std::string_view view(const Bytes& bytes) {
  return {bytes.data(), bytes.size()};
}

/// Of keys that are a single part.
template <class Parts>
std::vector<std::string> keysOf(const Parts& parts) {
  std::vector<std::string> keys;
  for (const auto& part : parts) keys.emplace_back(view(keyOf({.set = {}, .key = {part}})));
  return keys;
}

std::vector<GuardElement> elementsOf(const host::Guards& guards) {
  std::vector<GuardElement> all;
  const auto add = [&](const std::vector<GuardElement>& elements) {
    all.insert(all.end(), elements.begin(), elements.end());
  };
  for (const auto& [device, guard] : guards.ports) add(nft::portElements(device, guard));
  for (const auto& [mac, guard] : guards.unseen) add(nft::unseenElements(guard));
  for (const auto& [mac, tag] : guards.members) add(nft::memberElements(mac, tag));
  return all;
}

/// Elements that the kernel has, by set and key, and which of them were asked for.
class Present {
 public:
  void add(std::string_view set, NftReader::Entries entries) {
    auto& by_key = sets_[set];
    by_key.reserve(by_key.size() + entries.size());
    for (const auto& entry : entries) {
      if (by_key.emplace(entry.key, Found{entry.value, false}).second) ++count_;
    }
    bytes_.push_back(std::move(entries));
  }
  /// True where all of them are there, each with its value.
  bool hasAll(const std::vector<GuardElement>& elements) {
    return std::all_of(elements.begin(), elements.end(),
                       [this](const auto& element) { return has(element); });
  }
  /// True where there is one that was not asked for.
  [[nodiscard]] bool hasOthers() const { return asked_ != count_; }

 private:
  struct Found {
    std::string_view value;
    bool asked;
  };

  bool has(const GuardElement& element) {
    auto& by_key = sets_[element.set];
    const auto found = by_key.find(view(keyOf(element)));
    if (found == by_key.end()) return false;
    if (!std::exchange(found->second.asked, true)) ++asked_;
    return found->second.value == view(valueOf(element));
  }

  std::map<std::string_view, boost::unordered_flat_map<std::string_view, Found>> sets_;
  std::vector<NftReader::Entries> bytes_;
  std::size_t count_ = 0;
  std::size_t asked_ = 0;
};

Result<Present> find(NftReader& reader, const std::vector<GuardElement>& elements) {
  std::map<std::string_view, std::vector<std::string>> keys;
  for (const auto& element : elements) keys[element.set].emplace_back(view(keyOf(element)));
  Present present;
  for (const auto& [set, keys_of_set] : keys) {
    auto found = reader.find(set, keys_of_set);
    if (!found) return found.error();
    present.add(set, std::move(*found));
  }
  return present;
}

}  // namespace

BridgeGuards::BridgeGuards(NftReader reader, NftWriter writer)
    : reader_(std::move(reader)), writer_(std::move(writer)) {}

Result<BridgeGuards> BridgeGuards::open(Result<MnlSocket> socket, std::shared_ptr<NftProcess> nft) {
  auto reader = NftReader::open(NFPROTO_BRIDGE, host::kGuardTable, std::move(socket));
  if (!reader) return reader.error();
  return BridgeGuards(std::move(*reader),
                      NftWriter(fmt::format("bridge {}", host::kGuardTable), std::move(nft)));
}

Result<bool> BridgeGuards::tellsBridges() {
  if (!tells_bridges_) {
    const auto would = writer_.wouldTake(kUsesBridgeNames);
    if (!would) return would.error();
    tells_bridges_ = *would;
  }
  return *tells_bridges_;
}

Result<void> BridgeGuards::apply(const host::EditGuards& step) {
  const auto* rules = step.rules && step.rules->after ? &*step.rules->after : nullptr;
  const auto tells_bridges = tellsBridges();
  if (!tells_bridges) return tells_bridges.error();
  if (rules != nullptr && !rules->own_bridges.empty() && !*tells_bridges) {
    return Error{ErrorCode::Unsupported, "",
                 "the kernel cannot tell which bridge a port is of; load its module "
                 "nft_meta_bridge, or boot a kernel that has it"};
  }
  if (auto written = writer_.write(nft::guardCommands(step, *tells_bridges)); !written)
    return written;
  if (rules == nullptr) return {};
  const auto fingerprint = reader_.fingerprint();
  if (!fingerprint) return fingerprint.error();
  return writer_.write(nft::addGuardSeal(nft::kKernelSeal, nft::kernelSeal(*fingerprint)));
}

Result<std::optional<GuardRules>> BridgeGuards::sealedRules() {
  const auto seal = reader_.all(nft::kGuardSeal);
  if (!seal) return seal.error();
  if (!*seal) return std::optional<GuardRules>();
  const auto gateways = reader_.all(nft::kGatewayMacs);
  if (!gateways) return gateways.error();
  if (!*gateways) return std::optional<GuardRules>();
  std::set<net::MacAddress> macs;
  for (const auto& entry : **gateways) macs.insert(macOf(entry.key));
  const auto tells_bridges = tellsBridges();
  if (!tells_bridges) return tells_bridges.error();
  std::optional<GuardRules> rules;
  std::string kernel;
  for (const auto& entry : **seal) {
    const auto key = NftReader::nameIn(entry.key);
    if (key == nft::kRulesSeal) rules = nft::parseRulesSeal(entry.comment, *tells_bridges, macs);
    if (key == nft::kKernelSeal) kernel = entry.comment;
  }
  if (!rules) return rules;
  const auto fingerprint = reader_.fingerprint();
  if (!fingerprint) return fingerprint.error();
  if (kernel != nft::kernelSeal(*fingerprint)) rules.reset();
  return rules;
}

Result<std::map<std::string, std::uint64_t>> BridgeGuards::drops() {
  const auto counters = reader_.counters();
  if (!counters) return counters.error();
  std::map<std::string, std::uint64_t> drops;
  for (const auto& [reason, counted] : *counters) drops[reason] = counted.packets;
  return drops;
}

Result<void> BridgeGuards::look(const host::Scope& scope, host::HostState& into) {
  const bool whole = scope.everything || scope.guard_rules;
  const bool some =
      !scope.guards.empty() || !scope.unseen_guards.empty() || !scope.guard_members.empty();
  if (!whole && !some) return {};
  const auto there = reader_.hasTable();
  if (!there) return there.error();
  if (!*there) {
    // Guards alone cannot mend that.
    if (!whole) setForeignRules(into);
    return {};
  }
  if (whole) {
    const auto rules = sealedRules();
    if (!rules) return rules.error();
    if (!*rules) {
      // There is no need to read what is going to be replaced.
      setForeignRules(into);
      return {};
    }
    into.guards.rules = *rules;
  }
  return scope.everything ? lookAtAll(into) : lookAtSome(scope, into);
}

Result<void> BridgeGuards::lookAtAll(host::HostState& into) {
  Present there;
  host::Guards guards{.rules = into.guards.rules};
  for (const auto set : nft::guardSets()) {
    auto entries = reader_.all(set);
    if (!entries) return entries.error();
    if (!*entries) continue;
    for (const auto& entry : **entries) {
      const auto key = entry.key;
      if (set == nft::kGuardMembers) guards.members[macOf(key)] = tagOf(entry.value);
      if (set != nft::kGuardPorts && set != nft::kGuardUnseen) continue;
      // One whose comment is not ours is not asked for below.
      const auto guard = nft::parseGuard(entry.comment);
      if (!guard) continue;
      if (set == nft::kGuardPorts) guards.ports[NftReader::nameIn(key)] = *guard;
      if (set == nft::kGuardUnseen) guards.unseen[guard->mac] = *guard;
    }
    there.add(set, std::move(**entries));
  }
  const bool whole =
      std::ranges::all_of(guards.ports,
                          [&](const auto& port) {
                            return there.hasAll(nft::portElements(port.first, port.second));
                          }) &&
      std::ranges::all_of(
          guards.unseen,
          [&](const auto& guard) { return there.hasAll(nft::unseenElements(guard.second)); }) &&
      std::ranges::all_of(guards.members, [&](const auto& member) {
        return there.hasAll(nft::memberElements(member.first, member.second));
      });
  if (whole && !there.hasOthers()) {
    into.guards = std::move(guards);
  } else {
    setForeignRules(into);
  }
  return {};
}

Result<void> BridgeGuards::lookAtSome(const host::Scope& scope, host::HostState& into) {
  auto& guards = into.guards;
  auto& foreign = into.foreign;
  const auto ports = reader_.find(nft::kGuardPorts, keysOf(scope.guards));
  if (!ports) return ports.error();
  for (const auto& entry : *ports) {
    note(NftReader::nameIn(entry.key), nft::parseGuard(entry.comment), guards.ports,
         foreign.guards);
  }
  const auto unseen = reader_.find(nft::kGuardUnseen, keysOf(scope.unseen_guards));
  if (!unseen) return unseen.error();
  for (const auto& entry : *unseen) {
    note(macOf(entry.key), nft::parseGuard(entry.comment), guards.unseen, foreign.unseen_guards);
  }
  const auto members = reader_.find(nft::kGuardMembers, keysOf(scope.guard_members));
  if (!members) return members.error();
  for (const auto& entry : *members) guards.members[macOf(entry.key)] = tagOf(entry.value);

  auto there = find(reader_, elementsOf(guards));
  if (!there) return there.error();
  checkAll(guards.ports, foreign.guards, [&](const auto& device, const Guard& guard) {
    return there->hasAll(nft::portElements(device, guard));
  });
  checkAll(guards.unseen, foreign.unseen_guards, [&](const auto& mac, const Guard& guard) {
    return guard.mac == mac && there->hasAll(nft::unseenElements(guard));
  });
  checkAll(guards.members, foreign.guard_members, [&](const auto& mac, net::Tag tag) {
    return there->hasAll(nft::memberElements(mac, tag));
  });
  return {};
}

}  // namespace netctl::kernel
