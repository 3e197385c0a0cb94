// What the guards let pass, by frames of every kind over a real bridge, both ways, with bridged
// IPv4 given to iptables and not.

#include "tests/kernel/support/guarded_bridge.h"

#include <fmt/format.h>

namespace netctl::kernel {
namespace {

using host::Guard;
using host::Guards;

/// An address pair as text, for frames.
struct Station {
  std::string mac;
  std::string ip;

  [[nodiscard]] Guard guard(std::optional<net::Tag> network = {}) const {
    return {kernel::mac(mac), kernel::ip(ip), network};
  }
};
const Station kAnn{"d0:0d:00:00:00:0a", "10.5.0.10"};     // red, here
const Station kBen{"d0:0d:00:00:00:0b", "10.5.0.11"};     // red, here
const Station kCem{"d0:0d:00:00:00:0c", "10.6.0.12"};     // blue, here
const Station kRon{"d0:0d:00:00:00:1a", "10.5.0.26"};     // red, on another host
const Station kBob{"02:00:00:00:00:1c", "10.6.0.28"};     // blue, on another host, its own MAC
const Station kNobody{"d0:0d:00:00:00:ff", "10.5.0.99"};  // a MAC like an instance's
const Station kRouter{"02:00:00:00:00:99", "10.5.0.1"};   // outside
const Station kLate{"d0:0d:00:00:00:0e", "10.5.0.14"};    // red, here, device not seen

constexpr const char* kAllNodes = "33:33:00:00:00:01";
constexpr const char* kGroup = "01:00:5e:00:00:fb";
constexpr const char* kBridgeGroup = "01:80:c2:00:00:00";
constexpr const char* kLldpGroup = "01:80:c2:00:00:0e";

class BridgeGuardsTest : public GuardedBridge, public testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    GuardedBridge::SetUp();
    setBridgeNetfilter(GetParam());
    build("br0", {{"ann", "vnet1"},
                  {"ben", "vnet2"},
                  {"cem", "vnet3"},
                  {"far", "eth0"},
                  {"stranger", "tap9"}});
  }

  static Guards guards(bool ipv6) {
    Guards guards;
    guards.rules = {.shared_bridge = "br0", .ipv6 = ipv6};
    guards.ports = {{"vnet1", kAnn.guard()}, {"vnet2", kBen.guard()}, {"vnet3", kCem.guard()}};
    return guards;
  }
  static Guards parted() {
    Guards guards;
    guards.rules = {.shared_bridge = "br0", .parts_networks = true};
    guards.ports = {
        {"vnet1", kAnn.guard(kRed)}, {"vnet2", kBen.guard(kRed)}, {"vnet3", kCem.guard(kBlue)}};
    guards.members = {{mac(kAnn.mac), kRed},
                      {mac(kBen.mac), kRed},
                      {mac(kCem.mac), kBlue},
                      {mac(kRon.mac), kRed},
                      {mac(kBob.mac), kBlue}};
    return guards;
  }

  using To = std::initializer_list<std::string>;
  void sendIpv4(const std::string& what, const std::string& from, const Station& source,
                const std::string& destination, To to,
                const std::string& destination_ip = "10.5.0.200") {
    send(what, from, to, [&](const Bytes& token) {
      return ethernet(destination, source.mac, kTypeIpv4, ipv4(source.ip, destination_ip, token));
    });
  }
  void sendUdp(const std::string& what, const std::string& from, const Station& source,
               std::uint16_t source_port, std::uint16_t port, To to,
               const Ipv4Options& options = {.protocol = 17}) {
    send(what, from, to, [&](const Bytes& token) {
      return ethernet(kAll, source.mac, kTypeIpv4,
                      ipv4(source.ip, "255.255.255.255", udp(source_port, port, token), options));
    });
  }
  void sendArp(const std::string& what, const std::string& from, const std::string& source,
               const ArpParts& parts, To to) {
    send(what, from, to,
         [&](const Bytes& token) { return ethernet(kAll, source, kTypeArp, arp(parts) + token); });
  }
  void sendType(const std::string& what, const std::string& from, const std::string& destination,
                const Station& source, std::uint16_t type, const Bytes& payload, To to) {
    send(what, from, to, [&](const Bytes& token) {
      return ethernet(destination, source.mac, type, payload + token);
    });
  }
  void sendIpv6(const std::string& what, const std::string& from, const Station& source,
                std::uint8_t protocol, const Bytes& payload, To to) {
    send(what, from, to, [&](const Bytes& token) {
      return ethernet(kAllNodes, source.mac, kTypeIpv6, ipv6(protocol, payload + token));
    });
  }
};

