#pragma once

#include "modes/cloud/mac_map.h"
#include "modes/cloud/public_pool.h"
#include "modes/net/address.h"
#include "modes/net/mac.h"
#include "netctl/config/problem.h"

#include <bitset>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The text of single values, strictly. Absent where the text is anything else.
namespace netctl::config {

/// Where something listens or is reached: a name or an address, and a port of 1..65535.
struct Endpoint {
  std::string host;  ///< an IPv6 address without its brackets
  std::uint16_t port = 0;

  bool operator==(const Endpoint&) const = default;
};
std::string format(const Endpoint& endpoint);

/// Where a member of etcd listens for clients.
struct EtcdMember {
  bool tls = false;
  Endpoint endpoint;

  bool operator==(const EtcdMember&) const = default;
};

/// One pair of VNET_MACMAP, and where it stands there.
struct MapItem {
  cloud::MacPair pair;
  std::size_t number = 0;  ///< from 1
  std::string_view text;   ///< of the entry's value
};

/// Tags as a set; tag v is bit v.
using TagSet = std::bitset<4096>;

/// The parts of a list, which blanks separate.
std::vector<std::string_view> words(std::string_view text);
/// `pair 17, 'text',`: how a fault names an item of a long list. `number` is from 1.
std::string itemName(std::string_view what, std::size_t number, std::string_view text);

/// A decimal number without sign.
std::optional<std::uint32_t> parseNumber(std::string_view text, std::uint32_t least,
                                         std::uint32_t most);
/// An address that a host can have, which is not reserved (see isReserved).
std::optional<net::Ipv4Address> parseUnicast(std::string_view text);
/// True where a range meets 0/8, 127/8, 169.254/16, 224/4 or the broadcast address.
bool isReserved(const cloud::AddressRange& range);
/// As the kernel allows: 1..15 bytes without `/`, `:`, `%` and blanks, and neither `.` nor `..`.
std::optional<std::string> parseInterfaceName(std::string_view text);
std::optional<std::filesystem::path> parseAbsolutePath(std::string_view text);
/// Labels of 1..63 letters, digits, hyphens and underscores, separated by dots; at most 253 bytes.
std::optional<std::string> parseDomainName(std::string_view text);
/// A word that is shown to others and stands in their paths: letters, digits, `.`, `-`, `_`.
std::optional<std::string> parseName(std::string_view text, std::size_t most);
/// `host:port` or `[IPv6]:port`.
std::optional<Endpoint> parseEndpoint(std::string_view text);
/// Parts of names between slashes, one before the first and one behind the last.
std::optional<std::string> parseEtcdPrefix(std::string_view text);

/// Lists. Each reports every fault of an item at `key`, and gives what the other items say.
///
/// NETCTL_TAGS: `7`, `2-100`, `!50`, `!60-70`; an exclusion takes away what came before it. Absent
/// where an item is at fault.
std::optional<TagSet> parseTags(std::string_view key, std::string_view text, Findings& findings);
/// VNET_PUBLICIPS: `a`, `a-b`, `a/len` (hosts only: without the network's first and last address,
/// but all of a /31 and /32), and `!` before any of these takes away all that it spans.
cloud::PublicPool parsePublicPool(std::string_view key, std::string_view text, Findings& findings);
/// CIDRs; sorted, each once, host bits cleared.
std::vector<net::Ipv4Prefix> parsePrefixes(std::string_view key, std::string_view text,
                                           Findings& findings);
/// NETCTL_ETCD: members, each once; either all with TLS or none.
std::vector<EtcdMember> parseEtcdMembers(std::string_view key, std::string_view text,
                                         Findings& findings);
/// NETCTL_HOOK_ACCOUNTS: names of accounts, each once.
std::vector<std::string> parseAccountNames(std::string_view key, std::string_view text,
                                           Findings& findings);
/// VNET_MACMAP: `MAC=IP`; neither a MAC nor an address stands in two pairs. Faults name the pair's
/// number as well, for there may be thousands.
std::vector<MapItem> parseMacMap(std::string_view key, std::string_view text, Findings& findings);

}  // namespace netctl::config
