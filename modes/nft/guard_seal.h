#pragma once

#include "modes/host/host_state.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

/// The seal of the table of guards: a set in it, of which two elements say by their comments what
/// the table is. `rules` names the rules as we write them now, `kernel` has the fingerprint of the
/// rules as the kernel had them then. So the table needs not be compared rule by rule.
namespace netctl::nft {

inline constexpr std::string_view kGuardSeal = "seal";
inline constexpr std::string_view kRulesSeal = "rules";
inline constexpr std::string_view kKernelSeal = "kernel";

std::string rulesSeal(const host::GuardRules& rules, bool bridge_names);
std::string kernelSeal(std::uint64_t fingerprint);
/// The rules that a rulesSeal names, with the elements that the table's kGatewayMacs has; absent
/// where this version would not have written it so.
std::optional<host::GuardRules> parseRulesSeal(std::string_view comment, bool bridge_names,
                                               std::set<net::MacAddress> gateway_macs = {});

/// nft's command that adds an element to the seal.
std::string addGuardSeal(std::string_view key, std::string_view comment);

}  // namespace netctl::nft
