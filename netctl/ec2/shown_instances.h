#pragma once

#include "netctl/ec2/action.h"

#include <set>
#include <vector>

/// The instances that an account is shown: those that it has, and for an hour those that have
/// ended. One that has ended is shown as an instance without place, network and groups.
namespace netctl::ec2 {

/// Null where the account is shown none of that id.
cloud::Ref<cloud::Instance> shownInstance(const Call& call, const cloud::InstanceId& id);
/// Those of the wanted ones that it is shown, by their ids; all of them where none is named, those
/// that it has first. Instances that are named cost nothing of the others.
std::vector<cloud::Ref<cloud::Instance>> shownInstances(const Call& call,
                                                        const std::set<cloud::InstanceId>& wanted);

}  // namespace netctl::ec2