INSTANTIATE_TEST_SUITE_P(BridgeNetfilter, BridgeGuardsTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "On" : "Off"; });

TEST_P(BridgeGuardsTest, WithoutGuardsEverythingReachesEverybody) {
  sendIpv4("a foreign packet", "ann", kBen, kAll, {"ann", "ben", "cem", "far", "stranger", "host"});
  sendType("a tag", "ann", kAll, kAnn, kTypeVlan, number16(5) + number16(0x1234),
           {"ann", "ben", "cem", "far", "stranger", "host"});
  expectArrivals();
}

TEST_P(BridgeGuardsTest, AnInstancesOwnFramesPass) {
  make(guards(false));
  sendIpv4("unicast", "ann", kAnn, kBen.mac, {"ben", "far", "stranger"});
  sendIpv4("to the host", "ann", kAnn, kHostMac, {"host"});
  sendIpv4("broadcast", "ann", kAnn, kAll, {"ben", "cem", "far", "stranger", "host"});
  sendIpv4("multicast", "ann", kAnn, kGroup, {"ben", "cem", "far", "stranger", "host"},
           "224.0.0.251");
  sendIpv4("from outside", "far", kRouter, kAnn.mac, {"ann", "far", "stranger"});
  sendIpv4("from outside to all", "far", kRouter, kAll,
           {"ann", "ben", "cem", "far", "stranger", "host"});
  sendIpv4("from the host", "host", {kHostMac, "10.5.0.1"}, kAnn.mac, {"ann", "far", "stranger"});
  sendUdp("DHCPDISCOVER", "ann", {kAnn.mac, "0.0.0.0"}, 68, 67,
          {"ben", "cem", "far", "stranger", "host"});
  sendUdp("a lease's renewal", "ann", kAnn, 68, 67, {"ben", "cem", "far", "stranger", "host"});
  sendArp("ARP request", "ann", kAnn.mac,
          {.sender_mac = kAnn.mac, .sender = kAnn.ip, .target = kBen.ip},
          {"ben", "cem", "far", "stranger", "host"});
  sendArp("ARP probe", "ann", kAnn.mac,
          {.sender_mac = kAnn.mac, .sender = "0.0.0.0", .target = kAnn.ip},
          {"ben", "cem", "far", "stranger", "host"});
  sendArp("ARP announcement", "ann", kAnn.mac,
          {.operation = 2, .sender_mac = kAnn.mac, .sender = kAnn.ip, .target = kAnn.ip},
          {"ben", "cem", "far", "stranger", "host"});
  sendType("RARP", "ann", kAll, kAnn, kTypeRarp,
           arp({.operation = 3, .sender_mac = kAnn.mac, .sender = "0.0.0.0", .target = "0.0.0.0"}),
           {"ben", "cem", "far", "stranger", "host"});
  expectArrivals();
}

