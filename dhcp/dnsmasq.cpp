#include "dhcp/dnsmasq.h"

#include "base/durable_file.h"
#include "base/file.h"

#include <utility>
#include <vector>

namespace netctl::dhcp {
namespace {

// dnsmasq gives up its privileges and reads them all the same.
constexpr mode_t kReadableByAll = 0644;
constexpr mode_t kEnteredByAll = 0755;

// The kernel queues so many file events for dnsmasq (fs.inotify.max_queued_events is 16384) that
// a batch below this is never lost; a larger one is read by a new process.
constexpr std::size_t kMostByEvents = 4096;

struct File {
  std::string path;
  std::optional<std::string> text;  ///< absent: it goes
};

/// Adds what a file says, under this key: nothing without the file, and what nobody desires where
/// it is not as we write it.
template <class Key, class Value, class Parse>
Result<void> add(const Result<std::optional<std::string>>& text, const Key& key, const Parse& parse,
                 std::map<Key, Value>& into) {
  if (!text) return text.error();
  if (!*text) return {};
  const Result<Value> parsed = parse(key, **text);
  into.insert_or_assign(key, parsed ? *parsed : Value{});
  return {};
}

/// The same of all files that a directory has. Whose names are no keys are not ours.
template <class Key, class Value, class ParseName, class Parse>
Result<void> addAll(const std::string& path, const ParseName& parse_name, const Parse& parse,
                    std::map<Key, Value>& into) {
  auto directory = files::Directory::open(path);
  if (!directory) return directory.error();
  if (!*directory) return {};
  const auto names = (*directory)->names();
  if (!names) return names.error();
  for (const auto& name : *names) {
    const Result<Key> key = parse_name(name);
    if (!key) continue;
    if (auto added = add((*directory)->read(name), *key, parse, into); !added) return added;
  }
  return {};
}

}  // namespace

Result<void> Dnsmasq::look(const host::Scope& scope, host::HostState& into) {
  const bool is_asked = scope.everything || scope.dhcp_server || !scope.dhcp_networks.empty() ||
                        !scope.dhcp_hosts.empty();
  if (!is_asked) return {};
  trimLog();
  auto unsettled = files::read(layout_.unsettled());
  if (!unsettled) return unsettled.error();
  if ((scope.everything || scope.dhcp_server) && alive()) {
    const auto text = files::read(layout_.configuration());
    if (!text) return text.error();
    const auto server = parseServer(text->value_or(""), layout_);
    into.dhcp.server = server && !*unsettled ? *server : host::DhcpServer{};
  }

  // The files are right and the process is not: who asks for some of them is to have it replaced.
  if (*unsettled && alive() && !scope.everything && !scope.dhcp_server) {
    for (const auto tag : scope.dhcp_networks) into.dhcp.networks[tag] = {};
    for (const auto& mac : scope.dhcp_hosts) into.dhcp.hosts[mac] = {};
    return {};
  }

  auto& [server, networks, hosts] = into.dhcp;
  if (scope.everything) {
    if (auto added = addAll(layout_.networks(), parseTagName, parseNetwork, networks); !added) {
      return added;
    }
    return addAll(layout_.hosts(), net::parseMacAddress, parseHost, hosts);
  }
  for (const auto tag : scope.dhcp_networks) {
    const auto text = files::read(layout_.network(tag));
    if (auto added = add(text, tag, parseNetwork, networks); !added) return added;
  }
  for (const auto& mac : scope.dhcp_hosts) {
    const auto text = files::read(layout_.host(mac));
    if (auto added = add(text, mac, parseHost, hosts); !added) return added;
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
  auto unsettled = files::read(layout_.unsettled());
  if (!unsettled) return unsettled.error();
  bool replaces = unsettled->has_value();
  std::vector<File> changes;
  for (auto& file : files) {
    auto old = files::read(file.path);
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
      if (auto removed = files::remove(file.path); !removed) return removed.error();
    }
  }
  return replaces && !server_follows ? replace() : Result<void>{};
}

Result<void> Dnsmasq::put(const std::string& path, std::string_view text) const {
  // The temporary file lies outside the directories that dnsmasq watches.
  return files::replace(path, text, kReadableByAll, layout_.directory + "/temporary");
}

Result<void> Dnsmasq::makeDirectories() const {
  for (const auto& directory : {layout_.directory, layout_.hosts(), layout_.networks()}) {
    if (auto made = files::makeDirectory(directory, kEnteredByAll); !made) return made;
  }
  return {};
}

}  // namespace netctl::dhcp
