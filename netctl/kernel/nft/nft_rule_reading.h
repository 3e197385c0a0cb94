#pragma once

#include "netctl/kernel/nft/forward_chains.h"

#include <libmnl/libmnl.h>

#include <string>

namespace netctl::kernel {

/// A rule as far as it can be read.
struct NftRule {
  enum class Verdict { None, Accept, Drop, Jump, Goto, Return, Other };

  NftAccept conditions;
  bool has_more_conditions = false;
  Verdict verdict = Verdict::None;
  std::string target;  ///< of Jump and Goto: a chain

  [[nodiscard]] bool isUnconditional() const {
    return !has_more_conditions && conditions == NftAccept{};
  }
};

/// Of NFTA_RULE_EXPRESSIONS (linux/netfilter/nf_tables.h), as nft and iptables-nft make them.
NftRule readRule(const nlattr* expressions);

}  // namespace netctl::kernel
