#include "netctl/config/configuration.h"

#include "modes/cloud/text_rules.h"
#include "netctl/config/keys.h"
#include "netctl/config/unchecked_values.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <system_error>
#include <utility>

namespace netctl::config {
namespace {

/// Reports the unknown names of one file. An unknown name of ours is an error.
void checkNames(const std::vector<Entry>& entries, Findings& findings) {
  for (const auto& entry : entries) {
    if (findKey(entry.key) != nullptr) continue;
    // Other programs' keys may resemble ours by chance: only the very near ones are worth a word.
    const auto nearest = nearestKey(entry.key, isOurs(entry.key) ? 3 : 2);
    if (!isOurs(entry.key) && !nearest) continue;
    auto message = isOurs(entry.key) ? std::string("there is no such key")
                                     : fmt::format("'{}' is not a key of netctl and is ignored",
                                                   printable(entry.key));
    message += nearest ? fmt::format("; did you mean {}?", *nearest) : "; remove the line";
    findings.add({isOurs(entry.key) ? Severity::Error : Severity::Warning, entry.file, entry.line,
                  entry.key, entry.value, std::move(message)});
  }
}

/// The known keys of both files, each once, in the order of the first; those of `local` count. An
/// empty value is as if the key were not there.
std::vector<Entry> merged(const ParsedFile& main, const ParsedFile& local) {
  std::map<std::string_view, const Entry*> overrides;
  for (const auto& entry : local.entries) overrides.emplace(entry.key, &entry);
  std::vector<Entry> result;
  const auto take = [&](const Entry& entry) {
    if (!entry.value.empty() && findKey(entry.key) != nullptr) result.push_back(entry);
  };
  for (const auto& entry : main.entries) {
    const auto found = overrides.find(entry.key);
    take(found == overrides.end() ? entry : *found->second);
    if (found != overrides.end()) overrides.erase(found);
  }
  for (const auto& entry : local.entries) {
    if (overrides.contains(entry.key)) take(entry);
  }
  return result;
}

void readKey(const Key& key, const Entry& entry, UncheckedValues& values, Findings& findings) {
  if (key.standing == Standing::NoEffect) {
    return findings.notice(key.name, fmt::format("has no effect: {}", key.meaning));
  }
  if (values.mode && !holds(key.modes, *values.mode)) {
    return findings.notice(key.name,
                           fmt::format("has no effect in {}", cloud::format(*values.mode)));
  }
  if (!key.read(entry, values, findings)) {
    findings.error(key.name, fmt::format("must be {}", key.right));
  } else if (key.standing == Standing::NotYet && !findings.isFaulty(key.name)) {
    findings.notice(key.name, "has no effect: netctl does not support it yet");
  }
}

/// Checks entries that `findings` was made with.
Loaded check(std::vector<Entry> entries, Findings& findings, std::string host_name) {
  UncheckedValues values;
  values.settings.host.node_name = std::move(host_name);
  for (const auto& key : keys()) {
    if (const auto* entry = findings.entry(key.name)) readKey(key, *entry, values, findings);
  }
  if (findings.entry("VNET_MODE") == nullptr && !findings.isFaulty("VNET_MODE")) {
    findings.notice("VNET_MODE", "is not set, so the mode is SYSTEM");
  }
  if (const auto named = cloud::checkNodeName(values.settings.host.node_name);
      !named && findings.entry("NETCTL_NODE_NAME") == nullptr) {
    findings.error("NETCTL_NODE_NAME",
                   "is not set, and this host's name cannot be used: " + named.error().message);
  }
  checkTogether(values, findings);
  const bool sound = !findings.hasErrors();
  Loaded loaded{std::nullopt, findings.take()};
  if (sound) {
    loaded.configuration = Configuration{std::move(values.settings), std::move(values.services),
                                         std::move(entries), loaded.problems};
  }
  return loaded;
}

}  // namespace

Loaded parse(const Sources& sources) {
  const auto main = parseFile(sources.main);
  const auto local = sources.local ? parseFile(*sources.local) : ParsedFile{};
  auto entries = merged(main, local);
  Findings findings(sources.main.file, entries);
  for (const auto* file : {&main, &local}) {
    for (const auto& problem : file->problems) findings.add(problem);
    checkNames(file->entries, findings);
  }
  if (sources.has_preload) {
    findings.add({Severity::Notice,
                  sources.main.file,
                  0,
                  {},
                  {},
                  "netctl does not load the file iptables-preload beside it, since it leaves the "
                  "rules of others alone; load the file when the host starts"});
  }
  // A copy: findings goes on to refer to these entries.
  return check(std::vector<Entry>(entries), findings, sources.host_name);
}

Loaded parseEntries(std::string file, std::vector<Entry> entries, std::string host_name) {
  const auto known = entries;
  Findings findings(std::move(file), known);
  return check(std::move(entries), findings, std::move(host_name));
}

namespace {

/// The file that overrides it.
std::filesystem::path besidePath(std::filesystem::path path) {
  return path.replace_extension(".local.conf");
}

}  // namespace

Loaded load(const std::filesystem::path& path) {
  Loaded failed;
  const auto fail = [&](const std::filesystem::path& file, const Error& error) {
    failed.problems.push_back({Severity::Error, file.string(), 0, {}, {}, error.message});
  };
  const auto beside = besidePath(path);
  auto main = readText(path);
  if (!main) fail(path, main.error());
  Sources sources;
  sources.host_name = hostName();
  auto local = readText(beside);
  if (local) {
    sources.local = SourceText{beside.string(), *std::move(local)};
  } else if (local.error().code != ErrorCode::NotFound) {
    fail(beside, local.error());
  }
  if (!failed.problems.empty()) return failed;
  sources.main = SourceText{path.string(), *std::move(main)};
  std::error_code unseen;
  sources.has_preload = std::filesystem::exists(path.parent_path() / "iptables-preload", unseen);
  return parse(sources);
}

bool setsAnything(const std::filesystem::path& path) {
  const auto text = readText(path);
  if (!text) return text.error().code != ErrorCode::NotFound;
  const auto parsed = parseFile({path.string(), *text});
  return !parsed.entries.empty() || !parsed.problems.empty();
}

std::filesystem::path choosePath(const std::optional<std::filesystem::path>& given,
                                 const std::filesystem::path& root) {
  if (given) return *given;
  auto own = root / "etc/netctl/netctl.conf";
  auto eucalyptus = root / "etc/eucalyptus/eucalyptus.conf";
  std::error_code fault;
  // A file that cannot be looked at counts as there: loading it says why it cannot be read.
  if (!std::filesystem::exists(own, fault) && !fault) return eucalyptus;
  const bool shadows = setsAnything(own) || setsAnything(besidePath(own));
  return shadows || !std::filesystem::exists(eucalyptus, fault) ? own : eucalyptus;
}

std::string hostName() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

std::optional<cloud::NetworkMode> parseMode(std::string_view text) {
  using cloud::NetworkMode;
  for (const auto mode : {NetworkMode::System, NetworkMode::Static, NetworkMode::Managed,
                          NetworkMode::ManagedNoVlan}) {
    if (text == cloud::format(mode)) return mode;
  }
  return {};
}

std::optional<cloud::Role> parseRole(std::string_view text) {
  for (const auto role : {cloud::Role::Cluster, cloud::Role::Node, cloud::Role::All}) {
    if (text == cloud::format(role)) return role;
  }
  return {};
}

}  // namespace netctl::config
