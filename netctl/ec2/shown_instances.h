#pragma once

#include "netctl/ec2/action.h"

#include <vector>

/// The instances that an account is shown: those that it has, and for an hour those that have
/// ended. One that has ended is shown as an instance without place, network and groups.
namespace netctl::ec2 {

/// Null where the account is shown none of that id.
cloud::Ref<cloud::Instance> shownInstance(const Call& call, const cloud::InstanceId& id);
/// All of them by their ids; those that it has come first.
std::vector<cloud::Ref<cloud::Instance>> shownInstances(const Call& call);

}  // namespace netctl::ec2
