#include "modes/nft/elastic_table.h"

#include "base/hash.h"
#include "modes/host/names.h"
#include "modes/net/protocol.h"
#include "modes/nft/wall.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace netctl::nft {
namespace {

using host::NatRules;

constexpr std::string_view kRulesKey = "rules";
constexpr std::string_view kWireKey = "shared wire";
constexpr std::string_view kUsageKey = "usage";
constexpr std::string_view kHealingSet = "healing";
constexpr std::string_view kCutSet = "cut";
constexpr std::string_view kHeldSet = "held";

// Requests for metadata are known by their original address: nothing else tells one that was led to
// another server, which is to see the private address, from a packet to that server. Packets to
// 224.0.0.0/3 are never routed, but come by where br_netfilter is on.
constexpr const char* kTable = R"(table ip {table} {{
	# Public addresses and the private ones behind them, and the way back.
	map elastic {{ type ipv4_addr : ipv4_addr; }}
	map seen_as {{ type ipv4_addr : ipv4_addr; }}
	# Single ports of other public addresses, and the ports of instances behind them.
	map forwards {{ type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }}
	# Addresses of which nothing but those ports leads anywhere: see the wall.
	set rest {{ type ipv4_addr; }}
	set seal {{ type ifname; }}
	# While TCP is in it, instances may take up again what conntrack has lost, but for what was cut.
	set healing {{ type inet_proto; flags timeout; }}
	set cut {{ type ipv4_addr . inet_service . ipv4_addr . inet_service; flags timeout; }}
	# Instances that have more than their share of conntrack's table: see the wall.
	set held {{ type ipv4_addr; }}
	# What passes between instances and the outside, by private address: the packets make the elements.
	set received {{ type ipv4_addr; size {most}; flags dynamic; }}
	set sent {{ type ipv4_addr; size {most}; flags dynamic; }}
	counter dhcp_answers {{ }}
	# Instances by address and MAC, where others share their wire.
	set senders {{ type ipv4_addr . ether_addr; }}

	chain prerouting {{
		type nat hook prerouting priority -101; policy accept;
		ip saddr {subnet} ip protocol @healing ip saddr . tcp sport . ip daddr . tcp dport != @cut ct label set {healing}
		ip daddr {subnet} accept
		dnat to ip daddr map @elastic
{sockets_first}		dnat ip to ip daddr . ip protocol . th dport map @forwards
	}}

	chain output {{
		type nat hook output priority -101; policy accept;
		dnat to ip daddr map @elastic
{own_stays}		dnat ip to ip daddr . ip protocol . th dport map @forwards
	}}

	chain postrouting {{
		type nat hook postrouting priority 99; policy accept;
		ip saddr != {subnet} accept
		ip daddr 224.0.0.0/3 accept
		ct original ip daddr 169.254.169.254 accept
		ip daddr {{ {kept} }} ct status & dnat == 0 accept
		snat to ip saddr map @seen_as
	}}

	chain answers {{
		type filter hook output priority 200; policy accept;
		udp sport 67 ip saddr {subnet} counter name dhcp_answers
	}}
{wall}{senders}{usage}}}
)";

constexpr const char* kUsageChain = R"(
	# Behind all that decides, so that what is dropped does not count.
	chain usage {{
		type filter hook forward priority 200; policy accept;
		ip saddr {subnet} ip daddr != {subnet} add @sent {{ ip saddr counter }} accept
		ip daddr {subnet} ip saddr != {subnet} add @received {{ ip daddr counter }}
	}}
)";

/// As many addresses as are counted at most; a set that is full counts those that it has.
constexpr std::uint32_t kMostCounted = 1U << 20U;

/// It is kept in a set of its own.
constexpr std::string_view kRestSet = "rest";
bool isRest(const host::PublicPort& port) {
  return port.protocol == 0;
}

std::string join(const std::vector<std::string>& texts) {
  return fmt::format("{}", fmt::join(texts, ", "));
}

/// A command for elements of a map or set; none where there are no elements.
std::string command(std::string_view verb, std::string_view set,
                    const std::vector<std::string>& elements) {
  if (elements.empty()) return {};
  return fmt::format("{} element ip {} {} {{ {} }}\n", verb, host::kNatTable, set, join(elements));
}

std::vector<std::string> texts(const std::set<net::Ipv4Address>& addresses) {
  std::vector<std::string> texts;
  for (const auto address : addresses) texts.push_back(net::format(address));
  return texts;
}

