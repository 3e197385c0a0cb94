// Guards on bridges that we made. They need a kernel that tells which bridge a port is of
// (nft_meta_bridge).

#include "modes/host/names.h"

#include "tests/kernel/support/guarded_bridge.h"

#include <fmt/format.h>

namespace netctl::kernel {
namespace {

using host::Guard;
using host::Guards;

constexpr const char* kAnn = "d0:0d:00:00:00:0a";
constexpr const char* kBen = "d0:0d:00:00:00:0b";
constexpr const char* kLate = "d0:0d:00:00:00:0e";
constexpr const char* kRemote = "d0:0d:00:00:00:1a";
constexpr const char* kAddress = "10.5.0.10";

/// The bridge of a network, with two guarded ports, one that is nobody's, and the trunk's VLAN
/// device, which is known by its group.
class OwnBridgesTest : public GuardedBridge {
 protected:
  void SetUp() override {
    GuardedBridge::SetUp();
    build("eucabr5", {{"ann", "vnet1"}, {"ben", "vnet2"}, {"far", "eth0.5"}, {"stranger", "tap9"}});
    output(fmt::format("ip link set eth0.5 group {}", host::kLinkGroup));
  }

  static Guards guards() {
    Guards guards;
    guards.rules = {.own_bridges = "eucabr"};
    guards.ports = {{"vnet1", Guard{mac(kAnn), ip(kAddress)}},
                    {"vnet2", Guard{mac(kBen), ip("10.5.0.11")}}};
    return guards;
  }
  void sendPacket(const std::string& from, const std::string& source, const std::string& to_mac,
                  std::initializer_list<std::string> to) {
    send(fmt::format("packet of {} to {}", source, to_mac), from, to, [&](const Bytes& token) {
      return ethernet(to_mac, source, kTypeIpv4, ipv4(kAddress, "10.5.0.200", token));
    });
  }
};

TEST_F(OwnBridgesTest, FramesPassBetweenGuardsTheTrunkAndTheHostOnly) {
  make(guards());
  EXPECT_EQ(lookAtAll(), guards());
  sendPacket("ann", kAnn, kAll, {"ben", "far", "host"});
  sendPacket("ann", kAnn, kBen, {"ben", "far"});
  sendPacket("ann", kBen, kAll, {});
  sendPacket("far", kRemote, kAll, {"ann", "ben", "far", "host"});
  sendPacket("far", kRemote, kAnn, {"ann", "far"});
  sendPacket("far", kAnn, kAll, {});
  sendPacket("host", kHostMac, kAll, {"ann", "ben", "far"});
  expectArrivals();
}

TEST_F(OwnBridgesTest, APortThatIsNobodysDrops) {
  make(guards());
  for (const auto* source : {kAnn, kRemote, kHostMac, "02:00:00:00:00:77"}) {
    for (const auto* to : {kAll, kBen, kHostMac, "01:80:c2:00:00:0e"}) {
      sendPacket("stranger", source, to, {});
    }
  }
  sendPacket("host", kHostMac, "02:00:00:00:00:77", {"far"});
  expectArrivals();
}

TEST_F(OwnBridgesTest, ADeviceThatWasNotSeenYetIsGuardedByItsMac) {
  auto some = guards();
  some.unseen = {{mac(kLate), Guard{mac(kLate), ip(kAddress)}}};
  make(some);
  sendPacket("stranger", kLate, kAll, {"ann", "ben", "far", "host"});
  sendPacket("stranger", kRemote, kAll, {});
  sendPacket("host", kHostMac, kLate, {"stranger", "far"});
  expectArrivals();
}

TEST_F(OwnBridgesTest, OthersBridgesAreLeftAlone) {
  output(
      "ip link add site0 type bridge && ip link set site0 up && "
      "ip link add in0 type veth peer name out0 && ip link add in1 type veth peer name out1 && "
      "for d in in0 out0 in1 out1; do ip link set $d up; done && "
      "ip link set out0 master site0 && ip link set out1 master site0");
  auto some = guards();
  some.rules->shared_bridge = "br0";
  some.rules->parts_networks = true;
  make(some);
  output(
      "timeout 10 sh -c 'until [ $(bridge link show | grep -c \"site0 state forwarding\") = 2 ]; "
      "do sleep 0.05; done'");
  Wire in("in0");
  Wire out("in1");
  const Bytes token("a frame that is no business of ours");
  in.send(ethernet(kAll, kAnn, kTypeVlan, tagged(7, kTypeIpv4, token)));
  EXPECT_TRUE(out.gets(token, true));
}

}  // namespace
}  // namespace netctl::kernel
