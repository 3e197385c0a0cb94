#include "netctl/kernel/nft/elastic_nat.h"

#include "base/file.h"
#include "modes/host/names.h"

// Before any header of the kernel: both define the same types.
#include <netinet/in.h>

#include <endian.h>
#include <fmt/format.h>
#include <linux/netfilter.h>

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

namespace netctl::kernel {
namespace {

/// The seal's element for what the kernel made of the rules.
constexpr const char* kKernelKey = "kernel";

std::string bytesOf(net::Ipv4Address address) {
  return NftReader::numberBytes(htonl(address.value));
}

net::Ipv4Address addressOf(std::string_view bytes) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return {ntohl(value)};
}

std::uint16_t portOf(std::string_view bytes) {
  std::uint16_t value = 0;
  std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return ntohs(value);
}

/// Each part of a key or a value has four bytes for itself.
constexpr std::size_t kPart = 4;

std::string bytesOf(const host::PublicPort& port) {
  std::string bytes = bytesOf(port.address);
  bytes.resize(3 * kPart);
  const auto number = htons(port.port);
  std::memcpy(bytes.data() + kPart, &port.protocol, sizeof port.protocol);
  std::memcpy(bytes.data() + 2 * kPart, &number, sizeof number);
  return bytes;
}

std::map<host::PublicPort, host::PrivatePort> forwardsOf(const NftReader::Entries& entries) {
  std::map<host::PublicPort, host::PrivatePort> forwards;
  for (const auto& entry : entries) {
    const auto key = entry.key;
    const auto value = entry.value;
    if (key.size() < 3 * kPart || value.size() < 2 * kPart) continue;
    forwards[{addressOf(key), static_cast<std::uint8_t>(key[kPart]),
              portOf(key.substr(2 * kPart))}] = {addressOf(value), portOf(value.substr(kPart))};
  }
  return forwards;
}

/// The rests of forwarded addresses, which stand in a set of their own.
constexpr std::string_view kRestSet = "rest";

void addRests(const NftReader::Entries& entries,
              std::map<host::PublicPort, host::PrivatePort>& forwards) {
  for (const auto& entry : entries) forwards[{.address = addressOf(entry.key)}] = {};
}

std::string bytesOf(const host::Sender& sender) {
  std::string bytes = bytesOf(sender.address);
  bytes.append(sender.mac.bytes.begin(), sender.mac.bytes.end());
  bytes.resize(3 * kPart);
  return bytes;
}

std::set<host::Sender> sendersOf(const NftReader::Entries& entries) {
  std::set<host::Sender> senders;
  for (const auto& entry : entries) {
    host::Sender sender{addressOf(entry.key), {}};
    if (entry.key.size() < kPart + sender.mac.bytes.size()) continue;
    std::memcpy(sender.mac.bytes.data(), entry.key.data() + kPart, sender.mac.bytes.size());
    senders.insert(sender);
  }
  return senders;
}

std::map<net::Ipv4Address, net::Ipv4Address> addressesOf(const NftReader::Entries& entries) {
  std::map<net::Ipv4Address, net::Ipv4Address> addresses;
  for (const auto& entry : entries) addresses[addressOf(entry.key)] = addressOf(entry.value);
  return addresses;
}

std::string fingerprintText(std::uint64_t fingerprint) {
  return fmt::format("{:016x}", fingerprint);
}

template <class Key, class Value>
std::set<Key> keys(const std::map<Key, Value>& map) {
  std::set<Key> keys;
  for (const auto& [key, value] : map) keys.insert(key);
  return keys;
}

}  // namespace

Result<ElasticNat> ElasticNat::open(Result<MnlSocket> socket, std::shared_ptr<NftProcess> nft) {
  auto reader = NftReader::open(NFPROTO_IPV4, host::kNatTable, std::move(socket));
  if (!reader) return reader.error();
  return ElasticNat(std::move(*reader),
                    NftWriter(fmt::format("ip {}", host::kNatTable), std::move(nft)));
}

