#include "netctl/kernel/links/segments.h"

#include "modes/host/names.h"

#include "tests/kernel/support/network_namespace.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace netctl::kernel {
namespace {

using host::AddSegment;
using host::HostState;
using host::RemoveSegment;
using host::Scope;
using host::Segment;
using ::testing::HasSubstr;

constexpr net::Tag kTag{5};
const Segment kSegment{"trunk0", "trunk0.5", "eucabr5", 1500};

/// A trunk whose other end is far0, and the tap of an instance.
class SegmentsTest : public NetworkNamespace {
 protected:
  void SetUp() override {
    NetworkNamespace::SetUp();
    output("ip link add trunk0 address 02:00:00:00:00:77 type veth peer name far0");
    output("ip link set trunk0 up && ip link set far0 up");
    output("ip tuntap add vnet0 mode tap && ip link set vnet0 up address 02:00:00:00:00:01");
    socket_.emplace(RouteSocket::open().value());
    segments_.emplace(Segments::open().value());
  }

  std::map<net::Tag, Segment> look(const Scope& scope) {
    HostState state;
    LinkSnapshot links;
    const auto looked = segments_->look(scope, links, state);
    EXPECT_TRUE(looked) << looked.error().message;
    foreign_ = state.foreign.segments;
    return state.segments;
  }
  std::map<net::Tag, Segment> lookAt(std::set<net::Tag> tags) {
    Scope scope;
    scope.segments = std::move(tags);
    return look(scope);
  }
  std::map<net::Tag, Segment> lookAtAll() {
    Scope scope;
    scope.everything = true;
    return look(scope);
  }
  std::optional<Link> find(const std::string& name) { return findLink(*socket_, name).value(); }
  Link link(const std::string& name) {
    auto found = find(name).value_or(Link{});
    EXPECT_EQ(found.name, name);
    found.carrier_ups = 0;  // it may come and go
    return found;
  }
  void add(const Segment& segment = kSegment, net::Tag tag = kTag) {
    const auto added = segments_->apply(AddSegment{tag, segment});
    ASSERT_TRUE(added) << added.error().message;
  }
  void remove(const Segment& segment = kSegment) {
    const auto removed = segments_->apply(RemoveSegment{kTag, segment});
    ASSERT_TRUE(removed) << removed.error().message;
  }
  Error refused(const Segment& segment = kSegment) {
    const auto added = segments_->apply(AddSegment{kTag, segment});
    EXPECT_FALSE(added);
    return added ? Error{} : added.error();
  }
  void expectWhole(const Segment& segment = kSegment) {
    const std::map<net::Tag, Segment> expected{{kTag, segment}};
    EXPECT_EQ(lookAt({kTag}), expected);
    EXPECT_TRUE(foreign_.empty());
    EXPECT_EQ(lookAtAll(), expected);
    EXPECT_TRUE(foreign_.empty());
  }
  /// Both kinds of look find something that is not the segment: another one, or a foreign one.
  void expectOther() {
    expectOther(lookAt({kTag}));
    expectOther(lookAtAll());
  }
  /// Of the last look.
  void expectOther(const std::map<net::Tag, Segment>& found) {
    ASSERT_EQ(found.size(), 1U);
    EXPECT_TRUE(foreign_.contains(kTag) || found.at(kTag) != kSegment);
  }

