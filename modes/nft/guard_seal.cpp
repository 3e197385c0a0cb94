#include "modes/nft/guard_seal.h"

#include "base/hash.h"
#include "modes/host/names.h"
#include "modes/nft/comment_words.h"
#include "modes/nft/guard_table.h"

#include <fmt/format.h>

#include <utility>

namespace netctl::nft {

using host::GuardRules;

std::string rulesSeal(const GuardRules& rules, bool bridge_names) {
  const auto name = [](const std::string& text) { return text.empty() ? kNoWord : text; };
  auto made_for = guardTable(rules, bridge_names);
  for (const auto& mac : rules.gateway_macs) made_for += net::format(mac);
  return fmt::format("{} {} {} {} {} {} {} {:016x}", name(rules.shared_bridge),
                     name(rules.own_bridges), net::format(rules.mac_prefix),
                     rules.ipv6 ? "ipv6" : "ipv4", rules.parts_networks ? "parted" : "together",
                     name(rules.uplink), rules.is_gateway ? "gateway" : "node",
                     fingerprint(made_for));
}

std::string kernelSeal(std::uint64_t fingerprint) {
  return fmt::format("{:016x}", fingerprint);
}

std::optional<GuardRules> parseRulesSeal(std::string_view comment, bool bridge_names,
                                         std::set<net::MacAddress> gateway_macs) {
  auto rest = comment;
  const auto name = [&rest] {
    const auto text = takeWord(rest);
    return std::string(text == kNoWord ? "" : text);
  };
  GuardRules rules;
  rules.shared_bridge = name();
  rules.own_bridges = name();
  const auto prefix = net::parseMacPrefix(takeWord(rest));
  if (!prefix) return {};
  rules.mac_prefix = *prefix;
  rules.ipv6 = takeWord(rest) == "ipv6";
  rules.parts_networks = takeWord(rest) == "parted";
  rules.uplink = name();
  rules.is_gateway = takeWord(rest) == "gateway";
  rules.gateway_macs = std::move(gateway_macs);
  if (rulesSeal(rules, bridge_names) != comment) return {};
  return rules;
}

std::string addGuardSeal(std::string_view key, std::string_view comment) {
  return fmt::format("add element bridge {} {} {{ \"{}\" comment \"{}\" }}\n", host::kGuardTable,
                     kGuardSeal, key, comment);
}

}  // namespace netctl::nft