TEST_P(BridgeGuardsTest, ForgedSendersReachNobody) {
  make(guards(false));
  for (const auto& [what, mac] :
       std::map<std::string, std::string>{{"a neighbour's MAC", kBen.mac},
                                          {"the host's MAC", kHostMac},
                                          {"the router's MAC", kRouter.mac},
                                          {"nobody's MAC", kNobody.mac}}) {
    for (const auto* destination : {kAll, kHostMac, kBen.mac.c_str()}) {
      sendIpv4(what, "ann", {mac, kAnn.ip}, destination, {});
    }
    sendType("RARP of " + what, "ann", kAll, {mac, ""}, kTypeRarp, "", {});
    sendUdp("DHCPDISCOVER of " + what, "ann", {mac, "0.0.0.0"}, 68, 67, {});
    sendArp("ARP of " + what, "ann", mac, {.sender_mac = mac, .sender = kAnn.ip, .target = kCem.ip},
            {});
  }
  for (const auto& [what, ip] :
       std::map<std::string, std::string>{{"a neighbour's address", kBen.ip},
                                          {"the router's address", kRouter.ip},
                                          {"an outside address", "198.51.100.1"},
                                          {"no address", "0.0.0.0"}}) {
    for (const auto* destination : {kAll, kHostMac, kBen.mac.c_str()}) {
      sendIpv4(what, "ann", {kAnn.mac, ip}, destination, {});
    }
  }
  sendUdp("no address to another port", "ann", {kAnn.mac, "0.0.0.0"}, 68, 69, {});
  sendUdp("no address from another port", "ann", {kAnn.mac, "0.0.0.0"}, 69, 67, {});
  expectArrivals();
}

TEST_P(BridgeGuardsTest, ForgedArpReachesNobody) {
  make(guards(false));
  for (const std::uint16_t operation : {1, 2, 3, 9}) {
    sendArp("a neighbour's address", "ann", kAnn.mac,
            {.operation = operation, .sender_mac = kAnn.mac, .sender = kBen.ip, .target = kCem.ip},
            {});
    sendArp("a neighbour's MAC", "ann", kAnn.mac,
            {.operation = operation, .sender_mac = kBen.mac, .sender = kAnn.ip, .target = kCem.ip},
            {});
    sendArp("a neighbour's truth", "ann", kAnn.mac,
            {.operation = operation, .sender_mac = kBen.mac, .sender = kBen.ip, .target = kCem.ip},
            {});
    sendArp("the router's address", "ann", kAnn.mac,
            {.operation = operation,
             .sender_mac = kAnn.mac,
             .sender = kRouter.ip,
             .target_mac = kBen.mac,
             .target = kBen.ip},
            {});
    sendArp("sizes that do not fit", "ann", kAnn.mac,
            {.operation = operation,
             .sender_mac = kAnn.mac,
             .sender = kAnn.ip,
             .target = kBen.ip,
             .mac_size = 8},
            {});
  }
  sendArp("a reply without an address", "ann", kAnn.mac,
          {.operation = 2, .sender_mac = kAnn.mac, .sender = "0.0.0.0", .target = kBen.ip}, {});
  expectArrivals();
}

TEST_P(BridgeGuardsTest, ServersAreNotWhereInstancesAre) {
  make(guards(false));
  sendUdp("DHCPOFFER", "ann", kAnn, 67, 68, {});
  sendUdp("DHCPOFFER with IP options", "ann", kAnn, 67, 68, {},
          {.protocol = 17, .header_words = 6});
  sendUdp("the first fragment of a DHCPOFFER", "ann", kAnn, 67, 68, {},
          {.protocol = 17, .fragment = 0x2000});
  sendUdp("DHCPOFFER in a bad header", "ann", kAnn, 67, 68, {},
          {.protocol = 17, .header_words = 4});
  sendUdp("DHCPOFFER of the router", "ann", {kAnn.mac, kRouter.ip}, 67, 68, {});
  sendUdp("DHCPOFFER without an address", "ann", {kAnn.mac, "0.0.0.0"}, 67, 67, {});
  sendUdp("DHCPOFFER from outside", "far", kRouter, 67, 68,
          {"ann", "ben", "cem", "far", "stranger", "host"});
  expectArrivals();
}

