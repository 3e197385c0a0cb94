#include "netctl/config/values.h"

#include "modes/cloud/text_rules.h"
#include "modes/net/tag.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace netctl::config {
namespace {

/// An item of a list with exclusions.
struct Item {
  std::string_view text;  ///< without its `!`
  bool excludes = false;
};

Item itemOf(std::string_view word) {
  const bool excludes = word.starts_with('!');
  return {word.substr(excludes ? 1 : 0), excludes};
}

std::string wrongItem(std::string_view word, std::string_view right) {
  return fmt::format("'{}' must be {}", printable(word, 60), right);
}

std::string excludesNothing(std::string_view word) {
  return fmt::format("'{}' takes nothing away; it must come after the items that hold it",
                     printable(word, 60));
}

struct TagRange {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
};

std::optional<TagRange> tagRange(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = parseNumber(text.substr(0, dash), net::Tag::kFirst, net::Tag::kLast);
  if (dash == std::string_view::npos)
    return first ? std::optional(TagRange{*first, *first}) : std::nullopt;
  const auto last = parseNumber(text.substr(dash + 1), net::Tag::kFirst, net::Tag::kLast);
  if (!first || !last || *last < *first) return {};
  return TagRange{*first, *last};
}

/// What an item of VNET_PUBLICIPS spans. `hosts_only` leaves a prefix's first and last address out.
std::optional<cloud::AddressRange> addressRange(std::string_view text, bool hosts_only) {
  if (text.find('/') != std::string_view::npos) {
    const auto prefix = net::parseIpv4Prefix(text);
    if (!prefix) return {};
    if (!hosts_only || prefix->length >= 31) {
      return cloud::AddressRange{prefix->first(), prefix->last()};
    }
    return cloud::AddressRange{{prefix->first().value + 1}, {prefix->last().value - 1}};
  }
  const auto dash = text.find('-');
  const auto first = net::parseIpv4Address(text.substr(0, dash));
  if (!first) return {};
  if (dash == std::string_view::npos) return cloud::AddressRange{*first, *first};
  const auto last = net::parseIpv4Address(text.substr(dash + 1));
  if (!last || *last < *first) return {};
  return cloud::AddressRange{*first, *last};
}

}  // namespace

std::optional<TagSet> parseTags(std::string_view key, std::string_view text, Findings& findings) {
  TagSet tags;
  bool sound = true;
  for (const auto word : words(text)) {
    const auto item = itemOf(word);
    const auto range = tagRange(item.text);
    if (!range) {
      findings.error(key, wrongItem(word,
                                    "a tag of 2..4094 or a range of tags, for example 100-199; "
                                    "separate items by blanks"));
      sound = false;
      continue;
    }
    const auto before = tags;
    for (auto tag = range->first; tag <= range->last; ++tag) tags.set(tag, !item.excludes);
    if (item.excludes && tags == before) findings.warning(key, excludesNothing(word));
  }
  return sound ? std::optional(tags) : std::nullopt;
}

cloud::PublicPool parsePublicPool(std::string_view key, std::string_view text, Findings& findings) {
  cloud::PublicPool pool;
  for (const auto word : words(text)) {
    const auto item = itemOf(word);
    const auto range = addressRange(item.text, !item.excludes);
    if (!range) {
      findings.error(
          key, wrongItem(word,
                         "an address, a range like 203.0.113.10-203.0.113.60, a CIDR like "
                         "203.0.113.0/28, or one of these after a '!'; separate items by blanks"));
    } else if (item.excludes) {
      const auto before = pool.size();
      pool.remove(*range);
      if (pool.size() == before) findings.warning(key, excludesNothing(word));
    } else if (isReserved(*range)) {
      findings.error(key, wrongItem(word,
                                    "of addresses that hosts can have, not of 0/8, 127/8, "
                                    "169.254/16, 224/4 and 255.255.255.255"));
    } else {
      pool.add(*range);
    }
  }
  return pool;
}

