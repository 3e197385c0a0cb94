#include "dhcp/render.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace netctl::dhcp {
namespace {

constexpr std::string_view kHeader = "# Written by netctl. Do not edit: it is put back.\n";
constexpr std::uint32_t kEthernetMtu = 1500;

// The options that all hosts get.
constexpr std::string_view kNetmask = "dhcp-option=tag:known,option:netmask";
// By number: dnsmasq knows the name `broadcast` only as its own and refuses it.
constexpr std::string_view kBroadcast = "dhcp-option=tag:known,28";
constexpr std::string_view kDns = "dhcp-option=tag:known,option:dns-server";
constexpr std::string_view kDomainName = "dhcp-option=tag:known,option:domain-name";
constexpr std::string_view kMtu = "dhcp-option-force=tag:known,option:mtu";

/// The text between `before` and the next `after`; both are removed from the front of `text` with
/// it.
std::optional<std::string_view> take(std::string_view& text, std::string_view before,
                                     std::string_view after) {
  if (!text.starts_with(before)) return std::nullopt;
  const auto end = text.find(after, before.size());
  if (end == std::string_view::npos) return std::nullopt;
  const auto value = text.substr(before.size(), end - before.size());
  text.remove_prefix(end + after.size());
  return value;
}

/// The value of such an option.
std::optional<std::string_view> takeOption(std::string_view& line, std::string_view option) {
  return take(line, fmt::format("{},", option), "\n");
}

template <class Number>
Number number(std::optional<std::string_view> text) {
  Number value = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

net::Ipv4Address address(std::optional<std::string_view> text) {
  if (!text) return {};
  const auto parsed = net::parseIpv4Address(*text);
  return parsed ? *parsed : net::Ipv4Address{};
}

/// The broadcast address, where one is right for all hosts. Where each network has another, clients
/// are told none and take it from the netmask: a line more for each network would cost every
/// answer.
std::optional<net::Ipv4Address> broadcastOf(const host::DhcpServer& server) {
  if (server.netmask != server.range.netmask()) return std::nullopt;
  return server.range.last();
}

net::Ipv4Prefix prefix(net::Ipv4Address inside, net::Ipv4Address netmask) {
  const auto length = net::prefixLength(netmask);
  return length ? net::prefixOf(inside, *length) : net::Ipv4Prefix{};
}

// A parser only collects what it can; whether the text is ours is decided here, in one place.
template <class Value>
Result<Value> sameOrError(Value value, std::string_view rendered, std::string_view text,
                          std::string_view what) {
  if (rendered == text) return value;
  return Error{ErrorCode::InvalidArgument, "", fmt::format("{} is not as netctl writes it", what)};
}

}  // namespace

std::string Layout::host(const net::MacAddress& mac) const {
  return hosts() + "/" + net::format(mac);
}

std::string Layout::network(net::Tag tag) const {
  return networks() + "/" + tagName(tag);
}

std::string renderServer(const host::DhcpServer& server, const Layout& layout) {
  std::string text{kHeader};
  const auto line = [&text]<class... Values>(fmt::format_string<Values...> format,
                                             Values&&... values) {
    fmt::format_to(std::back_inserter(text), format, std::forward<Values>(values)...);
    text += '\n';
  };
  // No DNS. Dynamic binding leaves room for other DHCP servers on other interfaces of this host,
  // and the pattern for lo keeps dnsmasq from binding to a device, whose successor of the same name
  // it would not hear.
  line("port=0\nno-resolv\nno-hosts\nbind-dynamic\ninterface=lo*");
  for (const auto& interface : server.interfaces) line("interface={}", interface);
  line("dhcp-range={},static,{},{}", net::format(server.range.first()),
       net::format(server.range.netmask()), server.lease_seconds);
  // Strangers get nothing; what comes from this host itself (interface lo) is our own questions.
  line("dhcp-ignore=tag:!known,tag:!lo");
  line("dhcp-authoritative\ndhcp-ignore-clid\nno-ping\nleasefile-ro");
  line("dhcp-lease-max={}", std::min<std::uint64_t>(server.range.size(), INT32_MAX));
  // All options have a tag: for one without, dnsmasq looks through those of all networks whether
  // one goes before it.
  line("{},{}", kNetmask, net::format(server.netmask));
  if (const auto broadcast = broadcastOf(server)) {
    line("{},{}", kBroadcast, net::format(*broadcast));
  } else {
    line("{}", kBroadcast);
  }
  line("{},{}", kDns, net::format(server.dns));
  if (!server.domain_name.empty()) line("{},{}", kDomainName, server.domain_name);
  // Forced, because clients seldom ask for it and a wrong one loses packets.
  if (server.mtu != kEthernetMtu) line("{},{}", kMtu, server.mtu);
  line("dhcp-hostsdir={}", layout.hosts());
  line("dhcp-optsdir={}", layout.networks());
  line("dhcp-optsfile={}", layout.generation());
  line("pid-file={}", layout.pid());
  line("log-facility={}", layout.log());
  if (!layout.log_requests) line("quiet-dhcp");
  return text;
}

Result<host::DhcpServer> parseServer(std::string_view text, const Layout& layout) {
  host::DhcpServer server;
  for (auto rest = text; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size() - 1);
    auto line = rest.substr(0, end + 1);
    rest.remove_prefix(end + 1);
    if (line == "interface=lo*\n") continue;
    if (auto name = take(line, "interface=", "\n")) {
      server.interfaces.emplace_back(*name);
    } else if (auto first = take(line, "dhcp-range=", ",static,")) {
      server.range = prefix(address(first), address(take(line, "", ",")));
      server.lease_seconds = number<std::uint32_t>(take(line, "", "\n"));
    } else if (auto netmask = takeOption(line, kNetmask)) {
      server.netmask = address(netmask);
    } else if (auto dns = takeOption(line, kDns)) {
      server.dns = address(dns);
    } else if (auto domain = takeOption(line, kDomainName)) {
      server.domain_name = *domain;
    } else if (auto mtu = takeOption(line, kMtu)) {
      server.mtu = number<std::uint32_t>(mtu);
    }
  }
  return sameOrError(server, renderServer(server, layout), text, layout.configuration());
}

