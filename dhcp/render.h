#pragma once

#include "modes/host/host_state.h"

#include <string>
#include <string_view>

/// dnsmasq's files as text, and back. Pure. The format is dnsmasq(8)'s; what we write is a small,
/// fixed part of it, and the parsers take nothing else: a file that is not byte for byte what
/// rendering its meaning gives is an InvalidArgument error, so that an edited file counts as
/// different.
namespace netctl::dhcp {

/// Where dnsmasq finds and puts things; `directory` is absolute, without a slash at its end.
struct Layout {
  std::string directory;
  bool log_requests = false;  ///< every DISCOVER and ACK in the log, for NETCTL_LOG_LEVEL=debug

  /// Known as ours by this path on the command line.
  [[nodiscard]] std::string configuration() const { return directory + "/dnsmasq.conf"; }
  /// One file for each host, read at the start and as it appears; never forgotten.
  [[nodiscard]] std::string hosts() const { return directory + "/hosts"; }
  [[nodiscard]] std::string host(const net::MacAddress& mac) const;
  /// One file for each network, read likewise.
  [[nodiscard]] std::string networks() const { return directory + "/networks"; }
  [[nodiscard]] std::string network(net::Tag tag) const;
  /// A word, new for each process, that dnsmasq gives back on request: so we know which one
  /// answered.
  [[nodiscard]] std::string generation() const { return directory + "/generation"; }
  /// Present from before a change that takes a new process until that process runs alone.
  [[nodiscard]] std::string unsettled() const { return directory + "/unsettled"; }
  [[nodiscard]] std::string log() const { return directory + "/dnsmasq.log"; }
  [[nodiscard]] std::string pid() const { return directory + "/dnsmasq.pid"; }
};

/// The DHCP option that carries the generation (RFC 3942: 224 to 254 are for private use).
inline constexpr std::uint8_t kGenerationOption = 224;

/// dnsmasq.conf. An unknown MAC gets no answer at all, no NAK either; a known one is always
/// acknowledged its own address, whatever dnsmasq remembers. An interface may end with `*`, may be
/// absent, and may get its addresses later.
std::string renderServer(const host::DhcpServer& server, const Layout& layout);
Result<host::DhcpServer> parseServer(std::string_view text, const Layout& layout);

/// The option of one network, which its hosts get by their tag. A single line, since dnsmasq walks
/// over those of all networks some twenty times for each answer.
std::string renderNetwork(net::Tag tag, const host::DhcpNetwork& network);
Result<host::DhcpNetwork> parseNetwork(net::Tag tag, std::string_view text);

/// One host. Its name must not be all digits, nor digits and a unit: dnsmasq would take it for a
/// lease time.
std::string renderHost(const net::MacAddress& mac, const host::DhcpHost& host);
Result<host::DhcpHost> parseHost(const net::MacAddress& mac, std::string_view text);

std::string renderGeneration(std::string_view word);

/// `n<tag>`: dnsmasq's word for a network, and the name of its file.
std::string tagName(net::Tag tag);
Result<net::Tag> parseTagName(std::string_view name);

}  // namespace netctl::dhcp