  std::optional<RouteSocket> socket_;
  std::optional<Segments> segments_;
  std::set<net::Tag> foreign_;  ///< of the last look
};

TEST_F(SegmentsTest, ANewSegmentIsThereForBothKindsOfLook) {
  EXPECT_TRUE(lookAt({kTag}).empty());
  add();
  expectWhole();
  EXPECT_TRUE(lookAt({net::Tag{6}}).empty());
  const auto device = link("trunk0.5");
  EXPECT_EQ(device.vlan_id, 5);
  EXPECT_EQ(device.parent, link("trunk0").index);
  EXPECT_EQ(device.master, link("eucabr5").index);
  EXPECT_EQ(device.group, host::kLinkGroup);
  EXPECT_EQ(link("eucabr5").group, host::kLinkGroup);
  EXPECT_THAT(output("ip -details link show dev eucabr5"), HasSubstr(" stp_state 0 "));
}

TEST_F(SegmentsTest, AddingTwiceIsAddingOnce) {
  add();
  const auto device = link("trunk0.5");
  const auto bridge = link("eucabr5");
  add();
  EXPECT_EQ(link("trunk0.5"), device);
  EXPECT_EQ(link("eucabr5"), bridge);
}

TEST_F(SegmentsTest, ALongTrunkHasVlanDevicesOfShortNames) {
  output("ip link set far0 down && ip link set far0 name longtrunkname0 up");
  const Segment segment{"longtrunkname0", host::vlanDevice("longtrunkname0", kTag), "eucabr5",
                        1500};
  EXPECT_EQ(segment.vlan_device, "nc5");
  add(segment);
  expectWhole(segment);
}

TEST_F(SegmentsTest, FramesAreTaggedOnTheTrunkAndNowhereElse) {
  add();
  output("ip address add 10.1.0.1/24 dev eucabr5");
  output("ip netns add far && ip link set far0 netns far");
  output("ip -n far link add link far0 name far0.5 type vlan id 5");
  output("ip -n far link set far0 up && ip -n far link set far0.5 up");
  output("ip -n far address add 10.1.0.2/24 dev far0.5");
  EXPECT_EQ(exitCode("ping -c 1 -W 10 10.1.0.2"), 0);
  output("ip -n far link del far0.5");
  output("ip -n far address add 10.1.0.2/24 dev far0");
  EXPECT_NE(exitCode("ping -c 1 -W 1 10.1.0.2"), 0);
  output("ip netns delete far");
}

TEST_F(SegmentsTest, TheHostHasNoIpv6AddressOnIt) {
  add();
  EXPECT_NE(output("ip -6 address show dev trunk0"), "") << "this kernel has IPv6";
  EXPECT_EQ(output("ip -6 address show dev trunk0.5"), "");
  EXPECT_EQ(output("ip -6 address show dev eucabr5"), "");
}

TEST_F(SegmentsTest, TheMtuIsTheTrunksWhateverIsPlugged) {
  output("ip link set trunk0 mtu 9000");
  Segment segment = kSegment;
  segment.mtu = 9000;
  add(segment);
  output("ip link set vnet0 master eucabr5");
  expectWhole(segment);
  output("ip link set trunk0 mtu 1500");
  lookAtAll();
  EXPECT_TRUE(foreign_.contains(kTag)) << "the kernel lowers the VLAN device alone";
  add();
  expectWhole();
}

TEST_F(SegmentsTest, TheBridgesMacIsTheTrunksAndStaysAsTapsComeAndGo) {
  add();
  EXPECT_EQ(net::format(link("eucabr5").mac), "02:00:00:00:00:77");
  EXPECT_EQ(net::format(link("trunk0.5").mac), "02:00:00:00:00:77");
  output("ip link set vnet0 master eucabr5");
  EXPECT_EQ(net::format(link("eucabr5").mac), "02:00:00:00:00:77");
  output("ip link set vnet0 nomaster");
  EXPECT_EQ(net::format(link("eucabr5").mac), "02:00:00:00:00:77");
}

class HalfSegmentTest : public SegmentsTest, public testing::WithParamInterface<const char*> {};

TEST_P(HalfSegmentTest, IsSeenAndMendedInPlace) {
  add();
  output("ip link set vnet0 master eucabr5");
  const auto bridge = link("eucabr5");
  output(GetParam());
  expectOther();
  add();
  expectWhole();
  EXPECT_EQ(link("eucabr5"), bridge);
  EXPECT_EQ(link("vnet0").master, bridge.index);
}

INSTANTIATE_TEST_SUITE_P(
    Segments, HalfSegmentTest,
    testing::Values("ip link set eucabr5 down", "ip link set trunk0.5 down",
                    "ip link set trunk0.5 nomaster", "ip link del trunk0.5",
                    "ip link set eucabr5 mtu 1400", "ip link set trunk0.5 mtu 1400",
                    "ip link set eucabr5 group default", "ip link set trunk0.5 group default",
                    "ip link add br1 type bridge && ip link set trunk0.5 master br1",
                    "ip link set trunk0.5 down && ip link set trunk0.5 name other",
                    "ip link set trunk0 down && ip link set trunk0 up && ip link del trunk0.5"));

TEST_F(SegmentsTest, ALostBridgeIsMadeAgain) {
  add();
  output("ip link del eucabr5");
  EXPECT_EQ(lookAtAll(), (std::map<net::Tag, Segment>{{kTag, {"trunk0", "trunk0.5", "", 1500}}}));
  EXPECT_TRUE(foreign_.contains(kTag));
  add();
  expectWhole();
}

TEST_F(SegmentsTest, AnotherTrunkReplacesTheFirst) {
  add();
  const Segment moved{"far0", "far0.5", "eucabr5", 1500};
  add(moved);
  expectWhole(moved);
  EXPECT_FALSE(find("trunk0.5"));
}

TEST_F(SegmentsTest, ARemainderOnAFormerTrunkIsSeenAndGoes) {
  add();
  output("ip link add link far0 name far0.5 type vlan id 5");
  output(fmt::format("ip link set far0.5 group {}", host::kLinkGroup));
  lookAtAll();
  EXPECT_TRUE(foreign_.contains(kTag));
  add();
  expectWhole();
  EXPECT_FALSE(find("far0.5"));
}

TEST_F(SegmentsTest, VlanDevicesAreReadWithTheirTagAndTrunk) {
  output("ip link add link trunk0 name vlan7 type vlan id 7 && ip link add br1 type bridge");
  output("ip link add link far0 name vlan8 type vlan id 4094 && ip link set vlan8 master br1");
  const auto ports = readVlanDevices(*socket_, link("br1").index).value();
  ASSERT_EQ(ports.size(), 1U);
  EXPECT_EQ(ports[0].name, "vlan8");
  EXPECT_EQ(ports[0].vlan_id, 4094);
  EXPECT_EQ(ports[0].parent, link("far0").index);
  const auto all = readVlanDevices(*socket_).value();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0], link("vlan7"));
}

