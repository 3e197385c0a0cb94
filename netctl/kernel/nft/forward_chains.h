#pragma once

#include "base/result.h"
#include "modes/net/address.h"

#include <optional>
#include <string>
#include <vector>

namespace netctl::kernel {

/// A packet that a chain of nft accepts: one that meets all of these. An accept ends only its own
/// chain, and other base chains decide after it.
struct NftAccept {
  std::optional<net::Ipv4Prefix> source = {};
  std::optional<net::Ipv4Prefix> destination = {};
  std::string in = {};   ///< name of an interface; empty: any
  std::string out = {};  ///< as well

  bool operator==(const NftAccept&) const = default;
};

/// Somebody else's base chain of nft that decides about what is forwarded or bridged.
struct ForwardChain {
  std::string family;  ///< `ip`, `inet` or `bridge`
  std::string table;
  std::string name;
  /// By its policy, or by a rule without any condition, what is not in `accepts`.
  bool drops_rest = false;
  /// As far as its rules can be read here: those with other conditions are left out.
  std::vector<NftAccept> accepts = {};
};

/// Those of all tables but ours, in the network namespace of the calling thread.
Result<std::vector<ForwardChain>> readForwardChains();

}  // namespace netctl::kernel