TEST_P(BridgeGuardsTest, OtherProtocolsDoNotPass) {
  make(guards(false));
  const auto inner = number16(0x1234);
  for (const auto type : {kTypeVlan, kTypeQinQ, std::uint16_t{0x9100}}) {
    for (const auto* destination : {kAll, kHostMac, kBen.mac.c_str()}) {
      const auto what = fmt::format("tag of type {:04x}", type);
      send(what, "ann", {}, [&](const Bytes& token) {
        return ethernet(destination, kAnn.mac, type,
                        tagged(5, kTypeIpv4, ipv4(kAnn.ip, kBen.ip, token)));
      });
      send("double " + what, "ann", {}, [&](const Bytes& token) {
        return ethernet(destination, kAnn.mac, type,
                        tagged(5, kTypeVlan, tagged(6, kTypeIpv4, ipv4(kAnn.ip, kBen.ip, token))));
      });
    }
    sendType("a tag of priority only", "ann", kAll, kAnn, type, number16(0x2000) + inner, {});
    sendType("a tag from outside", "far", kAll, kRouter, type, number16(5) + inner,
             {"far", "stranger", "host"});
  }
  for (const std::uint16_t type : {0x8847, 0x8863, 0x888e, 0x88cc, 0x88f7, 0x0842, 0x9000}) {
    sendType(fmt::format("type {:04x}", type), "ann", kAll, kAnn, type, inner, {});
    sendType(fmt::format("type {:04x} from outside", type), "far", kAll, kRouter, type, inner,
             {"far", "stranger", "host"});
  }
  sendIpv6("IPv6", "ann", kAnn, 58, Bytes("\x87\0\0\0", 4), {});
  sendIpv6("IPv6 from outside", "far", kRouter, 58, Bytes("\x86\0\0\0", 4),
           {"far", "stranger", "host"});
  sendType("STP", "ann", kBridgeGroup, kAnn, 38, "\x42\x42\x03", {});
  sendType("LLDP", "ann", kLldpGroup, kAnn, 0x88cc, "", {});
  sendType("IPX in 802.3", "ann", kAll, kAnn, 64, "\xff\xff", {});
  sendIpv4("IPv4 to a link-local group", "ann", kAnn, kLldpGroup, {});
  expectArrivals();
}

TEST_P(BridgeGuardsTest, Ipv6PassesWhereItMayButForServers) {
  make(guards(true));
  const Bytes neighbour_solicitation("\x87\0\0\0", 4);
  const Bytes advertisement("\x86\0\0\0", 4);
  // A hop-by-hop header of 8 bytes before it.
  const Bytes hidden = Bytes("\x3a\0\1\4\0\0\0\0", 8) + advertisement;
  sendIpv6("neighbour solicitation", "ann", kAnn, 58, neighbour_solicitation,
           {"ben", "cem", "far", "stranger", "host"});
  sendIpv6("a foreign MAC", "ann", kBen, 58, neighbour_solicitation, {});
  sendIpv6("router advertisement", "ann", kAnn, 58, advertisement, {});
  sendIpv6("hidden router advertisement", "ann", kAnn, 0, hidden, {});
  sendIpv6("DHCPv6 reply", "ann", kAnn, 17, udp(547, 546, ""), {});
  sendIpv6("DHCPv6 request", "ann", kAnn, 17, udp(546, 547, ""),
           {"ben", "cem", "far", "stranger", "host"});
  sendIpv6("the site's router advertisement", "far", kRouter, 58, advertisement,
           {"ann", "ben", "cem", "far", "stranger", "host"});
  sendType("a tag", "ann", kAll, kAnn, kTypeVlan, number16(5) + number16(kTypeIpv6), {});
  sendType("another type", "ann", kAll, kAnn, 0x8863, "", {});
  sendIpv4("a foreign address", "ann", {kAnn.mac, kBen.ip}, kAll, {});
  expectArrivals();
}

