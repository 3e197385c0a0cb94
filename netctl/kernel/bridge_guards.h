#pragma once

#include "modes/host/plan.h"
#include "netctl/kernel/bridge_guards_reader.h"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct nft_ctx;

namespace netctl::kernel {

/// The guards of instance ports: nft's table `bridge netctl` (modes/firewall/guards.h), written
/// through libnftables and read by netlink.
///
/// The table says what it is made for in a set of its own, the seal: the rules of the step, and a
/// fingerprint of what the kernel made of them. Who changes a rule breaks the seal. Elements are
/// compared one by one.
class BridgeGuards {
 public:
  /// Writes nothing.
  static Result<BridgeGuards> open();

  /// Adds the part of `scope` to `into`. What is not as we write it is present with a value that
  /// nobody desires: a single guard, or the rules, which then are replaced with all that is in
  /// them.
  Result<void> look(const host::Scope& scope, host::HostState& into);

  /// One transaction, and one that seals where the rules are new. Unsupported where there are to be
  /// bridges of our own and the kernel cannot tell them.
  Result<void> apply(const host::EditGuards& step);

 private:
  struct Free {
    void operator()(nft_ctx* context) const;
  };
  using Context = std::unique_ptr<nft_ctx, Free>;

  BridgeGuards(GuardReader reader, Context nft);
  /// False where nft refused, with what it said in `refusal`.
  bool run(const std::string& commands, std::string& refusal);
  Result<void> write(const std::string& commands);
  /// The rules of a table that is there and whose seal is whole.
  Result<std::optional<host::GuardRules>> sealedRules();
  Result<void> lookAtAll(host::Guards& into);
  Result<void> lookAtSome(const host::Scope& scope, host::Guards& into);
  /// An element's set, and the bytes of its key and value.
  using Place = std::pair<std::string_view, std::string>;
  using Places = std::set<Place>;
  static Place placeOf(const firewall::GuardElement& element);
  static bool holdsAll(const Places& places, const std::vector<firewall::GuardElement>& elements);
  /// Where those of the elements are that are there.
  Result<Places> find(const std::vector<firewall::GuardElement>& elements);

  GuardReader reader_;
  Context nft_;
  bool bridge_names_ = false;  ///< the kernel can tell which bridge a port is of
};

}  // namespace netctl::kernel
