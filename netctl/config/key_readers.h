#pragma once

#include "modes/cloud/text_rules.h"
#include "netctl/config/unchecked_values.h"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// How the table of keys puts a value into UncheckedValues: `readTo<&CloudSettings::dns,
/// parseUnicast>`.
namespace netctl::config::readers {

template <class T>
T& memberOf(UncheckedValues& values, T cloud::CloudSettings::*member) {
  return values.settings.*member;
}
template <class T>
T& memberOf(UncheckedValues& values, T cloud::HostSettings::*member) {
  return values.settings.host.*member;
}
template <class T>
T& memberOf(UncheckedValues& values, T ServiceSettings::*member) {
  return values.services.*member;
}
template <class T>
T& memberOf(UncheckedValues& values, T UncheckedValues::*member) {
  return values.*member;
}

/// Puts a value that was parsed into its place; where there was none, leaves a default as it is.
template <class Target, class Value>
bool assign(Target& target, std::optional<Value> value) {
  if (!value) return false;
  target = *std::move(value);
  return true;
}
/// As above, for places that are empty where there is no value.
template <class Value>
bool assign(std::optional<Value>& target, std::optional<Value> value) {
  target = std::move(value);
  return target.has_value();
}

/// Reads a single value.
template <auto kMember, auto kParse>
bool readTo(const Entry& entry, UncheckedValues& values, Findings& /*findings*/) {
  return assign(memberOf(values, kMember), kParse(entry.value));
}
/// Reads a list, whose items are reported one by one.
template <auto kMember, auto kParse>
bool readList(const Entry& entry, UncheckedValues& values, Findings& findings) {
  memberOf(values, kMember) = kParse(entry.key, entry.value, findings);
  return true;
}

template <std::uint32_t kLeast, std::uint32_t kMost>
std::optional<std::uint32_t> parseNumberWithin(std::string_view text) {
  return parseNumber(text, kLeast, kMost);
}

template <cloud::Limit kLimit>
bool readLimit(const Entry& entry, UncheckedValues& values, Findings& /*findings*/) {
  const auto value = parseNumber(entry.value, 0, 1'000'000);
  if (value) values.settings.limits[kLimit] = *value;
  return value.has_value();
}

/// 0 is no limit.
template <cloud::Limit kLimit>
bool readLimitUnlessZero(const Entry& entry, UncheckedValues& values, Findings& /*findings*/) {
  const auto value = parseNumber(entry.value, 0, 1'000'000);
  if (value && *value > 0) values.settings.limits[kLimit] = *value;
  return value.has_value();
}

template <std::size_t kMost>
std::optional<std::string> parseNameUpTo(std::string_view text) {
  return parseName(text, kMost);
}

template <class T>
std::optional<T> optional(const Result<T>& result) {
  return result ? std::optional<T>(*result) : std::nullopt;
}

inline std::optional<net::Ipv4Address> parseAnyAddress(std::string_view text) {
  return optional(net::parseIpv4Address(text));
}

inline std::optional<net::MacPrefix> parseMacs(std::string_view text) {
  return optional(net::parseMacPrefix(text));
}

inline std::optional<net::Ipv4Address> parseNetmask(std::string_view text) {
  const auto mask = net::parseIpv4Address(text);
  if (!mask || !net::prefixLength(*mask)) return {};
  return *mask;
}

inline std::optional<std::uint32_t> parseNetworkSize(std::string_view text) {
  const auto size = parseNumber(text, 16, 2048);
  return size && std::has_single_bit(*size) ? size : std::nullopt;
}

inline std::optional<cloud::MetadataEndpoint> parseAddressEndpoint(std::string_view text) {
  const auto endpoint = parseEndpoint(text);
  if (!endpoint) return {};
  const auto address = parseUnicast(endpoint->host);
  if (!address) return {};
  return cloud::MetadataEndpoint{*address, endpoint->port};
}

inline std::optional<bool> parseYesNo(std::string_view text) {
  if (text == "yes") return true;
  if (text == "no") return false;
  return {};
}

inline std::optional<StoreKind> parseStoreKind(std::string_view text) {
  if (text == "sqlite") return StoreKind::Sqlite;
  if (text == "etcd") return StoreKind::Etcd;
  return {};
}

inline std::optional<bool> parseRequired(std::string_view text) {
  if (text == "optional") return false;
  if (text == "required") return true;
  return {};
}

template <std::uint32_t kLeast, std::uint32_t kMost>
std::optional<std::chrono::seconds> parseSeconds(std::string_view text) {
  const auto seconds = parseNumber(text, kLeast, kMost);
  return seconds ? std::optional(std::chrono::seconds{*seconds}) : std::nullopt;
}

/// The name of a device for each instance: `{id}` is one of ten letters, so that the name is too.
inline std::optional<std::string> parseDevicePattern(std::string_view text) {
  constexpr std::string_view kId = "{id}";
  constexpr std::string_view kExample = "i-0a1b2c3d";
  std::string name(text);
  const auto at = name.find(kId);
  if (at == std::string::npos) return {};
  name.replace(at, kId.size(), kExample);
  return cloud::checkDeviceName(name) ? std::optional(std::string(text)) : std::nullopt;
}

inline std::optional<std::string> parseLogLevel(std::string_view text) {
  constexpr std::array<std::string_view, 5> kLevels{"trace", "debug", "info", "warning", "error"};
  const bool known = std::find(kLevels.begin(), kLevels.end(), text) != kLevels.end();
  return known ? std::optional(std::string(text)) : std::nullopt;
}

}  // namespace netctl::config::readers
