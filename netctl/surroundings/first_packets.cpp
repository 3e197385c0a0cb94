#include "netctl/surroundings/first_packets.h"

#include "netctl/surroundings/interface_pattern.h"

// IPPROTO_UDP and its like.
#include <netinet/in.h>

#include <algorithm>
#include <map>

namespace netctl::surroundings {
namespace {

using kernel::NftRule;

constexpr std::uint16_t kDhcpPort = 67;  // RFC 2131, section 4.1
constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint8_t kEchoRequest = 8;  // RFC 792
constexpr net::Ipv4Prefix kNobody{{0}, 32};
constexpr net::Ipv4Prefix kAll{{0xffffffffU}, 32};
constexpr net::Ipv4Prefix kMetadata{{0xa9fea9feU}, 32};  // 169.254.169.254

enum class Match { No, Maybe, Yes };

Match both(Match one, Match other) {
  return std::min(one, other);
}

Match matchOf(const std::optional<net::Ipv4Prefix>& wanted, const net::Ipv4Prefix& given) {
  if (!wanted || wanted->contains(given)) return Match::Yes;
  return wanted->overlaps(given) ? Match::Maybe : Match::No;
}

Match matchOf(const kernel::NftPayload& payload, const FirstPacket& packet) {
  if (payload == kernel::NftPayload{}) return Match::Yes;
  if (!packet.protocol) return Match::Maybe;
  const auto& protocols = payload.protocols;
  if (!protocols.empty() && !protocols.contains(*packet.protocol)) return Match::No;
  const bool is_icmp = packet.protocol == IPPROTO_ICMP;
  if (is_icmp && payload.icmp_type.value_or(kEchoRequest) != kEchoRequest) return Match::No;
  const bool has_port =
      is_icmp ? payload.ports == kernel::NftPayload::Ports{}
              : payload.ports.first <= packet.port && packet.port <= payload.ports.last;
  return has_port ? Match::Yes : Match::No;
}

Match matchOf(const NftRule& rule, const FirstPacket& packet) {
  const auto& conditions = rule.conditions;
  // What has just come in leaves by no interface yet.
  if (rule.meets_no_new || !conditions.out.empty()) return Match::No;
  if (!mayBeSame(conditions.in, packet.in)) return Match::No;
  auto match = both(matchOf(rule.payload, packet),
                    both(matchOf(conditions.source, packet.source),
                         matchOf(conditions.destination, packet.destination)));
  if (!covers(conditions.in, packet.in)) match = both(match, Match::Maybe);
  if (rule.has_more_conditions || !rule.protocol_set.empty()) match = both(match, Match::Maybe);
  return match;
}

void addFates(Fates& fates, const Fates& more) {
  fates.falls |= more.falls;
  fates.accepted |= more.accepted;
  fates.dropped |= more.dropped;
  fates.diverted |= more.diverted;
}

class Walk {
 public:
  Walk(const kernel::NftRules& rules, const FirstPacket& packet) : rules_(rules), packet_(packet) {}

  Fates of(const std::string& name) {
    // One that is being asked already would be a loop, which the kernel does not take.
    const auto [known, is_new] = known_.try_emplace(name);
    if (!is_new) return known->second;
    const auto fates = walk(name);
    known_[name] = fates;
    return fates;
  }

 private:
  Fates walk(const std::string& name) {
    Fates fates;
    const auto found = rules_.find(name);
    if (found != rules_.end()) {
      for (const auto& rule : found->second) {
        const auto match = matchOf(rule, packet_);
        if (match == Match::No) continue;
        bool goes_on = match == Match::Maybe;
        switch (rule.verdict) {
          case NftRule::Verdict::Accept:
            fates.accepted = true;
            break;
          case NftRule::Verdict::Drop:
            fates.dropped = true;
            break;
          case NftRule::Verdict::Diverts:
            fates.diverted = true;
            break;
          case NftRule::Verdict::Return:
            fates.falls = true;
            break;
          case NftRule::Verdict::Goto:
            addFates(fates, of(rule.target));
            break;
          case NftRule::Verdict::Jump: {
            auto called = of(rule.target);
            goes_on |= called.falls;
            called.falls = false;
            addFates(fates, called);
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

  const kernel::NftRules& rules_;
  const FirstPacket& packet_;
  std::map<std::string, Fates> known_;
};

}  // namespace

std::vector<FirstPacket> askedOfHost(const Place& place) {
  std::vector<FirstPacket> asked;
  const auto add = [&](FirstPacket packet) {
    packet.in = place.private_interface;
    asked.push_back(std::move(packet));
  };
  if (place.serves_dhcp) add({"DHCP", kNobody, kAll, IPPROTO_UDP, kDhcpPort});
  if (place.serves_metadata) add({"metadata", place.subnet, kMetadata, IPPROTO_TCP, kHttpPort});
  if (place.routes) add({"pings of their gateway", place.subnet, place.subnet, IPPROTO_ICMP});
  return asked;
}

Fates fatesOf(const FirstPacket& packet, const kernel::NftRules& rules, const std::string& chain) {
  return Walk(rules, packet).of(chain);
}

}  // namespace netctl::surroundings