TEST_F(SegmentsTest, AMissingTrunkIsNamed) {
  const auto error = refused({"eth9", "eth9.5", "eucabr5", 1500});
  EXPECT_EQ(error.code, ErrorCode::NotFound);
  EXPECT_THAT(error.message, HasSubstr("eth9"));
  EXPECT_FALSE(find("eucabr5"));
}

TEST_F(SegmentsTest, ATrunkIsKnownByItsFirstNameOnly) {
  output("ip link property add dev trunk0 altname wire0");
  const auto error = refused({"wire0", "wire0.5", "eucabr5", 1500});
  EXPECT_THAT(error.message, HasSubstr("trunk0"));
  EXPECT_FALSE(find("eucabr5"));
}

TEST_F(SegmentsTest, ATrunkThatIsAPortIsRefused) {
  output("ip link add br0 type bridge && ip link set trunk0 master br0");
  const auto error = refused();
  EXPECT_EQ(error.code, ErrorCode::Conflict);
  EXPECT_THAT(error.message, HasSubstr("trunk0 is a port of br0"));
  EXPECT_FALSE(find("trunk0.5"));
  EXPECT_FALSE(find("eucabr5"));
}

TEST_F(SegmentsTest, ATrunkThatIsDownIsNamedAndMayComeUp) {
  output("ip link set trunk0 down");
  const auto error = refused();
  EXPECT_TRUE(error.retryable());
  EXPECT_THAT(error.message, HasSubstr("the trunk trunk0 is down"));
  output("ip link set trunk0 up");
  add();
  expectWhole();
}

TEST_F(SegmentsTest, AForeignVlanDeviceOfTheTagIsNamedAndStays) {
  output("ip link add link trunk0 name vlan5 type vlan id 5");
  const auto before = link("vlan5");
  const auto error = refused();
  EXPECT_EQ(error.code, ErrorCode::Conflict);
  EXPECT_THAT(error.message,
              HasSubstr("VLAN id 5 of the trunk trunk0 is used by the device vlan5"));
  EXPECT_EQ(link("vlan5"), before);
  EXPECT_FALSE(find("eucabr5"));
  EXPECT_TRUE(lookAtAll().empty());
  output("ip link del vlan5");
  add();
  expectWhole();
}

TEST_F(SegmentsTest, AForeignVlanDeviceOfOurNameIsNotTaken) {
  output("ip link add link trunk0 name trunk0.5 type vlan id 5");
  const auto before = link("trunk0.5");
  EXPECT_EQ(refused().code, ErrorCode::Conflict);
  EXPECT_EQ(link("trunk0.5"), before);
}

TEST_F(SegmentsTest, TheTagOfAnotherTrunkIsFree) {
  output("ip link add link far0 name far0.5 type vlan id 5");
  const auto before = link("far0.5");
  add();
  expectWhole();
  EXPECT_EQ(link("far0.5"), before);
}

TEST_F(SegmentsTest, NamesThatOthersBearAreRefused) {
  output("ip link property add dev vnet0 altname trunk0.5");
  EXPECT_THAT(refused().message, HasSubstr("vnet0"));
  output("ip link property del dev vnet0 altname trunk0.5");
  output("ip link property add dev vnet0 altname eucabr5");
  EXPECT_THAT(refused().message, HasSubstr("vnet0"));
  output("ip link property del dev vnet0 altname eucabr5");
  output("ip tuntap add eucabr5 mode tap");
  EXPECT_THAT(refused().message, HasSubstr("eucabr5"));
  EXPECT_FALSE(find("trunk0.5"));
}

