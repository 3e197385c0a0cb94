#pragma once

#include "netctl/kernel/nft/nft_rule.h"

#include <libmnl/libmnl.h>

namespace netctl::kernel {

/// Of NFTA_RULE_EXPRESSIONS (linux/netfilter/nf_tables.h), as nft and iptables-nft make them.
NftRule readRule(const nlattr* expressions);

}  // namespace netctl::kernel
