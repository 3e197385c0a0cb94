#pragma once

#include "modes/cloud/commands.h"

#include <set>
#include <string>

namespace netctl::controller {

/// The objects that a command is about, whether it changes them or finds them as it wants them.
struct Subject {
  std::set<cloud::InstanceId> instances;
  std::set<cloud::GroupId> groups;
  std::set<cloud::PrefixListId> prefix_lists;
  std::set<net::Ipv4Address> addresses;
  /// Groups that are not there (any more), as the command names them, by owner.
  std::set<std::pair<cloud::AccountId, std::string>> absent_groups;
};

/// `outcome` is the command's own, and `cloud` as after it.
Subject subjectOf(const cloud::Cloud& cloud, const cloud::Command& command,
                  const cloud::Outcome& outcome);

/// Those of the objects that are there, as if they had just come: what is rendered for these
/// changes is all that the host holds for the objects.
cloud::Changes asIfNew(const cloud::Cloud& cloud, const Subject& subject);

}  // namespace netctl::controller
