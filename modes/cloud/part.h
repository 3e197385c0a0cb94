#pragma once

#include "modes/cloud/cloud.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

/// What a node may see of the cloud: its own instances, their networks, and the neighbours in
/// these. No permissions, no public addresses, no user data, nothing of networks that it has no
/// instance in.
namespace netctl::cloud {

/// What all hosts must have in common; the rest of the settings is each host's own.
struct PartSettings {
  NetworkMode mode = NetworkMode::System;
  AddressPlan plan;  ///< without its tags: no node hands out any
  net::MacPrefix mac_prefix;
  std::string zone;
  std::string region;
  std::set<net::MacAddress> gateway_macs = {};  ///< by which cluster hosts send to instances

  bool operator==(const PartSettings& other) const;
};

/// The network of one group.
struct PartNetwork {
  GroupId group;
  AccountId owner;
  std::string name;  ///< of the group

  bool operator==(const PartNetwork&) const = default;
};

/// What a node sees of the migration of an instance that it has a port of.
enum class PartMigration { None, Leaves, Arrives };

struct PartInstance {
  std::optional<net::Tag> tag = {};  ///< absent in the modes without networks
  std::uint32_t address_index = 0;
  /// Absent in SYSTEM, where the node itself learns it.
  std::optional<net::Ipv4Address> private_address = {};
  net::MacAddress mac;
  /// Present where the instance is on this node, and then empty where it is known by its MAC.
  std::optional<std::string> device = {};
  PartMigration migration = PartMigration::None;  ///< with `device`
  /// Present where no network says it.
  std::optional<AccountId> owner = {};

  bool operator==(const PartInstance&) const = default;
};

struct Part {
  PartSettings settings;
  std::map<net::Tag, PartNetwork> networks;
  std::map<InstanceId, PartInstance> instances;

  bool operator==(const Part&) const = default;
};

/// From one part to another under the same settings: new values, absent for what is gone.
struct PartDifference {
  std::map<net::Tag, std::optional<PartNetwork>> networks;
  std::map<InstanceId, std::optional<PartInstance>> instances;

  [[nodiscard]] bool empty() const { return networks.empty() && instances.empty(); }
  bool operator==(const PartDifference&) const = default;
};

Part partOf(const Cloud& cloud, std::string_view node);

/// The nodes that these changes concern, and what becomes of their parts; `cloud` is as after them.
/// Costs as much as the networks that they touch hold.
std::map<std::string, PartDifference> partDifferences(const Cloud& cloud, const Changes& changes);

/// What leads from one part to the other. Their settings are not compared.
PartDifference difference(const Part& from, const Part& to);
void apply(const PartDifference& difference, Part& part);

/// InvalidArgument where a part contradicts itself or its address plan, so that no host can be made
/// of it.
Result<void> check(const Part& part);

/// A node's settings: what is common from the part, the rest its own.
Settings settingsOf(const PartSettings& common, Settings own);
/// Edits the cloud that a node renders, which was made by this function of all differences before
/// (the first one from an empty part). What the node itself knows of an instance that stays is
/// kept. Precondition: the part as after the difference passes `check`.
void edit(Cloud& cloud, const PartDifference& difference);

}  // namespace netctl::cloud
