#pragma once

#include "modes/cloud/cloud.h"
#include "netctl/controller/subject.h"
#include "netctl/controller/unanswered_commands.h"

#include <set>
#include <utility>
#include <vector>

namespace netctl::controller {

/// Commands that were run, each by itself, and are stored by one transaction.
struct Batch {
  std::vector<UnansweredCommand> done;
  std::vector<cloud::Changes> owns;  ///< of each command that is done
  std::vector<Subject> subjects;     ///< of each that is done; empty where it changed something
  /// What was refused on top of changes that are not stored yet: if they fail, it was refused for
  /// nothing.
  std::vector<std::pair<Reply, Error>> refused;
  cloud::Changes changes;
  std::set<net::Ipv4Address> reviews;  ///< whose flows are to be reviewed
  std::set<net::Ipv4Address> left;     ///< of these, what an instance has left
  std::set<net::Ipv4Address> kept;     ///< whose flows are to be kept
};

}  // namespace netctl::controller
