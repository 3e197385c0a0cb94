#include "netctl/kernel/system/listeners.h"

#include "base/file.h"
#include "base/number.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace netctl::kernel {
namespace {

/// The words of a line that are asked for: `sl local_address rem_address st ...`.
constexpr std::size_t kLocal = 1;
constexpr std::size_t kState = 3;

std::string_view wordOf(std::string_view line, std::size_t number) {
  for (;; --number) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    const auto end = std::min(line.find(' '), line.size());
    if (number == 0) return line.substr(0, end);
    line.remove_prefix(end);
  }
}

std::optional<std::uint32_t> hexNumber(std::string_view text) {
  return parseWhole<std::uint32_t>(text, 16);
}

/// The kernel writes an address as words of 32 bits, each in the host's order of bytes. Absent for
/// an address of IPv6 that is none of IPv4 as well.
std::optional<net::Ipv4Address> addressIn(std::string_view text) {
  constexpr std::size_t kWord = 8;
  constexpr std::size_t kIpv6 = 4 * kWord;
  if (text.size() == kIpv6) {
    const auto first = text.substr(0, 2 * kWord);
    const bool is_zero = first.find_first_not_of('0') == std::string_view::npos;
    const auto third = hexNumber(text.substr(2 * kWord, kWord));
    const auto last = text.substr(3 * kWord);
    const bool is_any = third == 0U && hexNumber(last) == 0U;
    const bool is_mapped = third == htonl(0xffffU);  // RFC 4291, section 2.5.5.2
    if (!is_zero || !(is_any || is_mapped)) return {};
    text = last;
  }
  const auto word = text.size() == kWord ? hexNumber(text) : std::nullopt;
  return word ? std::optional(net::Ipv4Address{ntohl(*word)}) : std::nullopt;
}

}  // namespace

std::vector<net::Listener> listenersIn(std::string_view text, net::Protocol protocol) {
  // An UDP socket without another side is in the state of a closed one.
  const std::uint32_t waiting = protocol == net::kTcp ? TCP_LISTEN : TCP_CLOSE;
  std::vector<net::Listener> found;
  text.remove_prefix(std::min(text.find('\n'), text.size()));  // the headings
  while (!text.empty()) {
    text.remove_prefix(1);
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size());
    if (hexNumber(wordOf(line, kState)) != waiting) continue;
    const auto local = wordOf(line, kLocal);
    const auto colon = std::min(local.find(':'), local.size());
    const auto address = addressIn(local.substr(0, colon));
    const auto port = colon == local.size() ? std::nullopt : hexNumber(local.substr(colon + 1));
    if (!address || !port || *port > 0xffff) continue;
    found.push_back({protocol, *address, static_cast<std::uint16_t>(*port)});
  }
  return found;
}

Result<std::vector<net::Listener>> readListeners() {
  constexpr std::pair<const char*, net::Protocol> kFiles[] = {{"/proc/net/tcp", net::kTcp},
                                                              {"/proc/net/tcp6", net::kTcp},
                                                              {"/proc/net/udp", net::kUdp},
                                                              {"/proc/net/udp6", net::kUdp}};
  std::vector<net::Listener> all;
  for (const auto& [path, protocol] : kFiles) {
    const auto text = files::read(path);
    if (!text) return text.error();
    // A kernel without IPv6 has no such file.
    if (!*text) continue;
    const auto found = listenersIn(**text, protocol);
    all.insert(all.end(), found.begin(), found.end());
  }
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace netctl::kernel
