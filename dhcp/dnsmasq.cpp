#include "dhcp/dnsmasq.h"

#include "dhcp/files.h"

#include <utility>
#include <vector>

namespace netctl::dhcp {
namespace {

// The kernel queues so many file events for dnsmasq (fs.inotify.max_queued_events is 16384) that
// a batch below this is never lost; a larger one is read by a new process.
constexpr std::size_t kMostByEvents = 4096;

struct File {
  std::string path;
  std::optional<std::string> text;  ///< absent: it goes
};

/// The keys that a directory's file names stand for; other names are not ours.
template <class Key, class Parse>
Result<std::set<Key>> keysIn(const std::string& directory, Parse parse) {
  auto names = namesIn(directory);
  if (!names) return names.error();
  std::set<Key> keys;
  for (const auto& name : *names) {
    if (const auto key = parse(name)) keys.insert(*key);
  }
  return keys;
}

/// The value of a file: absent without it, and one that nobody desires where the file is not ours.
template <class Value, class Parse>
Result<std::optional<Value>> valueOf(const std::string& path, Parse parse) {
  auto text = readFile(path);
  if (!text) return text.error();
  if (!*text) return std::optional<Value>{};
  const Result<Value> parsed = parse(**text);
  return std::optional<Value>{parsed ? *parsed : Value{}};
}

}  // namespace

Result<void> Dnsmasq::look(const host::Scope& scope, host::HostState& into) {
  trimLog();
  auto unsettled = readFile(layout_.unsettled());
  if (!unsettled) return unsettled.error();
  if ((scope.everything || scope.dhcp_server) && alive()) {
    auto server = valueOf<host::DhcpServer>(
        layout_.configuration(), [this](const auto& text) { return parseServer(text, layout_); });
    if (!server) return server.error();
    into.dhcp.server = *unsettled ? host::DhcpServer{} : server->value_or(host::DhcpServer{});
  }

  // The files are right and the process is not: who asks for some of them is to have it replaced.
  if (*unsettled && alive() && !scope.everything && !scope.dhcp_server) {
    for (const auto tag : scope.dhcp_networks) into.dhcp.networks[tag] = {};
    for (const auto& mac : scope.dhcp_hosts) into.dhcp.hosts[mac] = {};
    return {};
  }

  auto tags = scope.everything ? keysIn<net::Tag>(layout_.networks(), parseTagName)
                               : Result<std::set<net::Tag>>{scope.dhcp_networks};
  if (!tags) return tags.error();
  for (const auto tag : *tags) {
    auto network = valueOf<host::DhcpNetwork>(
        layout_.network(tag), [tag](const auto& text) { return parseNetwork(tag, text); });
    if (!network) return network.error();
    if (*network) into.dhcp.networks.insert_or_assign(tag, **network);
  }

  auto macs = scope.everything ? keysIn<net::MacAddress>(layout_.hosts(), net::parseMacAddress)
                               : Result<std::set<net::MacAddress>>{scope.dhcp_hosts};
  if (!macs) return macs.error();
  for (const auto& mac : *macs) {
    auto host = valueOf<host::DhcpHost>(layout_.host(mac),
                                        [&mac](const auto& text) { return parseHost(mac, text); });
    if (!host) return host.error();
    if (*host) into.dhcp.hosts.insert_or_assign(mac, **host);
  }
  return {};
}

Result<void> Dnsmasq::apply(std::span<const host::SetDhcpNetwork> networks,
                            std::span<const host::SetDhcpHost> hosts, bool server_follows) {
  trimLog();
  if (auto made = makeDirectories(); !made) return made;

  // Networks before their hosts, so that no host is answered without its options.
  std::vector<File> files;
  for (const auto& step : networks) {
    files.push_back(
        {layout_.network(step.tag),
         step.network ? std::optional{renderNetwork(step.tag, *step.network)} : std::nullopt});
  }
  for (const auto& step : hosts) {
    files.push_back({layout_.host(step.mac),
                     step.host ? std::optional{renderHost(step.mac, *step.host)} : std::nullopt});
  }
  // Left behind by an attempt that failed: the files are right, the process is not.
  auto unsettled = readFile(layout_.unsettled());
  if (!unsettled) return unsettled.error();
  bool replaces = unsettled->has_value();
  std::vector<File> changes;
  for (auto& file : files) {
    auto old = readFile(file.path);
    if (!old) return old.error();
    if (*old == file.text) continue;
    replaces |= old->has_value();
    changes.push_back(std::move(file));
  }
  replaces |= changes.size() > kMostByEvents;
  replaces &= alive();

  if (replaces) {
    if (auto marked = put(layout_.unsettled(), ""); !marked) return marked;
  }
  for (const auto& file : changes) {
    if (file.text) {
      if (auto written = put(file.path, *file.text); !written) return written;
    } else {
      if (auto removed = removeFile(file.path); !removed) return removed.error();
    }
  }
  return replaces && !server_follows ? replace() : Result<void>{};
}

Result<void> Dnsmasq::put(const std::string& path, std::string_view text) const {
  // The temporary file lies outside the directories that dnsmasq watches.
  return writeFile(path, text, layout_.directory + "/temporary");
}

Result<void> Dnsmasq::makeDirectories() const {
  for (const auto& directory : {layout_.directory, layout_.hosts(), layout_.networks()}) {
    if (auto made = makeDirectory(directory); !made) return made;
  }
  return {};
}

}  // namespace netctl::dhcp