std::vector<std::string> parseAccountNames(std::string_view key, std::string_view text,
                                           Findings& findings) {
  std::set<std::string> names;
  for (const auto word : words(text)) {
    if (cloud::checkAccountName(word)) {
      names.emplace(word);
    } else {
      findings.error(key, wrongItem(word, "the name of an account; separate items by blanks"));
    }
  }
  return {names.begin(), names.end()};
}

std::vector<EtcdMember> parseEtcdMembers(std::string_view key, std::string_view text,
                                         Findings& findings) {
  std::vector<EtcdMember> members;
  for (const auto word : words(text)) {
    const bool tls = word.starts_with("https://");
    const bool has_scheme = tls || word.starts_with("http://");
    auto place = has_scheme ? word.substr(word.find("//") + 2) : std::string_view{};
    if (place.ends_with('/')) place.remove_suffix(1);
    const auto endpoint = parseEndpoint(place);
    if (!endpoint) {
      findings.error(key, wrongItem(word, "http://HOST:PORT or https://HOST:PORT"));
      continue;
    }
    const EtcdMember member{tls, *endpoint};
    if (std::ranges::find(members, member) != members.end()) {
      findings.error(key, fmt::format("'{}' stands there twice", printable(word, 60)));
    } else if (!members.empty() && members.front().tls != tls) {
      findings.error(key, fmt::format("'{}' must be {}, as the first member is",
                                      printable(word, 60), tls ? "http" : "https"));
    } else {
      members.push_back(member);
    }
  }
  return members;
}

std::vector<net::Ipv4Prefix> parsePrefixes(std::string_view key, std::string_view text,
                                           Findings& findings) {
  std::set<net::Ipv4Prefix> prefixes;
  for (const auto word : words(text)) {
    if (const auto prefix = net::parseIpv4Prefix(word)) {
      prefixes.insert(*prefix);
    } else {
      findings.error(key, wrongItem(word,
                                    "a CIDR with its length, for example 10.0.0.0/8 or "
                                    "192.0.2.7/32; separate items by blanks"));
    }
  }
  return {prefixes.begin(), prefixes.end()};
}

std::string itemName(std::string_view what, std::size_t number, std::string_view text) {
  return fmt::format("{} {}, '{}',", what, number, printable(text, 60));
}

std::vector<MapItem> parseMacMap(std::string_view key, std::string_view text, Findings& findings) {
  std::vector<MapItem> items;
  std::map<net::MacAddress, std::size_t> macs;
  std::map<net::Ipv4Address, std::size_t> addresses;
  std::size_t number = 0;
  for (const auto word : words(text)) {
    const auto fault = [&, name = itemName("pair", ++number, word)](std::string_view what) {
      findings.errorOfItem(key, fmt::format("{} {}", name, what));
    };
    const auto equals = std::min(word.find('='), word.size());
    const auto mac = net::parseMacAddress(word.substr(0, equals));
    const auto address = parseUnicast(word.substr(std::min(equals + 1, word.size())));
    if (!mac || !address) {
      fault(
          "must be a MAC address, '=' and an address, for example d0:0d:0a:1b:2c:3d=192.168.1.20; "
          "separate pairs by blanks");
    } else if (mac->isMulticast() || *mac == net::MacAddress{}) {
      fault("must have a unicast MAC address, whose first byte is even");
    } else if (const auto [first, fresh] = macs.emplace(*mac, number); !fresh) {
      fault(fmt::format("gives the MAC of pair {} a second address; leave one of the two",
                        first->second));
    } else if (const auto [holder, free] = addresses.emplace(*address, number); !free) {
      fault(fmt::format("gives the address of pair {} to a second MAC; leave one of the two",
                        holder->second));
    } else {
      items.push_back({{*mac, *address}, number, word});
    }
  }
  return items;
}

}  // namespace netctl::config
