#pragma once

#include "modes/cloud/commands.h"
#include "modes/cloud/faults.h"

#include <map>
#include <string>
#include <vector>

/// What attaching and modifying an instance check alike. Internal to modes/cloud.
namespace netctl::cloud {

/// The groups by name or id, `default` made where it is not there; faults for those that are not
/// found or named twice.
std::vector<GroupId> resolveGroups(Cloud& cloud, const AccountId& owner,
                                   const std::vector<std::string>& groups, Faults& faults);
/// Without networks an instance has the group `default` and no other. Unsupported else.
Result<void> checkGroupsOfMode(const Cloud& cloud, const std::vector<std::string>& groups);
/// Whether netctld runs, or can ever run, on a node of that name.
void checkNodeServes(const Settings& settings, const std::string& node, Faults& faults);
void checkPlace(const Settings& settings, const std::string& node, const std::string& device,
                Faults& faults);
/// The options after the change. Only modes with networks have metadata, and options only those of
/// our own server; what the settings require of all, no instance may do without.
MetadataOptions changedMetadata(const Settings& settings, MetadataOptions options,
                                const MetadataChange& change, Faults& faults);
void checkAttributes(const std::map<std::string, std::string>& attributes, Faults& faults);
/// The instance is where it migrates to, and migrates no more. Precondition: it migrates.
void arrive(Instance& instance);
/// What a message to that account calls an instance: another's id is not told.
std::string namedFor(const Instance& holder, const AccountId& reader);
/// A fault where another instance has the device of the node that is wanted.
void checkDeviceFree(const Cloud& cloud, const Instance& wanted, Faults& faults);

}  // namespace netctl::cloud
