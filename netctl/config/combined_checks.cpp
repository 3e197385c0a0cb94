#include "netctl/config/keys.h"
#include "netctl/config/unchecked_values.h"

#include <fmt/format.h>

#include <algorithm>

namespace netctl::config {
namespace {

using cloud::NetworkMode;
using cloud::Role;

/// sun_path of a Unix socket's address holds no more, with its NUL (unix(7)).
constexpr std::size_t kLongestSocket = 107;
/// Where Eucalyptus' cloud controller serves, metadata and all.
constexpr std::uint16_t kCloudControllerPort = 8773;

void checkRequired(const UncheckedValues& values, Findings& findings) {
  if (!values.mode || !values.role) return;
  for (const auto& key : keys()) {
    if (!holds(key.required_in, *values.mode) || !holds(key.required_by, *values.role)) continue;
    if (findings.entry(key.name) != nullptr || findings.isFaulty(key.name)) continue;
    findings.error(
        key.name, fmt::format("is not set, but VNET_MODE={} needs it on a host with "
                              "NETCTL_ROLE={}; must be {}",
                              cloud::format(*values.mode), cloud::format(*values.role), key.right));
  }
}

/// VNET_SUBNET and VNET_NETMASK as a prefix; absent where they do not make one.
std::optional<net::Ipv4Prefix> privateSubnet(const UncheckedValues& values, Findings& findings) {
  if (!values.subnet || !values.netmask) return {};
  const auto prefix = net::prefixOf(*values.subnet, *net::prefixLength(*values.netmask));
  if (prefix.address != *values.subnet) {
    findings.error(
        "VNET_SUBNET",
        fmt::format("must be the first address of its subnet; with VNET_NETMASK={} that is {}",
                    net::format(*values.netmask), net::format(prefix.address)));
    return {};
  }
  if (isReserved({prefix.first(), prefix.last()})) {
    findings.error(
        "VNET_SUBNET",
        fmt::format("{} contains addresses that hosts cannot have; keep it out of 0/8, 127/8, "
                    "169.254/16, 224/4 and 255.255.255.255",
                    net::format(prefix)));
    return {};
  }
  return prefix;
}

bool checkClusters(const UncheckedValues& values, Findings& findings) {
  if (!values.cluster_index || !values.clusters) return false;
  if (*values.cluster_index >= *values.clusters) {
    findings.error("NETCTL_CLUSTER_INDEX",
                   fmt::format("must be below NETCTL_CLUSTERS, which is {}", *values.clusters));
    return false;
  }
  if (*values.clusters > 1) {
    findings.notice("NETCTL_CLUSTERS",
                    "each cluster has its own store: keep the VNET_PUBLICIPS of the clusters "
                    "disjoint, and name the tag at each group's first attach");
  }
  return true;
}

void checkTags(const UncheckedValues& values, cloud::AddressPlan& plan, Findings& findings) {
  if (!values.tags && findings.isFaulty("NETCTL_TAGS")) return;
  const auto tags = values.tags.value_or(TagSet{}.set());
  const auto last = net::Tag::kFirst + plan.networks() - 1;
  for (std::uint32_t tag = net::Tag::kFirst; tag <= last; ++tag) {
    if (tags.test(tag)) plan.tags.push_back({static_cast<std::uint16_t>(tag)});
  }
  if (plan.tags.empty()) {
    findings.error("NETCTL_TAGS",
                   fmt::format("leaves no tag; there are networks for the tags 2-{}; write some of "
                               "them, for example 2-{} or 2-4094 !7",
                               last, last));
  }
}

void checkPlan(UncheckedValues& values, Findings& findings) {
  const auto subnet = privateSubnet(values, findings);
  const bool clusters_fit = checkClusters(values, findings);
  if (!subnet || !values.network_size) return;
  if (*values.network_size > subnet->size()) {
    findings.error(
        "VNET_ADDRSPERNET",
        fmt::format("must be at most the size of the private subnet; {} has {} addresses",
                    net::format(*subnet), subnet->size()));
    return;
  }
  auto& plan = values.settings.plan;
  plan = cloud::AddressPlan{*subnet, *values.network_size, 0, 1, {}};
  checkTags(values, plan, findings);
  if (!clusters_fit) return;
  plan.cluster_index = *values.cluster_index;
  plan.clusters = *values.clusters;
  if (plan.firstOwnIndex() > plan.lastOwnIndex()) {
    findings.error(
        "VNET_ADDRSPERNET",
        fmt::format("leaves no address for instances of cluster {} of {}; write 32 or more",
                    plan.cluster_index, plan.clusters));
  }
}

void checkPool(const UncheckedValues& values, Findings& findings) {
  const auto& pool = values.settings.pool;
  if (const auto& router = values.settings.host.public_router; router && pool.contains(*router)) {
    findings.error("NETCTL_PUBROUTER",
                   fmt::format("must be no address of VNET_PUBLICIPS; take {} out there with !{}",
                               net::format(*router), net::format(*router)));
  }
  if (pool.ranges().empty() && !findings.isFaulty("VNET_PUBLICIPS")) {
    findings.notice("VNET_PUBLICIPS",
                    "there are no public addresses: instances can only be attached with private "
                    "addressing, and there are no elastic addresses");
  }
  if (!values.subnet || !values.netmask) return;
  const auto subnet = net::prefixOf(*values.subnet, *net::prefixLength(*values.netmask));
  if (const auto& router = values.settings.host.public_router; router && subnet.contains(*router)) {
    findings.error("NETCTL_PUBROUTER",
                   fmt::format("must be outside of the private subnet {}", net::format(subnet)));
  }
  for (const auto& range : pool.ranges()) {
    if (range.last < subnet.first() || subnet.last() < range.first) continue;
    findings.error(
        "VNET_PUBLICIPS",
        fmt::format("must not overlap the private subnet {}, but holds {}-{} of it",
                    net::format(subnet), net::format(std::max(range.first, subnet.first())),
                    net::format(std::min(range.last, subnet.last()))));
  }
}

/// The keys that only STATIC has.
void checkStatic(UncheckedValues& values, Findings& findings) {
  const auto subnet = privateSubnet(values, findings);
  if (!subnet) return;
  auto& settings = values.settings;
  settings.plan.subnet = *subnet;
  const auto is_host = [&](net::Ipv4Address address) {
    return subnet->contains(address) &&
           (subnet->length >= 31 || (address != subnet->first() && address != subnet->last()));
  };
  if (values.broadcast && *values.broadcast != subnet->last()) {
    findings.error("VNET_BROADCAST",
                   fmt::format("must be the last address of {}, {}", net::format(*subnet),
                               net::format(subnet->last())));
  }
  if (values.router && !is_host(*values.router)) {
    findings.error("VNET_ROUTER",
                   fmt::format("must be a host's address of {}", net::format(*subnet)));
  }
  settings.router = values.router.value_or(net::Ipv4Address{});
  std::vector<cloud::MacPair> pairs;
  for (const auto& [pair, number, text] : values.mac_map) {
    const auto fault = [&, number = number, text = text](std::string_view right) {
      findings.errorOfItem("VNET_MACMAP",
                           fmt::format("{} {}", itemName("pair", number, text), right));
    };
    if (!is_host(pair.address)) {
      fault(fmt::format("must have a host's address of {}", net::format(*subnet)));
    } else if (pair.address == values.router) {
      fault("must have an address other than VNET_ROUTER");
    } else {
      pairs.push_back(pair);
    }
  }
  settings.mac_map = cloud::MacMap(std::move(pairs));
}

/// A key of the configuration, and whether it has a value.
struct Given {
  std::string_view key;
  bool is_given = false;
};

/// Both or neither.
void checkPair(Given one, Given other, Findings& findings) {
  if (one.is_given == other.is_given) return;
  if (other.is_given) std::swap(one, other);
  if (!findings.isFaulty(other.key)) {
    findings.error(one.key, fmt::format("needs {} too", other.key));
  }
}

void completeServices(UncheckedValues& values, Findings& findings) {
  auto& services = values.services;
  services.socket = values.socket.value_or(services.run_dir / "netctl.sock");
  if (services.socket.native().size() > kLongestSocket) {
    const auto* key = values.socket ? "NETCTL_SOCKET" : "NETCTL_RUN_DIR";
    findings.error(key,
                   fmt::format("must be shorter: the socket's path may have {} bytes, and has {}",
                               kLongestSocket, services.socket.native().size()));
  }
  const auto pki = services.state_dir / "pki";
  services.tls_ca = values.tls_ca.value_or(pki / "ca.crt");
  services.tls_cert = values.tls_cert.value_or(pki / "host.crt");
  services.tls_key = values.tls_key.value_or(pki / "host.key");
  checkPair({"NETCTL_EC2_CERT", services.ec2_cert.has_value()},
            {"NETCTL_EC2_KEY", services.ec2_key.has_value()}, findings);
  checkPair({"NETCTL_METRICS_CERT", services.metrics_cert.has_value()},
            {"NETCTL_METRICS_KEY", services.metrics_key.has_value()}, findings);
  if (!services.metrics_listen && services.metrics_cert) {
    findings.notice("NETCTL_METRICS_CERT", "has no effect without NETCTL_METRICS_LISTEN");
  }
}

void checkStore(const UncheckedValues& values, Findings& findings) {
  const auto& services = values.services;
  if (services.store == StoreKind::Sqlite) {
    for (const auto* key : {"NETCTL_ETCD", "NETCTL_ETCD_CA", "NETCTL_ETCD_USER",
                            "NETCTL_ETCD_PASSWORD_FILE", "NETCTL_ETCD_PREFIX"}) {
      // `netctl store move --to etcd` needs them before the cloud is there.
      if (findings.entry(key) != nullptr && services.etcd.empty()) {
        findings.notice(key, "has no effect without NETCTL_ETCD");
      }
    }
    return;
  }
  if (values.role == Role::Node) {
    findings.error("NETCTL_STORE",
                   "must be sqlite on a node host, which has its part of the cloud from its "
                   "cluster host");
    return;
  }
  if (services.etcd.empty() && !findings.isFaulty("NETCTL_ETCD")) {
    findings.error("NETCTL_STORE", "needs NETCTL_ETCD too");
  }
}

void checkEtcd(const UncheckedValues& values, Findings& findings) {
  const auto& services = values.services;
  checkPair({"NETCTL_ETCD_USER", !services.etcd_user.empty()},
            {"NETCTL_ETCD_PASSWORD_FILE", services.etcd_password_file.has_value()}, findings);
  if (services.etcd.empty()) return;
  if (services.etcd.front().tls && !services.etcd_ca) {
    findings.error("NETCTL_ETCD", "needs NETCTL_ETCD_CA too, by which https members are known");
  }
  if (!services.etcd.front().tls && services.etcd_ca) {
    findings.notice("NETCTL_ETCD_CA", "has no effect, since NETCTL_ETCD is http");
  }
}

void checkEc2(UncheckedValues& values, Findings& findings) {
  const auto& services = values.services;
  if (services.ec2_listen && values.role == Role::Node) {
    findings.notice("NETCTL_EC2_LISTEN",
                    "has no effect on a node host: its cluster host serves EC2");
  }
  if (!services.ec2_listen && services.ec2_cert) {
    findings.notice("NETCTL_EC2_CERT", "has no effect without NETCTL_EC2_LISTEN");
  }
  if (!values.ec2_from_instances || values.role == Role::Node) return;
  if (!services.ec2_listen) {
    findings.notice("NETCTL_EC2_FROM_INSTANCES", "has no effect without NETCTL_EC2_LISTEN");
    return;
  }
  const auto address = net::parseIpv4Address(services.ec2_listen->host);
  if (!address) {
    findings.error("NETCTL_EC2_FROM_INSTANCES",
                   "needs an IPv4 address in NETCTL_EC2_LISTEN, since instances have no IPv6");
    return;
  }
  values.settings.host.ec2_for_instances = cloud::ServedAt{*address, services.ec2_listen->port};
}

void completeMetadata(UncheckedValues& values, Findings& findings) {
  if (!values.cloud_address) return;
  auto& endpoint = values.settings.metadata_endpoint;
  if (endpoint) {
    findings.notice("VNET_CLOUDIP", "has no effect, since NETCTL_METADATA_ENDPOINT is set");
  } else {
    endpoint = {*values.cloud_address, kCloudControllerPort};
  }
}

}  // namespace

void checkTogether(UncheckedValues& values, Findings& findings) {
  checkRequired(values, findings);
  completeServices(values, findings);
  if (!values.mode || !values.role) return;
  auto& settings = values.settings;
  settings.mode = *values.mode;
  settings.host.role = *values.role;
  checkStore(values, findings);
  checkEtcd(values, findings);
  checkEc2(values, findings);
  if (settings.host.role == Role::Node && settings.mode == NetworkMode::Managed &&
      findings.entry("VNET_PRIVINTERFACE") == nullptr &&
      findings.entry("VNET_PUBINTERFACE") != nullptr) {
    settings.host.private_interface = settings.host.public_interface;
    findings.notice("VNET_PUBINTERFACE",
                    "is taken as the trunk of this node host; "
                    "VNET_PRIVINTERFACE is its name");
  }
  if (settings.mode == NetworkMode::Static) checkStatic(values, findings);
  if (holds(kManagedModes, settings.mode)) {
    checkPlan(values, findings);
    checkPool(values, findings);
    completeMetadata(values, findings);
  }
}

}  // namespace netctl::config
