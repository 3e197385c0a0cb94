#pragma once

#include "modes/cloud/address_plan.h"
#include "modes/cloud/mac_map.h"
#include "modes/cloud/objects.h"
#include "modes/cloud/public_pool.h"
#include "modes/net/address.h"
#include "modes/net/mac.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace netctl::cloud {

enum class NetworkMode { System, Static, Managed, ManagedNoVlan };
/// The names of eucalyptus.conf: `SYSTEM`, `STATIC`, `MANAGED`, `MANAGED-NOVLAN`.
std::string_view format(NetworkMode mode);
/// True of the managed modes: each security group has a network of its own, and there are elastic
/// addresses.
bool hasNetworks(NetworkMode mode);

enum class Role { Cluster, Node, All };
std::string_view format(Role role);

/// Who gives instances their metadata.
struct MetadataEndpoint {
  net::Ipv4Address address;
  std::uint16_t port = 0;

  bool operator==(const MetadataEndpoint&) const = default;
};

/// What all hosts of the cloud agree on. A node takes from its cluster host what it needs of this
/// (cloud::PartSettings). Each member names its key; those that a mode does not use keep their
/// defaults.
struct CloudSettings {
  NetworkMode mode = NetworkMode::System;  ///< VNET_MODE

  AddressPlan plan;         ///< VNET_SUBNET, VNET_NETMASK, VNET_ADDRSPERNET, NETCTL_CLUSTER_INDEX,
                            ///< NETCTL_CLUSTERS, NETCTL_TAGS
  PublicPool pool;          ///< VNET_PUBLICIPS
  MacMap mac_map;           ///< VNET_MACMAP
  net::Ipv4Address router;  ///< VNET_ROUTER
  net::MacPrefix mac_prefix;  ///< VNET_MACPREFIX

  net::Ipv4Address dns;                             ///< VNET_DNS
  std::string domain_name = "eucalyptus.internal";  ///< VNET_DOMAINNAME
  std::uint32_t lease_seconds = 86400;              ///< NETCTL_DHCP_LEASE

  std::vector<net::Ipv4Prefix> deny;  ///< NETCTL_DENY: instances never reach these
  std::vector<net::Ipv4Prefix>
      no_nat;  ///< NETCTL_NO_NAT: instances reach these with their private address

  /// VNET_CLOUDIP, NETCTL_METADATA_ENDPOINT: where the metadata's address leads; absent: to our
  /// own server.
  std::optional<MetadataEndpoint> metadata_endpoint;
  bool metadata_needs_token = false;  ///< NETCTL_METADATA_TOKENS

  /// NETCTL_LIMIT_*: of accounts that have no limits of their own
  Limits limits{{Limit::Addresses, 5},
                {Limit::Groups, 500},
                {Limit::Permissions, 1000},
                {Limit::AutomaticAddresses, 20}};

  /// NETCTL_QUARANTINE: for so long only its former owner may name a public address that was given
  /// back.
  std::chrono::seconds quarantine{600};

  std::string run_node;    ///< NETCTL_RUN_NODE; empty: this host
  std::string run_device;  ///< NETCTL_RUN_DEVICE; empty: known by its MAC

  /// By which cluster hosts send to instances; empty: not known. Each host with networks on one
  /// wire knows its own, and tells its nodes.
  std::set<net::MacAddress> gateway_macs;

  std::string zone = "cluster0";  ///< NETCTL_ZONE
  std::string region = "netctl";  ///< NETCTL_REGION
  bool long_ids = false;          ///< NETCTL_LONG_IDS: new ids have 17 digits
};

/// Addresses of the private subnet or of the public pool that somebody else has on this host.
struct Taken {
  net::Ipv4Prefix range;
  std::string holder;  ///< for people, as `172.16.7.1 on docker0`

  bool operator==(const Taken&) const = default;
};

/// Where a server of this host listens.
struct ServedAt {
  net::Ipv4Address address;  ///< 0.0.0.0: each of the host's own
  std::uint16_t port = 0;

  bool operator==(const ServedAt&) const = default;
};

/// What is this host's own, and stays so on a node. Each member names its key.
struct HostSettings {
  Role role = Role::Cluster;  ///< NETCTL_ROLE
  std::string node_name;      ///< NETCTL_NODE_NAME

  std::string private_interface = "eth0";         ///< VNET_PRIVINTERFACE
  std::string public_interface = "eth0";          ///< VNET_PUBINTERFACE
  std::string bridge;                             ///< VNET_BRIDGE; empty: none
  std::optional<net::Ipv4Address> public_router;  ///< NETCTL_PUBROUTER
  bool takes_nodes = true;                        ///< NETCTL_LISTEN: node hosts can connect
  /// NETCTL_EC2_FROM_INSTANCES: the EC2 endpoint, where instances may use it.
  std::optional<ServedAt> ec2_for_instances;

  bool counts_usage = false;  ///< NETCTL_USAGE

  /// Of no key, but as the host was found: what is new keeps clear of it.
  std::vector<Taken> taken;
  /// Of no key either: the host's own addresses on its public interface, ascending.
  std::vector<net::Ipv4Address> public_addresses;
};

/// What a mode renders by: the cloud's settings as this host knows them, and the host's own.
struct Settings : CloudSettings {
  HostSettings host;
};

}  // namespace netctl::cloud
