#pragma once

#include "modes/host/plan.h"
#include "modes/nft/guard_elements.h"
#include "modes/nft/guard_seal.h"
#include "netctl/kernel/nft/nft_reader.h"
#include "netctl/kernel/nft/nft_writer.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace netctl::kernel {

/// The guards of instance ports: nft's table `bridge netctl` (modes/nft/guard_table.h), written
/// through libnftables and read by netlink.
///
/// The table says what it is made for in a set of its own, the seal: the rules of the step, and a
/// fingerprint of what the kernel made of them. Who changes a rule breaks the seal. Elements are
/// compared one by one.
class BridgeGuards {
 public:
  /// Writes nothing.
  static Result<BridgeGuards> open(
      Result<MnlSocket> socket = MnlSocket::open(NETLINK_NETFILTER),
      std::shared_ptr<NftProcess> nft = std::make_shared<NftProcess>());

  /// Adds the part of `scope` to `into`. What is not as we write it is foreign: a single guard, or
  /// the rules, which then are replaced with all that is in them. The rules are foreign too where
  /// some guards are asked for and there is no table.
  Result<void> look(const host::Scope& scope, host::HostState& into);

  /// One transaction, and one that seals where the rules are new. Unsupported where there are to be
  /// bridges of our own and the kernel cannot tell them.
  Result<void> apply(const host::EditGuards& step);

  /// How many frames the guards have dropped, by the name of the reason (guard_table.h).
  Result<std::map<std::string, std::uint64_t>> drops();

 private:
  BridgeGuards(NftReader reader, NftWriter writer);
  /// Whether the kernel can tell which bridge a port is of. Asked when first needed, since it takes
  /// as long as the kernel needs to forget the question.
  Result<bool> tellsBridges();
  /// The rules of a table that is there and whose seal is whole.
  Result<std::optional<host::GuardRules>> sealedRules();
  Result<void> lookAtAll(host::HostState& into);
  Result<void> lookAtSome(const host::Scope& scope, host::HostState& into);

  NftReader reader_;
  NftWriter writer_;
  std::optional<bool> tells_bridges_;
};

}  // namespace netctl::kernel