TEST_F(SegmentsTest, WhatTheOriginalLeftIsAdoptedAsItStands) {
  output("ip link add eucabr5 type bridge && ip link add link trunk0 name trunk0.5 type vlan id 5");
  output("ip link set trunk0.5 master eucabr5 && ip link set vnet0 master eucabr5");
  EXPECT_TRUE(lookAt({kTag}).empty());
  EXPECT_TRUE(lookAtAll().empty());
  const auto bridge = link("eucabr5");
  ASSERT_EQ(bridge.mac, link("vnet0").mac);
  add();
  expectWhole();
  output("ip link set vnet0 nomaster");
  EXPECT_EQ(link("eucabr5").index, bridge.index);
  EXPECT_EQ(link("eucabr5").mac, bridge.mac) << "its neighbours know it";
  EXPECT_EQ(link("trunk0.5").mac, bridge.mac) << "frames to the bridge are for both";
  output("ip link set trunk0.5 address 02:00:00:00:00:77");
  lookAtAll();
  EXPECT_TRUE(foreign_.contains(kTag));
  add();
  expectWhole();
}

TEST_F(SegmentsTest, ARemovedSegmentLeavesTheTapsAlone) {
  add();
  output("ip link set vnet0 master eucabr5");
  remove();
  EXPECT_FALSE(find("trunk0.5"));
  EXPECT_FALSE(find("eucabr5"));
  EXPECT_EQ(link("vnet0").master, 0);
  EXPECT_TRUE(lookAtAll().empty());
  remove();
}

TEST_F(SegmentsTest, WhatIsNotOursIsNotRemoved) {
  add();
  output("ip link set eucabr5 group default && ip link set trunk0.5 group default");
  const auto bridge = link("eucabr5");
  remove();
  EXPECT_EQ(link("eucabr5"), bridge);
  EXPECT_EQ(link("trunk0.5").master, bridge.index);
}

TEST_F(SegmentsTest, WhatIsLeftOfOneIsRemovedAsItWasSeen) {
  for (const auto* broken : {"ip link del eucabr5", "ip link del trunk0.5"}) {
    add();
    output(broken);
    remove(lookAtAll().at(kTag));
    EXPECT_TRUE(lookAtAll().empty()) << broken;
  }
}

class ManySegmentsTest : public SegmentsTest {
 protected:
  /// Ten, as a plan adds them.
  void SetUp() override {
    SegmentsTest::SetUp();
    for (std::uint16_t value = 10; value < 20; ++value) {
      const net::Tag tag{value};
      all_[tag] = {"trunk0", host::vlanDevice("trunk0", tag), host::segmentBridge(tag), 1500};
      add(all_.at(tag), tag);
    }
  }
  [[nodiscard]] std::vector<Segment> segments() const {
    std::vector<Segment> segments;
    for (const auto& [tag, segment] : all_) segments.push_back(segment);
    return segments;
  }

  std::map<net::Tag, Segment> all_;
};

TEST_F(ManySegmentsTest, ManyAreRemovedTogetherAndNothingElse) {
  add();
  output("ip link set vnet0 master eucabr10");
  output("ip link add link trunk0 name theirs type vlan id 30");
  output("ip link set eucabr11 group default");
  segments_->removeTogether(segments());
  EXPECT_EQ(lookAtAll(), (std::map<net::Tag, Segment>{{kTag, kSegment}}));
  EXPECT_TRUE(find("vnet0"));
  EXPECT_TRUE(find("theirs"));
  EXPECT_TRUE(find("eucabr11"));
}

TEST_F(ManySegmentsTest, ARemovalThatWasCutShortIsMadeGoodEitherWay) {
  output("ip link set trunk0.10 group 1852011628 && ip link set eucabr11 group 1852011628");
  const auto seen = lookAtAll();
  EXPECT_EQ(foreign_, (std::set{net::Tag{10}, net::Tag{11}}));
  EXPECT_EQ(seen.at(net::Tag{12}), all_.at(net::Tag{12}));
  // One of them is to stay.
  auto leaving = segments();
  leaving.erase(leaving.begin());
  segments_->removeTogether(leaving);
  EXPECT_EQ(lookAtAll(), seen);
  add(all_.at(net::Tag{10}), net::Tag{10});
  segments_->removeTogether(leaving);
  EXPECT_EQ(lookAtAll(), (std::map<net::Tag, Segment>{{net::Tag{10}, all_.at(net::Tag{10})}}));
}

TEST_F(SegmentsTest, AThousandAreMadeReadAndRemoved) {
  std::map<net::Tag, Segment> desired;
  std::set<net::Tag> tags;
  for (std::uint16_t value = 2; value < 1002; ++value) {
    const net::Tag tag{value};
    desired[tag] = {"trunk0", host::vlanDevice("trunk0", tag), host::segmentBridge(tag), 1500};
    tags.insert(tag);
  }
  for (const auto& [tag, segment] : desired) add(segment, tag);
  EXPECT_EQ(lookAtAll(), desired);
  EXPECT_EQ(lookAt(tags), desired);
  std::vector<Segment> leaving;
  for (const auto& [tag, segment] : desired) leaving.push_back(segment);
  segments_->removeTogether(leaving);
  EXPECT_TRUE(lookAtAll().empty());
}

}  // namespace
}  // namespace netctl::kernel