Result<void> ElasticNat::apply(const host::EditNat& step) {
  nft::NatKeys there;
  if (!step.rules) {
    // What is deleted must be there, and a new key must not.
    const auto wanted = nft::keysOf(step);
    const auto elastic = find(nft::kElasticMap, wanted.elastic);
    if (!elastic) return elastic.error();
    const auto seen_as = find(nft::kSeenAsMap, wanted.seen_as);
    if (!seen_as) return seen_as.error();
    const auto forwards = findForwards(wanted.forwards);
    if (!forwards) return forwards.error();
    auto senders = findSenders(wanted.senders);
    if (!senders) return senders.error();
    there = {keys(*elastic), keys(*seen_as), keys(*forwards), *std::move(senders)};
  }
  if (auto written = writer_.write(nft::natCommands(step, there)); !written) {
    auto error = written.error();
    if (step.rules) {
      error.message +=
          "; it takes the kernel modules nft_chain_nat, nft_nat, nft_ct, nft_fib_ipv4, nft_socket";
    }
    return error;
  }
  if (!step.rules || !step.rules->after) return {};
  const auto fingerprint = reader_.fingerprint();
  if (!fingerprint) return fingerprint.error();
  return writer_.write(nft::addNatSeal(kKernelKey, fingerprintText(*fingerprint)));
}

Result<std::optional<host::NatRules>> ElasticNat::sealedRules() {
  const auto entries = reader_.all(nft::kNatSeal);
  if (!entries) return entries.error();
  if (!*entries) return std::optional<host::NatRules>();
  std::map<std::string, std::string> seal;
  for (const auto& entry : **entries) seal[NftReader::nameIn(entry.key)] = entry.comment;
  auto rules = nft::parseNatSeal(seal);
  if (!rules) return rules;
  const auto fingerprint = reader_.fingerprint();
  if (!fingerprint) return fingerprint.error();
  const auto kernel = seal.find(kKernelKey);
  if (kernel == seal.end() || kernel->second != fingerprintText(*fingerprint)) rules.reset();
  return rules;
}

Result<ElasticNat::Addresses> ElasticNat::find(std::string_view map,
                                               const std::set<net::Ipv4Address>& keys) {
  std::vector<std::string> bytes;
  for (const auto address : keys) bytes.push_back(bytesOf(address));
  const auto entries = reader_.find(map, bytes);
  if (!entries) return entries.error();
  return addressesOf(*entries);
}

Result<ElasticNat::Forwards> ElasticNat::findForwards(const std::set<host::PublicPort>& ports) {
  std::vector<std::string> bytes;
  std::vector<std::string> rest_bytes;
  for (const auto& port : ports) {
    if (port.protocol == 0) {
      rest_bytes.push_back(bytesOf(port.address));
    } else {
      bytes.push_back(bytesOf(port));
    }
  }
  const auto entries = reader_.find(nft::kForwardsMap, bytes);
  if (!entries) return entries.error();
  const auto rests = reader_.find(kRestSet, rest_bytes);
  if (!rests) return rests.error();
  auto forwards = forwardsOf(*entries);
  addRests(*rests, forwards);
  return forwards;
}

Result<ElasticNat::Forwards> ElasticNat::allForwards() {
  const auto entries = reader_.all(nft::kForwardsMap);
  if (!entries) return entries.error();
  const auto rests = reader_.all(kRestSet);
  if (!rests) return rests.error();
  auto forwards = *entries ? forwardsOf(**entries) : Forwards();
  if (*rests) addRests(**rests, forwards);
  return forwards;
}

Result<ElasticNat::Senders> ElasticNat::findSenders(const Senders& senders) {
  std::vector<std::string> bytes;
  for (const auto& sender : senders) bytes.push_back(bytesOf(sender));
  const auto entries = reader_.find(nft::kSendersSet, bytes);
  if (!entries) return entries.error();
  return sendersOf(*entries);
}

Result<ElasticNat::Senders> ElasticNat::allSenders() {
  const auto entries = reader_.all(nft::kSendersSet);
  if (!entries) return entries.error();
  return *entries ? sendersOf(**entries) : Senders();
}

Result<ElasticNat::Addresses> ElasticNat::all(std::string_view map) {
  const auto entries = reader_.all(map);
  if (!entries) return entries.error();
  return *entries ? addressesOf(**entries) : Addresses();
}

