#pragma once

#include "netctl/kernel/nft/forward_chains.h"

namespace netctl::surroundings {

/// firewalld writes its table anew with each reload.
inline bool isOfFirewalld(const kernel::ForeignChain& chain) {
  return chain.family == "inet" && chain.table == "firewalld";
}

}  // namespace netctl::surroundings