std::string textOf(const host::PublicPort& port) {
  return fmt::format("{} . {} . {}", net::format(port.address), port.protocol, port.port);
}

std::string textOf(const host::PrivatePort& port) {
  return fmt::format("{} . {}", net::format(port.address), port.port);
}

std::vector<std::string> texts(const std::set<host::Sender>& senders) {
  std::vector<std::string> texts;
  for (const auto& [address, mac] : senders) {
    texts.push_back(fmt::format("{} . {}", net::format(address), net::format(mac)));
  }
  return texts;
}

/// Commands for forwarded ports, and for the rests of their addresses.
std::string forwardCommands(std::string_view verb, const std::vector<std::string>& ports,
                            const std::vector<std::string>& rests) {
  return command(verb, kForwardsMap, ports) + command(verb, kRestSet, rests);
}

/// A rule about the host's own public addresses; none where it has none.
std::string ownRule(const NatRules& rules, std::string_view rest) {
  if (rules.own.empty()) return {};
  std::vector<std::string> own;
  for (const auto address : rules.own) own.push_back(net::format(address));
  return fmt::format("\t\tip daddr {{ {} }} {}\n", join(own), rest);
}

std::string sealText(const std::string& key, const std::string& comment) {
  return fmt::format("\"{}\" comment \"{}\"", key, comment);
}

}  // namespace

NatKeys keysOf(const host::EditNat& step) {
  NatKeys keys;
  for (const auto& [address, change] : step.elastic) {
    keys.elastic.insert(address);
    if (change.before) keys.seen_as.insert(*change.before);
    if (change.after) keys.seen_as.insert(*change.after);
  }
  for (const auto& [port, change] : step.forwards) keys.forwards.insert(port);
  host::SenderKind::touched(step, keys.senders);
  return keys;
}

/// Nothing where nothing is counted: each packet that is forwarded would pay for it.
std::string usageChain(const NatRules& rules) {
  if (!rules.counts_usage) return {};
  return fmt::format(kUsageChain, fmt::arg("subnet", net::format(rules.subnet)));
}

std::string natTable(const NatRules& rules) {
  std::vector<std::string> kept;
  bool encloses = false;
  for (const auto& prefix : rules.kept) {
    kept.push_back(net::format(prefix));
    encloses = encloses || prefix.contains(rules.subnet);
  }
  // nft takes no interval within another.
  if (!encloses) kept.push_back(net::format(rules.subnet));
  return fmt::format(kTable, fmt::arg("table", host::kNatTable), fmt::arg("kept", join(kept)),
                     fmt::arg("most", kMostCounted), fmt::arg("subnet", net::format(rules.subnet)),
                     fmt::arg("healing", host::kHealingLabel),
                     // Either way there is a socket: without one the expression matches nothing.
                     fmt::arg("sockets_first", ownRule(rules, "socket wildcard { 0, 1 } accept")),
                     fmt::arg("own_stays", ownRule(rules, "accept")),
                     fmt::arg("wall", wallChains(rules.subnet)),
                     fmt::arg("usage", usageChain(rules)),
                     fmt::arg("senders", rules.shared_wire.empty()
                                             ? std::string()
                                             : senderChain(rules.subnet, rules.shared_wire)));
}

std::string natCommands(const host::EditNat& step, const NatKeys& there) {
  std::string text;
  if (step.rules) {
    // Adding makes sure that there is one to delete.
    text += fmt::format("add table ip {0}\ndelete table ip {0}\n", host::kNatTable);
    if (!step.rules->after) return text;
    text += natTable(*step.rules->after);
    std::vector<std::string> seal;
    for (const auto& [key, comment] : natSeal(*step.rules->after)) {
      seal.push_back(sealText(key, comment));
    }
    text += command("add", kNatSeal, seal);
  } else {
    text += command("delete", kElasticMap, texts(there.elastic));
    text += command("delete", kSeenAsMap, texts(there.seen_as));
    std::vector<std::string> ports;
    std::vector<std::string> rests;
    for (const auto& port : there.forwards) {
      (isRest(port) ? rests : ports)
          .push_back(isRest(port) ? net::format(port.address) : textOf(port));
    }
    text += forwardCommands("delete", ports, rests);
    text += command("delete", kSendersSet, texts(there.senders));
  }
  std::vector<std::string> elastic;
  std::vector<std::string> seen_as;
  for (const auto& [address, change] : step.elastic) {
    if (!change.after) continue;
    elastic.push_back(fmt::format("{} : {}", net::format(address), net::format(*change.after)));
    seen_as.push_back(fmt::format("{} : {}", net::format(*change.after), net::format(address)));
  }
  std::vector<std::string> forwards;
  std::vector<std::string> rests;
  for (const auto& [port, change] : step.forwards) {
    if (!change.after) continue;
    if (isRest(port)) {
      rests.push_back(net::format(port.address));
      continue;
    }
    forwards.push_back(fmt::format("{} : {}", textOf(port), textOf(*change.after)));
  }
  return text + command("add", kElasticMap, elastic) + command("add", kSeenAsMap, seen_as) +
         forwardCommands("add", forwards, rests) +
         command("add", kSendersSet, texts(step.senders_to_add));
}

