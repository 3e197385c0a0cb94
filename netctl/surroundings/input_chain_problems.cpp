#include "netctl/surroundings/interface_pattern.h"
#include "netctl/surroundings/problems.h"

// IPPROTO_UDP and its like.
#include <netinet/in.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace netctl::surroundings {
namespace {

using kernel::InputChain;
using kernel::NftRule;

constexpr std::uint16_t kDhcpPort = 67;  // RFC 2131, section 4.1
constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint8_t kEchoRequest = 8;  // RFC 792
constexpr net::Ipv4Prefix kNobody{{0}, 32};
constexpr net::Ipv4Prefix kAll{{0xffffffffU}, 32};
constexpr net::Ipv4Prefix kMetadata{{0xa9fea9feU}, 32};  // 169.254.169.254

/// The first packet of what an instance asks this host for.
struct Asked {
  std::string_view what;
  net::Ipv4Prefix source;  ///< any of its addresses
  net::Ipv4Prefix destination;
  std::uint8_t protocol = 0;
  std::uint16_t port = 0;
};

std::vector<Asked> askedAt(const Place& place) {
  std::vector<Asked> asked;
  if (place.serves_dhcp) asked.push_back({"DHCP", kNobody, kAll, IPPROTO_UDP, kDhcpPort});
  if (place.serves_metadata) {
    asked.push_back({"metadata", place.subnet, kMetadata, IPPROTO_TCP, kHttpPort});
  }
  if (place.routes) {
    asked.push_back({"pings of their gateway", place.subnet, place.subnet, IPPROTO_ICMP, 0});
  }
  return asked;
}

enum class Match { No, Maybe, Yes };

Match both(Match one, Match other) {
  return std::min(one, other);
}

Match matchOf(const std::optional<net::Ipv4Prefix>& wanted, const net::Ipv4Prefix& given) {
  if (!wanted || wanted->contains(given)) return Match::Yes;
  return wanted->overlaps(given) ? Match::Maybe : Match::No;
}

Match matchOf(const NftRule& rule, const Asked& asked, const Place& place) {
  const auto& conditions = rule.conditions;
  const auto& payload = rule.payload;
  // What comes to the host leaves by no interface.
  if (rule.meets_no_new || !conditions.out.empty()) return Match::No;
  const auto& protocols = payload.protocols;
  if (!protocols.empty() && !protocols.contains(asked.protocol)) return Match::No;
  const bool is_icmp = asked.protocol == IPPROTO_ICMP;
  if (is_icmp && payload.icmp_type.value_or(kEchoRequest) != kEchoRequest) return Match::No;
  const bool has_port = is_icmp
                            ? payload.ports == kernel::NftPayload::Ports{}
                            : payload.ports.first <= asked.port && asked.port <= payload.ports.last;
  if (!has_port || !mayBeSame(conditions.in, place.private_interface)) return Match::No;
  auto match = both(matchOf(conditions.source, asked.source),
                    matchOf(conditions.destination, asked.destination));
  if (!covers(conditions.in, place.private_interface)) match = both(match, Match::Maybe);
  if (rule.has_more_conditions || !rule.protocol_set.empty()) match = both(match, Match::Maybe);
  return match;
}

/// What may become of a packet in a chain. To fall is to go on behind the chain's end.
struct Fates {
  bool falls = false;
  bool accepted = false;
  bool dropped = false;

  void add(const Fates& more) {
    falls |= more.falls;
    accepted |= more.accepted;
    dropped |= more.dropped;
  }
};

/// Follows one packet through a chain, and into those that it calls.
class Walk {
 public:
  Walk(const InputChain& chain, const Asked& asked, const Place& place)
      : chain_(chain), asked_(asked), place_(place) {}

  /// True where it is dropped whatever the rules ask for that could not be read.
  bool drops() {
    const auto fates = of(chain_.name);
    return !fates.accepted && (!fates.falls || chain_.policy_drops);
  }

 private:
  Fates of(const std::string& name) {
    // One that is being asked already would be a loop, which the kernel does not take.
    const auto [known, is_new] = known_.try_emplace(name);
    if (!is_new) return known->second;
    const auto fates = walk(name);
    known_[name] = fates;
    return fates;
  }

  Fates walk(const std::string& name) {
    Fates fates;
    const auto found = chain_.rules.find(name);
    if (found != chain_.rules.end()) {
      for (const auto& rule : found->second) {
        const auto match = matchOf(rule, asked_, place_);
        if (match == Match::No) continue;
        bool goes_on = match == Match::Maybe;
        switch (rule.verdict) {
          case NftRule::Verdict::Accept:
            fates.accepted = true;
            break;
          case NftRule::Verdict::Drop:
            fates.dropped = true;
            break;
          case NftRule::Verdict::Return:
            fates.falls = true;
            break;
          case NftRule::Verdict::Goto:
            fates.add(of(rule.target));
            break;
          case NftRule::Verdict::Jump: {
            auto called = of(rule.target);
            goes_on |= called.falls;
            called.falls = false;
            fates.add(called);
            break;
          }
          case NftRule::Verdict::None:
          case NftRule::Verdict::Untracked:
          case NftRule::Verdict::Other:
            goes_on = true;
            break;
        }
        if (!goes_on) return fates;
      }
    }
    fates.falls = true;
    return fates;
  }

  const InputChain& chain_;
  const Asked& asked_;
  const Place& place_;
  std::map<std::string, Fates> known_;
};

/// Commands that let pass what netctl decides about. iptables-nft's own chains take its own.
std::string remedyOf(const InputChain& chain, const Place& place) {
  std::vector<std::string> commands;
  const bool is_iptables = chain.family == "ip" && chain.table == "filter" && chain.name == "INPUT";
  auto in = place.private_interface;
  if (!is_iptables && in.ends_with('+')) in.back() = '*';
  const auto add = [&](std::string_view iptables, std::string_view nft) {
    commands.push_back(is_iptables
                           ? fmt::format("iptables-nft -I INPUT -i {} {} -j ACCEPT", in, iptables)
                           : fmt::format("nft insert rule {} {} {} iifname {} {} accept",
                                         chain.family, chain.table, chain.name, in, nft));
  };
  if (place.serves_dhcp) add("-p udp --dport 67", "udp dport 67");
  if (place.routes) {
    const auto subnet = net::format(place.subnet);
    add("-s " + subnet, "ip saddr " + subnet);
  }
  return fmt::format(
      "{} (netctl goes on deciding what instances reach on this host), and make that "
      "last; see operations.md",
      fmt::join(commands, "; "));
}

}  // namespace

Problems inputChainProblems(const std::vector<InputChain>& chains, const Place& place) {
  Problems problems;
  const auto all = askedAt(place);
  for (const auto& chain : chains) {
    std::vector<std::string_view> dropped;
    for (const auto& asked : all) {
      if (Walk(chain, asked, place).drops()) dropped.push_back(asked.what);
    }
    if (dropped.empty()) continue;
    problems.push_back(
        {fmt::format("nft chain {} {} {}", chain.family, chain.table, chain.name),
         fmt::format("drops what instances ask this host for: {}", fmt::join(dropped, ", ")),
         "they get no address, or do not learn what they are, though netctl lets it through",
         remedyOf(chain, place), controller::Severity::warning});
  }
  return problems;
}

}  // namespace netctl::surroundings