std::string renderNetwork(net::Tag tag, const host::DhcpNetwork& network) {
  return fmt::format("tag:{},option:router,{}\n", tagName(tag), net::format(network.router));
}

Result<host::DhcpNetwork> parseNetwork(net::Tag tag, std::string_view text) {
  auto rest = text;
  const auto name = tagName(tag);
  const host::DhcpNetwork network{
      .router = address(take(rest, fmt::format("tag:{},option:router,", name), "\n"))};
  return sameOrError(network, renderNetwork(tag, network), text,
                     fmt::format("the DHCP network {}", name));
}

std::string renderHost(const net::MacAddress& mac, const host::DhcpHost& host) {
  return fmt::format("{},set:{},{}{}{}\n", net::format(mac), tagName(host.tag),
                     net::format(host.address), host.hostname.empty() ? "" : ",", host.hostname);
}

Result<host::DhcpHost> parseHost(const net::MacAddress& mac, std::string_view text) {
  auto rest = text;
  host::DhcpHost host;
  if (take(rest, net::format(mac), ",set:")) {
    if (const auto name = take(rest, "", ",")) {
      if (const auto tag = parseTagName(*name)) host.tag = *tag;
    }
    if (const auto with_name = take(rest, "", ",")) {
      host.address = address(with_name);
      if (const auto name = take(rest, "", "\n")) host.hostname = *name;
    } else {
      host.address = address(take(rest, "", "\n"));
    }
  }
  return sameOrError(host, renderHost(mac, host), text,
                     fmt::format("the DHCP host {}", net::format(mac)));
}

std::string renderGeneration(std::string_view word) {
  return fmt::format("tag:lo,{},\"{}\"\n", kGenerationOption, word);
}

std::string tagName(net::Tag tag) {
  return fmt::format("n{}", tag.value);
}

Result<net::Tag> parseTagName(std::string_view name) {
  const net::Tag tag{number<std::uint16_t>(name.substr(std::min<std::size_t>(1, name.size())))};
  if (tag.value >= net::Tag::kFirst && tag.value <= net::Tag::kLast && tagName(tag) == name) {
    return tag;
  }
  return Error{ErrorCode::InvalidArgument, "",
               fmt::format("'{}' is not n{} to n{}", name, net::Tag::kFirst, net::Tag::kLast)};
}

}  // namespace netctl::dhcp