std::string healingCommands(const std::vector<host::Flow>& cut) {
  const auto for_a_while = [](const std::string& element) {
    return fmt::format("{} timeout {}s", element, kHealing.count());
  };
  std::set<std::string> flows;
  for (const auto& flow : cut) {
    // Whoever began it: an instance sends it as either.
    for (const auto& tuple : {flow.original, flow.reply}) {
      if (tuple.protocol != net::kTcp.number) continue;
      flows.insert(
          for_a_while(fmt::format("{} . {} . {} . {}", net::format(tuple.source), tuple.source_port,
                                  net::format(tuple.destination), tuple.destination_port)));
    }
  }
  // An element that is there keeps its time: so both go first.
  auto text = fmt::format("flush set ip {0} {1}\nflush set ip {0} {2}\n", host::kNatTable,
                          kHealingSet, kCutSet);
  text += command("add", kCutSet, {flows.begin(), flows.end()});
  return text + command("add", kHealingSet, {for_a_while("tcp")});
}

std::string holdCommands(const std::set<net::Ipv4Address>& addresses) {
  return fmt::format("flush set ip {} {}\n", host::kNatTable, kHeldSet) +
         command("add", kHeldSet, texts(addresses));
}

std::map<std::string, std::string> natSeal(const NatRules& rules) {
  // A prefix each, because nft's comments are short.
  std::map<std::string, std::string> seal;
  for (const auto& prefix : rules.kept) {
    seal[fmt::format("kept {}", seal.size())] = net::format(prefix);
  }
  for (std::size_t i = 0; i < rules.own.size(); ++i) {
    seal[fmt::format("own {}", i)] = net::format(rules.own[i]) + "/32";
  }
  if (!rules.shared_wire.empty()) seal[std::string(kWireKey)] = rules.shared_wire;
  if (rules.counts_usage) seal[std::string(kUsageKey)] = "counted";
  seal[std::string(kRulesKey)] =
      fmt::format("{} {:016x}", net::format(rules.subnet), fingerprint(natTable(rules)));
  return seal;
}

std::optional<NatRules> parseNatSeal(const std::map<std::string, std::string>& seal) {
  NatRules rules;
  for (const auto& [key, comment] : seal) {
    if (key == kWireKey) {
      rules.shared_wire = comment;
      continue;
    }
    if (key == kUsageKey) {
      rules.counts_usage = true;
      continue;
    }
    const bool is_rules = key == kRulesKey;
    const bool is_own = key.starts_with("own ");
    if (!is_rules && !is_own && !key.starts_with("kept ")) continue;
    const auto prefix = net::parseIpv4Prefix(comment.substr(0, comment.find(' ')));
    if (!prefix) return {};
    if (is_rules) {
      rules.subnet = *prefix;
    } else if (is_own) {
      rules.own.push_back(prefix->address);
    } else {
      rules.kept.push_back(*prefix);
    }
  }
  std::sort(rules.kept.begin(), rules.kept.end());
  std::sort(rules.own.begin(), rules.own.end());
  const auto expected = natSeal(rules);
  const bool whole = std::all_of(expected.begin(), expected.end(), [&](const auto& entry) {
    const auto found = seal.find(entry.first);
    return found != seal.end() && found->second == entry.second;
  });
  return whole ? std::optional(std::move(rules)) : std::nullopt;
}

std::string addNatSeal(const std::string& key, const std::string& comment) {
  return command("add", kNatSeal, {sealText(key, comment)});
}

}  // namespace netctl::nft
