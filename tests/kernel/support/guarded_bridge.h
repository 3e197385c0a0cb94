#pragma once

#include "netctl/kernel/nft/bridge_guards.h"
#include "tests/kernel/support/frames.h"
#include "tests/kernel/support/network_namespace.h"

#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace netctl::kernel {

/// Networks of the tests.
inline constexpr net::Tag kRed{5};
inline constexpr net::Tag kBlue{6};

/// A bridge whose ports lead to wires in the same namespace, and its guards. Each wire is the other
/// end of a veth; `host` is the bridge itself.
class GuardedBridge : public NetworkNamespace {
 protected:
  static constexpr const char* kHostMac = "02:00:00:00:00:fe";
  static constexpr const char* kAll = "ff:ff:ff:ff:ff:ff";

  void SetUp() override;
  void TearDown() override;

  /// The bridge, in hairpin mode the ports of `wires`, by wire.
  void build(const std::string& bridge, const std::map<std::string, std::string>& ports);
  /// Whether bridged IPv4 is given to iptables.
  static void setBridgeNetfilter(bool on);

  void apply(const host::EditGuards& step);
  /// Makes these guards from nothing.
  void make(const host::Guards& guards);
  host::Guards look(const host::Scope& scope);
  host::Guards lookAtAll();

  /// Sends what `frame` makes around some bytes, and notes which wires must get it.
  void send(const std::string& what, const std::string& from, std::initializer_list<std::string> to,
            const std::function<Bytes(const Bytes&)>& frame);
  /// All that was sent came where it had to and nowhere else.
  void expectArrivals();

  std::optional<BridgeGuards> guards_;

 private:
  struct Sent {
    std::string what;
    Bytes token;
    std::vector<std::string> to;
  };
  std::map<std::string, std::unique_ptr<Wire>> wires_;
  std::vector<Sent> sent_;
};

/// The step that makes these guards from nothing.
host::EditGuards creation(const host::Guards& guards);
/// The step from the first to the second, which must have the same rules.
host::EditGuards difference(const host::Guards& before, const host::Guards& after);

}  // namespace netctl::kernel
