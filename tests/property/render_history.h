#pragma once

#include "modes/cloud/commands.h"
#include "modes/mode.h"
#include "tests/support/random_commands.h"

#include <cstdint>
#include <memory>
#include <random>

namespace netctl::testing {

/// A cloud that lives through a random history, richer than RandomCommands in what decides about
/// packets: permissions of all kinds and sources.
class RenderHistory {
 public:
  RenderHistory(cloud::Settings settings, std::uint32_t seed);

  [[nodiscard]] const cloud::Cloud& cloud() const { return cloud_; }
  [[nodiscard]] const Mode& mode() const { return *mode_; }

  /// Runs so many commands, whether they succeed or not, and gives what they changed together.
  cloud::Changes run(unsigned commands);
  /// 0..limit-1.
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }

 private:
  cloud::Command next();
  /// An account, or a group of one: there is something to attach to.
  cloud::Command group();
  cloud::Command attach();
  /// Of the host's own address or of an account's, to some instance; or the end of one.
  cloud::Command forward();
  cloud::Command changedList(const cloud::Group& group);
  cloud::PermissionRequest permission(const cloud::AccountId& owner);

  cloud::Cloud cloud_;
  std::unique_ptr<Mode> mode_;
  RandomCommands commands_;
  std::mt19937 random_;
  std::uint32_t attached_ = 0;
  std::uint32_t lists_ = 0;
  std::uint32_t groups_ = 0;
};

/// Where the histories' clouds stand: role `all`, instances on `br0`, elastic addresses on `eth1`.
HostFacts historyFacts();

}  // namespace netctl::testing
