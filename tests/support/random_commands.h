#pragma once

#include "modes/cloud/commands.h"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace netctl::testing {

/// An endless history of commands that a cloud may be asked for, the same for the same seed
/// everywhere.
///
/// Names are drawn from small sets and mostly from what the cloud holds, so that commands meet each
/// other: most of them succeed, some repeat what was done, and some are wrong or come at the wrong
/// time.
class RandomCommands {
 public:
  explicit RandomCommands(std::uint32_t seed) : random_(seed) {}

  cloud::Command next(const cloud::Cloud& cloud);

 private:
  /// 0..limit-1.
  std::uint32_t below(std::uint32_t limit);
  bool oneIn(std::uint32_t chances) { return below(chances) == 0; }
  std::string hex(int digits);

  std::string owner();
  std::string groupName();
  std::string ownersGroup(const cloud::Cloud& cloud, const std::string& owner);
  std::vector<std::string> someGroups(const cloud::Cloud& cloud, const std::string& owner);
  net::Ipv4Address publicAddress(const cloud::Cloud& cloud);
  net::Ipv4Address heldAddress(const cloud::Cloud& cloud, const std::string& owner);
  cloud::InstanceId instanceId();
  cloud::InstanceId attached(const cloud::Cloud& cloud, const std::string& owner);
  std::string device();
  cloud::PermissionRequest permission(const cloud::Cloud& cloud, const std::string& owner);
  std::vector<cloud::PermissionRequest> permissions(const cloud::Cloud& cloud,
                                                    const std::string& owner);
  /// Mostly ones that the group has.
  std::vector<cloud::PermissionRequest> revocations(const cloud::Cloud& cloud,
                                                    const std::string& owner,
                                                    const std::string& group);
  cloud::AttachInstance attach(const cloud::Cloud& cloud);
  cloud::MigrateInstance migrate(const cloud::Cloud& cloud);
  cloud::ModifyInstance modify(const cloud::Cloud& cloud);
  std::chrono::sys_seconds time();
  cloud::Command keyPairCommand();
  std::string prefixListName();
  std::vector<cloud::PrefixListEntry> entries();
  cloud::Command prefixListCommand(const cloud::Cloud& cloud);
  cloud::Command accountCommand(const cloud::Cloud& cloud);
  cloud::Command groupCommand(const cloud::Cloud& cloud);
  /// About a permission that the group has, mostly.
  cloud::Command ruleCommand(const cloud::Cloud& cloud, const std::string& owner);
  cloud::Command addressCommand(const cloud::Cloud& cloud);
  cloud::Command forwardCommand(const cloud::Cloud& cloud, const std::string& owner);
  std::string resource(const cloud::Cloud& cloud, const std::string& owner);
  cloud::Command tagCommand(const cloud::Cloud& cloud);

  std::mt19937 random_;
};

}  // namespace netctl::testing