Result<std::map<net::Ipv4Address, host::Traffic>> ElasticNat::counted(
    std::string_view set, const std::optional<std::set<net::Ipv4Address>>& addresses) {
  std::map<net::Ipv4Address, host::Traffic> counted;
  const auto take = [&](const NftReader::Entries& entries) {
    for (const auto& entry : entries) counted[addressOf(entry.key)] = entry.counted;
  };
  if (addresses) {
    std::vector<std::string> keys;
    for (const auto address : *addresses) keys.push_back(bytesOf(address));
    const auto entries = reader_.find(set, keys);
    if (!entries) return entries.error();
    take(*entries);
    return counted;
  }
  const auto entries = reader_.all(set);
  if (!entries) return entries.error();
  if (*entries) take(**entries);
  return counted;
}

Result<host::TrafficReading> ElasticNat::traffic(
    const std::optional<std::set<net::Ipv4Address>>& addresses) {
  const auto handle = reader_.handle();
  if (!handle) return handle.error();
  if (!*handle) return host::TrafficReading{};
  // The kernel counts tables from its start on.
  const auto boot = files::read("/proc/sys/kernel/random/boot_id");
  if (!boot) return boot.error();
  const auto& id = boot->value_or("");
  host::TrafficReading reading{fmt::format("{}/{}", id.substr(0, id.find('\n')), be64toh(**handle)),
                               {}};
  const auto received = counted(nft::kReceivedSet, addresses);
  if (!received) return received.error();
  const auto sent = counted(nft::kSentSet, addresses);
  if (!sent) return sent.error();
  for (const auto& [address, traffic] : *received) reading.addresses[address].received = traffic;
  for (const auto& [address, traffic] : *sent) reading.addresses[address].sent = traffic;
  return reading;
}

Result<std::optional<std::uint64_t>> ElasticNat::dhcpAnswers() {
  const auto counters = reader_.counters();
  if (!counters) return counters.error();
  const auto found = counters->find(std::string(nft::kDhcpCounter));
  if (found == counters->end()) return std::optional<std::uint64_t>();
  return std::optional(found->second.packets);
}

Result<void> ElasticNat::look(const host::Scope& scope, host::HostState& into) {
  auto& nat = into.nat;
  const auto set_foreign_rules = [&] {
    nat.rules.emplace();
    into.foreign.nat_rules = true;
  };
  const bool whole = scope.everything || scope.nat_rules;
  const bool asked = !scope.elastic.empty() || !scope.forwards.empty() || !scope.senders.empty();
  if (!whole && !asked) return {};
  const auto there = reader_.hasTable();
  if (!there) return there.error();
  if (!*there) {
    // Addresses alone cannot mend that.
    if (!whole) set_foreign_rules();
    return {};
  }
  if (whole) {
    const auto rules = sealedRules();
    if (!rules) return rules.error();
    if (!*rules) {
      // There is no need to read what is going to be replaced.
      set_foreign_rules();
      return {};
    }
    nat.rules = *rules;
  }
  auto forwards = scope.everything ? allForwards() : findForwards(scope.forwards);
  if (!forwards) return forwards.error();
  nat.forwards = *std::move(forwards);
  auto senders = scope.everything ? allSenders() : findSenders(scope.senders);
  if (!senders) return senders.error();
  nat.senders = *std::move(senders);
  const auto elastic =
      scope.everything ? all(nft::kElasticMap) : find(nft::kElasticMap, scope.elastic);
  if (!elastic) return elastic.error();
  std::set<net::Ipv4Address> behind;
  for (const auto& [address, place] : *elastic) behind.insert(place);
  const auto seen_as = scope.everything ? all(nft::kSeenAsMap) : find(nft::kSeenAsMap, behind);
  if (!seen_as) return seen_as.error();
  for (const auto& [address, place] : *elastic) {
    const auto back = seen_as->find(place);
    const bool leads_back = back != seen_as->end() && back->second == address;
    if (leads_back) {
      nat.elastic[address] = place;
    } else {
      // Without the place: the way back from there may be rightly another address's.
      nat.elastic[address] = {};
      into.foreign.elastic.insert(address);
    }
  }
  // A way back of an address that leads nowhere is nobody's to remove but with all the rest.
  if (scope.everything && keys(*seen_as) != behind) set_foreign_rules();
  return {};
}

}  // namespace netctl::kernel
