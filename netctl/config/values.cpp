#include "netctl/config/values.h"

#include "base/number.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace netctl::config {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kLettersAndDigits =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

bool consistsOf(std::string_view text, std::string_view more) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return kLettersAndDigits.find(c) != std::string_view::npos ||
           more.find(c) != std::string_view::npos;
  });
}

bool isHost(std::string_view text) {
  return net::parseIpv4Address(text).has_value() || parseDomainName(text).has_value();
}

}  // namespace

std::string format(const Endpoint& endpoint) {
  const bool is_ipv6 = endpoint.host.find(':') != std::string::npos;
  return is_ipv6 ? fmt::format("[{}]:{}", endpoint.host, endpoint.port)
                 : fmt::format("{}:{}", endpoint.host, endpoint.port);
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> result;
  for (;;) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    if (text.empty()) return result;
    const auto end = std::min(text.find_first_of(kBlanks), text.size());
    result.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::optional<std::uint32_t> parseNumber(std::string_view text, std::uint32_t least,
                                         std::uint32_t most) {
  const auto value = parseWhole<std::uint32_t>(text);
  return value && *value >= least && *value <= most ? value : std::nullopt;
}

std::optional<net::Ipv4Address> parseUnicast(std::string_view text) {
  const auto address = net::parseIpv4Address(text);
  if (!address || isReserved({*address, *address})) return {};
  return *address;
}

bool isReserved(const cloud::AddressRange& range) {
  constexpr std::array<cloud::AddressRange, 5> kReserved{{
      {{0x00000000}, {0x00ffffff}},
      {{0x7f000000}, {0x7fffffff}},
      {{0xa9fe0000}, {0xa9feffff}},
      {{0xe0000000}, {0xefffffff}},
      {{0xffffffff}, {0xffffffff}},
  }};
  return std::any_of(kReserved.begin(), kReserved.end(), [&](const auto& reserved) {
    return range.first <= reserved.last && reserved.first <= range.last;
  });
}

std::optional<std::string> parseInterfaceName(std::string_view text) {
  if (text.empty() || text.size() > 15 || text == "." || text == "..") return {};
  if (text.find_first_of("/:% \t") != std::string_view::npos) return {};
  return std::string(text);
}

std::optional<std::filesystem::path> parseAbsolutePath(std::string_view text) {
  if (!text.starts_with('/') || text.size() > 4095) return {};
  return std::filesystem::path(text);
}

std::optional<std::string> parseDomainName(std::string_view text) {
  if (text.size() > 253 || !consistsOf(text, "-_.")) return {};
  for (auto rest = text;;) {
    const auto dot = rest.find('.');
    const auto label = rest.substr(0, dot);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-')
      return {};
    if (dot == std::string_view::npos) return std::string(text);
    rest.remove_prefix(dot + 1);
  }
}

std::optional<std::string> parseName(std::string_view text, std::size_t most) {
  if (text.empty() || text.size() > most || !consistsOf(text, "-_.")) return {};
  if (text.front() == '-' || text.front() == '.') return {};
  return std::string(text);
}

std::optional<Endpoint> parseEndpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return {};
  const auto port = parseNumber(text.substr(colon + 1), 1, 65535);
  auto host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) {
    host = host.substr(1, host.size() - 2);
    if (host.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return {};
    if (host.find(':') == std::string_view::npos) return {};
  } else if (!isHost(host)) {
    return {};
  }
  if (!port) return {};
  return Endpoint{std::string(host), static_cast<std::uint16_t>(*port)};
}

std::optional<std::string> parseEtcdPrefix(std::string_view text) {
  constexpr std::size_t kMost = 200;
  if (text.size() < 2 || text.size() > kMost || text.front() != '/' || text.back() != '/') {
    return {};
  }
  const auto parts = text.substr(1, text.size() - 2);
  std::size_t begin = 0;
  while (begin <= parts.size()) {
    const auto end = std::min(parts.find('/', begin), parts.size());
    if (!parseName(parts.substr(begin, end - begin), kMost)) return {};
    begin = end + 1;
  }
  return std::string(text);
}

}  // namespace netctl::config