TEST_P(BridgeGuardsTest, BeforeItsAddressIsKnownAnInstanceMayHaveAnyButClaimNone) {
  auto some = guards(true);
  some.ports["vnet1"].address.reset();
  make(some);
  const Station guess{kAnn.mac, "192.0.2.7"};
  sendIpv4("any address", "ann", guess, kAll, {"ben", "cem", "far", "stranger", "host"});
  sendArp("an ARP probe", "ann", kAnn.mac,
          {.sender_mac = kAnn.mac, .sender = "0.0.0.0", .target = guess.ip},
          {"ben", "cem", "far", "stranger", "host"});
  sendArp("a claim of an address", "ann", kAnn.mac,
          {.sender_mac = kAnn.mac, .sender = guess.ip, .target = kBen.ip}, {});
  sendIpv4("a foreign MAC", "ann", {kBen.mac, guess.ip}, kAll, {});
  sendArp("a foreign ARP MAC", "ann", kAnn.mac,
          {.sender_mac = kBen.mac, .sender = guess.ip, .target = kBen.ip}, {});
  sendUdp("DHCPOFFER", "ann", guess, 67, 68, {});
  expectArrivals();
}

TEST_P(BridgeGuardsTest, AnInstancesMacComesFromItsPortOnly) {
  make(guards(false));
  for (const auto* from : {"far", "stranger"}) {
    sendIpv4("an instance's MAC", from, kAnn, kAll, {});
    sendIpv4("an instance's MAC to the host", from, kAnn, kHostMac, {});
    sendIpv4("an instance's MAC to its neighbour", from, kAnn, kBen.mac, {});
    sendArp("an instance's ARP", from, kAnn.mac,
            {.sender_mac = kAnn.mac, .sender = kAnn.ip, .target = kBen.ip}, {});
  }
  // On another host, as far as this one knows.
  sendIpv4("a MAC like an instance's", "far", kNobody, kAll,
           {"ann", "ben", "cem", "far", "stranger", "host"});
  expectArrivals();
}

TEST_P(BridgeGuardsTest, ADeviceThatWasNotSeenYetIsGuardedByItsMac) {
  auto some = guards(false);
  some.unseen = {{mac(kLate.mac), kLate.guard()}};
  make(some);
  sendIpv4("its own packet", "stranger", kLate, kAll,
           {"ann", "ben", "cem", "far", "stranger", "host"});
  sendArp("its own ARP", "stranger", kLate.mac,
          {.sender_mac = kLate.mac, .sender = kLate.ip, .target = kBen.ip},
          {"ann", "ben", "cem", "far", "stranger", "host"});
  sendUdp("DHCPDISCOVER", "stranger", {kLate.mac, "0.0.0.0"}, 68, 67,
          {"ann", "ben", "cem", "far", "stranger", "host"});
  sendIpv4("a foreign address", "stranger", {kLate.mac, kAnn.ip}, kAll, {});
  sendArp("a foreign ARP MAC", "stranger", kLate.mac,
          {.sender_mac = kAnn.mac, .sender = kLate.ip, .target = kBen.ip}, {});
  sendUdp("DHCPOFFER", "stranger", kLate, 67, 68, {});
  sendType("IPv6", "stranger", kAll, kLate, kTypeIpv6, "", {});
  sendType("a tag", "stranger", kAll, kLate, kTypeVlan, number16(5) + number16(kTypeIpv4), {});
  sendIpv4("its MAC at another's port", "ann", kLate, kAll, {});
  expectArrivals();
}

TEST_P(BridgeGuardsTest, NetworksArePartedOnOneBridge) {
  make(parted());
  sendIpv4("unicast to its network", "ann", kAnn, kBen.mac, {"ben", "far", "stranger"});
  sendIpv4("unicast to its network elsewhere", "ann", kAnn, kRon.mac, {"far", "stranger"});
  sendIpv4("unicast to another network", "ann", kAnn, kCem.mac, {});
  sendIpv4("unicast to another network elsewhere", "ann", kAnn, kBob.mac, {});
  sendIpv4("unicast to nobody", "ann", kAnn, kNobody.mac, {});
  sendIpv4("unicast to the router", "ann", kAnn, kRouter.mac, {"far", "stranger"});
  sendIpv4("unicast to the host", "ann", kAnn, kHostMac, {"host"});
  sendIpv4("broadcast", "ann", kAnn, kAll, {"ben", "far", "stranger", "host"});
  sendIpv4("multicast", "ann", kAnn, kGroup, {"ben", "far", "stranger", "host"}, "224.0.0.251");
  sendIpv4("broadcast", "cem", kCem, kAll, {"far", "stranger", "host"});
  sendArp("ARP for another network", "ann", kAnn.mac,
          {.sender_mac = kAnn.mac, .sender = kAnn.ip, .target = kCem.ip},
          {"ben", "far", "stranger", "host"});
  sendUdp("DHCPDISCOVER", "ann", {kAnn.mac, "0.0.0.0"}, 68, 67, {"ben", "far", "stranger", "host"});
  sendIpv4("broadcast of the host", "host", {kHostMac, "10.5.0.1"}, kAll,
           {"ann", "ben", "cem", "far", "stranger"});
  expectArrivals();
}

