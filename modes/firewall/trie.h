#pragma once

#include "modes/host/rule.h"
#include "modes/net/address.h"

#include <map>
#include <string>
#include <vector>

namespace netctl::firewall {

/// A prefix, and where packets to it go.
struct TrieLeaf {
  net::Ipv4Prefix prefix;
  host::Target target;
};

/// The address of a packet that a trie looks at.
enum class TrieKey { Destination, Source };

/// A longest-prefix match on one address of a packet as a tree of chains, so that its cost grows
/// with the depth and not with the number of leaves. Packets enter at the chain `root`; its other
/// chains are named `root_<hexadecimal digits>`. A packet that meets no leaf falls off the end and
/// returns to where the root was called from.
///
/// Each chain looks at four bits. Bits that all leaves of a chain share are not looked at: a leaf
/// compares its whole prefix. A leaf that encloses others is asked last in each of their chains.
/// No two leaves have the same prefix. Without any leaf the root is there, and empty.
std::map<std::string, host::Chain> makeTrie(const std::string& root, std::vector<TrieLeaf> leaves,
                                            TrieKey key = TrieKey::Destination);

}  // namespace netctl::firewall
