#include "tests/unit/cloud/cloud_fixture.h"

namespace netctl::cloud {
namespace {

using netctl::testing::address;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ForwardsTest : public CloudTest {
 protected:
  ForwardsTest() {
    web_ = attach(1, "alice");
    mine_ = std::get<net::Ipv4Address>(ok(AllocateAddress{.owner = "alice"}).object);
  }

  /// Of alice's address to her instance.
  [[nodiscard]] CreateForward creation(std::uint16_t first, std::uint16_t last,
                                       std::uint16_t to) const {
    return {.owner = "alice",
            .address = mine_,
            .protocol = net::kTcp,
            .ports = {first, last},
            .instance = web_,
            .instance_port = to};
  }
  /// Of the host's own address.
  [[nodiscard]] CreateForward ofHost(std::uint16_t first, std::uint16_t last) const {
    auto command = creation(first, last, first);
    command.address = own_;
    return command;
  }

  InstanceId web_ = netctl::testing::instance("i-00000000");
  net::Ipv4Address mine_;
  net::Ipv4Address own_ = address("192.0.2.1");
};

TEST_F(ForwardsTest, AreMadeOnceAndEndOnce) {
  ok(creation(8000, 8009, 80));
  repeats(creation(8000, 8009, 80));
  const auto forward = cloud_.forwardOf(mine_, net::kTcp, 8009);
  ASSERT_TRUE(forward);
  EXPECT_EQ(forward->portBehind(8009), 89);
  EXPECT_EQ(format(*forward), "198.51.100.1 tcp 8000-8009");
  EXPECT_FALSE(cloud_.forwardOf(mine_, net::kTcp, 8010));
  EXPECT_FALSE(cloud_.forwardOf(mine_, net::kUdp, 8000));
  const DeleteForward deletion{"alice", mine_, net::kTcp, 8000};
  ok(deletion);
  repeats(deletion);
  EXPECT_TRUE(cloud_.forwards().empty());
}

TEST_F(ForwardsTest, DoNotShareAPort) {
  ok(creation(8000, 8009, 80));
  const auto error = refused(creation(8009, 8020, 80));
  EXPECT_EQ(error.reason, "InvalidForward.Duplicate");
  EXPECT_THAT(error.message, HasSubstr("198.51.100.1 tcp 8000-8009 leads to port 80 of instance"));
  EXPECT_EQ(reason(creation(8000, 8009, 81)), "InvalidForward.Duplicate");
  auto udp = creation(8000, 8009, 80);
  udp.protocol = net::kUdp;
  ok(udp);
  ok(creation(8010, 8010, 80));
  // It ends as a whole.
  EXPECT_EQ(reason(DeleteForward{"alice", mine_, net::kTcp, 8001}), "InvalidForward.NotFound");
}

TEST_F(ForwardsTest, NeedAnAddressThatNoInstanceHas) {
  ok(AssociateAddress{"alice", mine_, web_});
  const auto error = refused(creation(80, 80, 80));
  EXPECT_EQ(error.reason, "InvalidIPAddress.InUse");
  EXPECT_THAT(error.message, HasSubstr("disassociate it first"));
  ok(DisassociateAddress{"alice", mine_});
  ok(creation(80, 80, 80));
  // And the other way round.
  EXPECT_THAT(refused(AssociateAddress{"alice", mine_, web_}).message,
              HasSubstr("has the forward 198.51.100.1 tcp 80 to instance i-00000001; delete"));
  EXPECT_EQ(reason(ReleaseAddress{"alice", mine_}), "InvalidIPAddress.InUse");
  ok(DeleteForward{"alice", mine_, net::kTcp, 80});
  ok(ReleaseAddress{"alice", mine_});
}

TEST_F(ForwardsTest, NeedAnAddressAndAnInstanceOfTheAccount) {
  const auto bobs = attach(2, "bob", {}, Addressing::Public);
  auto command = creation(80, 80, 80);
  command.address = cloud_.addressOf(bobs)->address;
  command.instance = bobs;
  EXPECT_THAT(wrong(command), ElementsAre("instance_id", "address"));
  command = creation(80, 80, 80);
  command.owner = "bob";
  command.instance = bobs;
  EXPECT_EQ(reason(command), "InvalidAddress.NotFound");
  command.address = cloud_.addressOf(bobs)->address;
  EXPECT_EQ(reason(command), "OperationNotPermitted") << "it is only lent";
  command.address = address("8.8.8.8");
  EXPECT_EQ(reason(command), "InvalidAddress.NotFound");
  ok(creation(80, 80, 80));
  repeats(DeleteForward{"bob", mine_, net::kTcp, 80});
}

TEST_F(ForwardsTest, EndWithTheirInstance) {
  ok(creation(80, 80, 80));
  ok(ofHost(8000, 8009));
  ok(DetachInstance{web_});
  EXPECT_TRUE(cloud_.forwards().empty());
  EXPECT_TRUE(cloud_.forwardsTo(web_).empty());
  ok(ReleaseAddress{"alice", mine_});
}

TEST_F(ForwardsTest, OfTheHostsOwnAddressLeaveItsOwnPortsAlone) {
  const auto ssh = refused(ofHost(20, 30));
  EXPECT_EQ(ssh.reason, "OperationNotPermitted");
  EXPECT_THAT(ssh.message, HasSubstr("tcp port 22 of 192.0.2.1 is never forwarded"));
  auto command = ofHost(8000, 8009);
  command.listeners = {{net::kTcp, {}, 8005}};
  const auto listens = refused(command);
  EXPECT_EQ(listens.reason, "OperationNotPermitted");
  EXPECT_THAT(listens.message, HasSubstr("this host listens at tcp port 8005 of 192.0.2.1"));
  command.listeners = {{net::kTcp, own_, 8009}};
  EXPECT_EQ(reason(command), "OperationNotPermitted");
  // Another port, protocol or address of the host.
  command.listeners = {
      {net::kTcp, {}, 8010}, {net::kUdp, {}, 8005}, {net::kTcp, address("127.0.0.1"), 8005}};
  ok(command);
  // UDP has no port that is kept, nor has an address of an account.
  command = ofHost(22, 22);
  command.protocol = net::kUdp;
  ok(command);
  command = creation(22, 22, 22);
  command.listeners = {{net::kTcp, {}, 22}};
  ok(command);
}

TEST_F(ForwardsTest, AreRefusedWithAllThatIsWrong) {
  auto command = creation(0, 0, 0);
  command.protocol = net::kIcmp;
  command.owner = "nobody";
  EXPECT_THAT(wrong(command), ElementsAre("owner", "protocol", "from_port", "instance_port"));
  EXPECT_THAT(wrong(creation(9, 8, 1)), ElementsAre("to_port"));
  EXPECT_THAT(wrong(creation(1, 4097, 1)), ElementsAre("to_port"));
  EXPECT_THAT(wrong(creation(1, 10, 65527)), ElementsAre("instance_port"));
  ok(creation(1, 10, 65526));
  ok(creation(1001, 1000 + Forward::kMostPorts, 1));
}

}  // namespace
}  // namespace netctl::cloud
