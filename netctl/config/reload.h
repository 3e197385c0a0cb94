#pragma once

#include "netctl/config/configuration.h"

#include <set>
#include <string>
#include <vector>

namespace netctl::config {

/// Tags and addresses that the cloud uses, and that a reload may not take away.
struct InUse {
  std::set<net::Tag> tags;
  std::set<net::Ipv4Address> addresses;  ///< public ones that accounts hold
};

enum class Taken {
  Now,        ///< in force from now on
  AtRestart,  ///< this key's changes need a restart
  Refused,    ///< could be taken now, but for the reason given
};

/// A key whose value differs between two configurations.
struct KeyChange {
  std::string key;
  std::string before;  ///< empty: not set
  std::string after;
  Taken taken = Taken::Now;
  std::string reason;  ///< with Refused
};
/// One line for people.
std::string format(const KeyChange& change);

/// The outcome of a reload.
struct Reload {
  std::vector<KeyChange> changes;
  /// In force from now on: as before, with the changes that are taken now. Its notices are of this
  /// and of the files as they are now.
  Configuration configuration;
};

/// Compares what is in force with what the files say now. Values that differ only in blanks are the
/// same. Pure.
Reload compare(const Configuration& before, const Configuration& after, const InUse& in_use);

}  // namespace netctl::config
