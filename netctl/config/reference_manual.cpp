#include "netctl/config/reference_manual.h"

#include "netctl/config/configuration.h"
#include "netctl/config/keys.h"
#include "netctl/config/summary.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>
#include <vector>

namespace netctl::config {
namespace {

using cloud::NetworkMode;

constexpr std::string_view kMinimal = R"(VNET_MODE="MANAGED-NOVLAN"
VNET_PRIVINTERFACE="eth0"
VNET_PUBINTERFACE="eth1"
VNET_BRIDGE="br0"
VNET_SUBNET="172.16.0.0"
VNET_NETMASK="255.255.0.0"
VNET_ADDRSPERNET="32"
VNET_DNS="8.8.8.8"
VNET_PUBLICIPS="203.0.113.10-203.0.113.60"
NETCTL_ROLE="all"
)";

constexpr std::string_view kFaulty = R"(VNET_MODE="MANAGED-NOVLAN"
VNET_SUBNET="172.16.0.9"
VNET_NETMASK="255.255.0.0"
VNET_ADDRSPERNET="40"
VNET_DNS="8.8.8.8"
VNET_PUBLICIP="203.0.113.10"
)";

constexpr std::string_view kSyntax = R"(# Configuration

<!-- Made from the table of keys in netctl/config; a test compares the two. -->

netctl reads `eucalyptus.conf` as Eucalyptus 3.x left it, in its own syntax and with its own keys.
A few keys of netctl's own, `NETCTL_*`, stand in the same file. `netctld --config FILE` names the
file. Without the option netctld reads `/etc/netctl/netctl.conf`, or, if that does not exist or
sets nothing, `/etc/eucalyptus/eucalyptus.conf`. A file beside it overrides it key by key:
`eucalyptus.local.conf` beside `eucalyptus.conf`, `netctl.local.conf` beside `netctl.conf`.

## Syntax

    KEY="value"   # one to a line
    KEY=word

- A key stands at the start of its line. The value stands in double quotes, or it is one word that
  ends at a blank or a `#`. A line that starts with `#` is a comment. Text after the value is
  ignored.
- A key with an empty value counts as not set. In the file that overrides it unsets a key.
- The file looks like shell, and the init scripts of Eucalyptus do read it as shell, but netctl does
  not: single quotes, `$VARIABLES`, `export` and continued lines mean nothing. If a shell would read
  something else, a warning says so.
- If a key stands twice, the first line counts, and a warning says so.
- Keys that are neither `VNET_*` nor `NETCTL_*` belong to other programs and are ignored. A `VNET_*`
  or `NETCTL_*` key that netctl does not know is an error, so that a typing error does not change
  the network.

`netctl config check FILE` checks a file without a daemon. It names all faults in one run, each with
its line and the right form, and sums up the configuration.

`netctl reload` or SIGHUP reads the file and this host's interfaces and addresses again. netctld
takes the changes that are possible at run time, and names the keys that need a restart. If the file
has an error, or this host cannot carry it (for example, the public pool holds an address of this
host), nothing changes. On a node host, the settings that its cluster host has sent stay in force.

)";

constexpr std::string_view kFormulas = R"(
## The address plan

In MANAGED and MANAGED-NOVLAN the private subnet `B`/`M` is carved into networks of `N` addresses,
one for each security group that has instances. `B` must be the first address of its subnet, and `N`
a power of two of 16 to 2048. netctl refuses anything else and never rounds.

| what | formula | with B/M = 172.16.0.0/16, N = 32 |
|---|---|---|
| networks | min(4093, size of B/M / N) | min(4093, 65536 / 32) = 2048 |
| tags | v = 2, 3, ... | 2 to 2049 |
| network of tag v | B + (v - 2) * N | tag 10: 172.16.0.0 + 8 * 32 = 172.16.1.0/27 |
| gateway of cluster k | network + 1 + k | tag 10, k = 0: 172.16.1.1 |
| addresses of instances | network + 9 to network + N - 2 | tag 10: 172.16.1.9 to 172.16.1.30, N - 10 = 22 of them |
| addresses that cluster k of K gives | index 9 + floor(k * (N - 10) / K) to 8 + floor((k + 1) * (N - 10) / K) | k = 1 of K = 2: 20 to 30 |

Eucalyptus gives the same addresses, so an existing cloud can move over.

)";

std::string modesOf(const Key& key) {
  if (key.modes == kEveryMode) return "all";
  std::vector<std::string_view> names;
  for (const auto mode : {NetworkMode::System, NetworkMode::Static, NetworkMode::Managed,
                          NetworkMode::ManagedNoVlan}) {
    if (holds(key.modes, mode)) names.push_back(cloud::format(mode));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string neededBy(const Key& key) {
  if (key.required_in == 0) return {};
  std::vector<std::string_view> roles;
  for (const auto role : {cloud::Role::Cluster, cloud::Role::Node, cloud::Role::All}) {
    if (holds(key.required_by, role)) roles.push_back(cloud::format(role));
  }
  return fmt::format(" Required with NETCTL_ROLE {}.", fmt::join(roles, " and "));
}

std::string defaultOf(const Key& key) {
  if (!key.fallback.empty()) return fmt::format("`{}`", key.fallback);
  return std::string(key.derived.empty() ? "none" : key.derived);
}

std::string row(const Key& key) {
  const auto* not_yet =
      key.standing == Standing::NotYet ? " *Not supported yet: checked, but without effect.*" : "";
  return fmt::format("| {} | {} | {} | {} | {}{}{} | {} |\n", key.name, key.right, defaultOf(key),
                     modesOf(key), key.meaning, neededBy(key), not_yet,
                     key.at_run_time ? "reload" : "restart");
}

std::string table(std::string_view prefix) {
  std::string text =
      "| key | value | default | modes | meaning | a change needs |\n|---|---|---|---|---|---|\n";
  for (const auto& key : keys()) {
    if (key.standing != Standing::NoEffect && key.name.starts_with(prefix)) text += row(key);
  }
  return text;
}

std::string withoutEffect() {
  std::string text = "| key | why |\n|---|---|\n";
  for (const auto& key : keys()) {
    if (key.standing == Standing::NoEffect)
      text += fmt::format("| {} | {} |\n", key.name, key.meaning);
  }
  return text;
}

Loaded example(std::string_view text) {
  return parse({{"/etc/netctl/netctl.conf", std::string(text)}, {}, false, "cloud1"});
}

std::string block(std::string_view text) {
  return fmt::format("```\n{}```\n", text);
}

}  // namespace

std::string referenceManual() {
  std::string text(kSyntax);
  text += "## A minimal example\n\nA MANAGED-NOVLAN cloud on a single machine:\n\n";
  text += block(kMinimal);
  text += "\n`netctl config check` says of it:\n\n";
  text += block(format(summary(*example(kMinimal).configuration)));
  text += "\nA file with faults:\n\n" + block(kFaulty) + "\nThe answer:\n\n";
  std::string problems;
  for (const auto& problem : example(kFaulty).problems) problems += format(problem) + "\n";
  text += block(problems);
  text += kFormulas;
  text += "## Keys of Eucalyptus\n\n" + table("VNET_");
  text += "\n## Keys of netctl\n\n" + table("NETCTL_");
  text +=
      "\n## Keys of Eucalyptus without effect\n\nThey may stay in the file; a notice says why they "
      "do nothing. Another notice says that netctl does\nnot load a file `iptables-preload` beside "
      "the configuration.\n\n" +
      withoutEffect();
  return text;
}

}  // namespace netctl::config