TEST_P(BridgeGuardsTest, OneThatMigratesMayBeElsewhere) {
  auto all = parted();
  make(all);
  sendIpv4("from where it is not", "far", kAnn, kBen.mac, {});
  expectArrivals();
  all.ports.at("vnet1").migrates = true;
  make(all);
  sendIpv4("from here", "ann", kAnn, kBen.mac, {"ben", "far", "stranger"});
  sendIpv4("from there", "far", kAnn, kBen.mac, {"ben", "far", "stranger"});
  sendIpv4("from there to all", "far", kAnn, kAll, {"ben", "far", "stranger", "host"});
  sendIpv4("from there to another network", "far", kAnn, kCem.mac, {});
  sendIpv4("another's, from there", "far", kBen, kAnn.mac, {});
  expectArrivals();
}

TEST_P(BridgeGuardsTest, NetworksArePartedOverTheUplink) {
  make(parted());
  sendIpv4("unicast to its network", "far", kRon, kAnn.mac, {"ann", "far", "stranger"});
  sendIpv4("unicast to another network", "far", kRon, kCem.mac, {});
  sendIpv4("unicast to the host", "far", kRon, kHostMac, {"host"});
  sendIpv4("broadcast", "far", kRon, kAll, {"ann", "ben", "far", "stranger", "host"});
  sendIpv4("broadcast of the other network", "far", kBob, kAll, {"cem", "far", "stranger", "host"});
  sendIpv4("unicast of the other network", "far", kBob, kAnn.mac, {});
  sendIpv4("a MAC like an instance's", "far", kNobody, kAll, {});
  sendIpv4("a MAC like an instance's to the host", "stranger", kNobody, kHostMac, {});
  sendIpv4("the router", "far", kRouter, kAll, {"ann", "ben", "cem", "far", "stranger", "host"});
  sendIpv4("the router to one", "far", kRouter, kCem.mac, {"cem", "far", "stranger"});
  expectArrivals();
}

TEST_P(BridgeGuardsTest, AnInstancesUnicastToItselfComesBack) {
  make(parted());
  // As a packet to its own public address, once iptables has translated it.
  sendIpv4("a packet to itself", "ann", kAnn, kAnn.mac, {"ann", "far", "stranger"});
  expectArrivals();
}

TEST_P(BridgeGuardsTest, FramesKeepNoMark) {
  make(parted());
  output(
      "nft add table bridge after; nft add chain bridge after c '{ type filter hook prerouting "
      "priority 0; }'; nft add rule bridge after c meta mark != 0 counter drop; "
      "nft add chain bridge after d '{ type filter hook forward priority 0; }'; "
      "nft add rule bridge after d meta mark != 0 counter drop");
  sendIpv4("unicast", "ann", kAnn, kBen.mac, {"ben", "far", "stranger"});
  sendIpv4("broadcast", "far", kRon, kAll, {"ann", "ben", "far", "stranger", "host"});
  expectArrivals();
}

TEST_P(BridgeGuardsTest, WithoutThemEverythingPassesAgain) {
  make(parted());
  apply({.rules = host::EntryChange<host::GuardRules>{parted().rules, {}}});
  sendIpv4("a foreign packet", "ann", kCem, kAll, {"ann", "ben", "cem", "far", "stranger", "host"});
  expectArrivals();
}

}  // namespace
}  // namespace netctl::kernel
