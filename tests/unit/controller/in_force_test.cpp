#include "tests/unit/controller/fixture.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

/// What an answer says of the host: all that its own object needs, whoever touched it last.
namespace netctl::controller {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

cloud::PermissionRequest ssh() {
  return {.protocol = net::kTcp, .ports = {22, 22}, .cidrs = {testing::prefix("192.0.2.0/24")}};
}

template <class Action>
bool is(const host::Step& step) {
  return std::holds_alternative<Action>(step.action);
}

class InForceTest : public ControllerTest {
 protected:
  InForceTest() { options_.wait = std::chrono::milliseconds(50); }

  void bootWithAlice() {
    boot();
    ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  }

  /// The objects that the answer names as not in force.
  std::vector<std::string> leftOf(cloud::Command command) {
    const auto answer = answerTo(std::move(command));
    EXPECT_TRUE(answer) << answer.error().message;
    std::vector<std::string> objects;
    if (!answer) return objects;
    changed_ = answer->outcome.changed;
    for (const auto& left : answer->not_in_force) objects.push_back(left.object);
    return objects;
  }

  bool changed_ = false;  ///< by the last command
};

TEST_F(InForceTest, ARepeatedAttachTellsOfItsPort) {
  bootWithAlice();
  host_.fault = is<host::OpenPort>;
  EXPECT_THAT(leftOf(attach("i-00000001", "vnet0")), Contains("port vnet0"));
  EXPECT_THAT(leftOf(attach("i-00000001", "vnet0")), Contains("port vnet0"));
  EXPECT_FALSE(changed_);
  host_.fault = {};
  ASSERT_TRUE(runUntil([&] { return host_.state.ports.contains("vnet0"); }));
  EXPECT_THAT(leftOf(attach("i-00000001", "vnet0")), IsEmpty());
}

TEST_F(InForceTest, ARepeatedAttachTellsOfADeviceThatIsNotThere) {
  host_.devices.clear();
  bootWithAlice();
  EXPECT_THAT(leftOf(attach("i-00000001", "vnet0")), Contains("port vnet0"));
  EXPECT_THAT(leftOf(attach("i-00000001", "vnet0")), Contains("port vnet0"));
  EXPECT_THAT(leftOf(cloud::Authorize{"alice", "default", {ssh()}}), IsEmpty());
}

TEST_F(InForceTest, ARepeatedRevokeTellsOfWhatIsStillLetIn) {
  bootWithAlice();
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  ASSERT_TRUE(answerTo(cloud::Authorize{"alice", "default", {ssh()}}));
  host_.fault = is<host::RemoveMembers>;
  // The review of flows would speak of itself.
  const cloud::Revoke revoke{"alice", "default", {ssh()}, true};
  EXPECT_THAT(leftOf(revoke), Not(IsEmpty()));
  EXPECT_THAT(leftOf(revoke), Not(IsEmpty()));
  EXPECT_FALSE(changed_);
  ASSERT_TRUE(answerTo(cloud::CreateGroup{"alice", "web", "", {"sg-00000001"}}));
  EXPECT_THAT(leftOf(cloud::CreateGroup{"alice", "web", "", {"sg-00000001"}}),
              Not(Contains(HasSubstr("nc_allow"))))
      << "another group's";
  host_.fault = {};
  ASSERT_TRUE(runUntil([&] { return host_.state.sets.at("nc_allow").members.empty(); }));
  EXPECT_THAT(leftOf(revoke), IsEmpty());
}

TEST_F(InForceTest, ARepeatedDetachTellsOfThePortThatIsStillOpen) {
  bootWithAlice();
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  host_.fault = is<host::ClosePort>;
  const cloud::DetachInstance detach{testing::instance("i-00000001")};
  EXPECT_THAT(leftOf(detach), Contains("port vnet0"));
  EXPECT_THAT(leftOf(detach), Contains("port vnet0"));
  EXPECT_FALSE(changed_);
  EXPECT_THAT(leftOf(cloud::DetachInstance{testing::instance("i-00000009")}), IsEmpty());
}

TEST_F(InForceTest, ARepeatedDisassociateTellsOfTheAddressThatStillLeadsThere) {
  bootWithAlice();
  auto command = attach("i-00000001", "vnet0");
  command.addressing = cloud::Addressing::Private;
  ASSERT_TRUE(answerTo(command));
  const auto allocated = answerTo(cloud::AllocateAddress{"alice"});
  ASSERT_TRUE(allocated);
  const auto address = std::get<net::Ipv4Address>(allocated->outcome.object);
  ASSERT_TRUE(answerTo(cloud::AssociateAddress{"alice", address, testing::instance("i-00000001")}));
  host_.fault = is<host::EditNat>;
  EXPECT_THAT(leftOf(cloud::DisassociateAddress{"alice", address, true}), Not(IsEmpty()));
  EXPECT_THAT(leftOf(cloud::DisassociateAddress{"alice", address, true}), Not(IsEmpty()));
  EXPECT_FALSE(changed_);
}

TEST_F(InForceTest, ARepeatedDeleteTellsOfTheGroupsSet) {
  bootWithAlice();
  ASSERT_TRUE(answerTo(cloud::CreateGroup{"alice", "web", "", {"sg-00000001"}}));
  auto command = attach("i-00000001", "vnet0");
  command.groups = {"default", "web"};
  ASSERT_TRUE(answerTo(command));
  auto from_web = ssh();
  from_web.cidrs.clear();
  from_web.groups.push_back({"", "web"});
  ASSERT_TRUE(answerTo(cloud::Authorize{"alice", "default", {from_web}}));
  ASSERT_TRUE(answerTo(cloud::DetachInstance{testing::instance("i-00000001")}));
  host_.fault = is<host::DestroySet>;
  ASSERT_TRUE(answerTo(cloud::Revoke{"alice", "default", {from_web}}));
  EXPECT_THAT(leftOf(cloud::Revoke{"alice", "default", {from_web}}), Not(IsEmpty()));
  EXPECT_FALSE(changed_);
}

TEST_F(InForceTest, AnAttachTellsThatTheDhcpServerDoesNotRun) {
  host_.fault = is<host::SetDhcpServer>;
  bootWithAlice();
  EXPECT_THAT(leftOf(attach("i-00000001", "vnet0")), Contains(HasSubstr("dhcp server")));
  EXPECT_TRUE(host_.state.ports.contains("vnet0"));
  EXPECT_THAT(leftOf(attach("i-00000001", "vnet0")), Contains(HasSubstr("dhcp server")));
  EXPECT_THAT(leftOf(cloud::Authorize{"alice", "default", {ssh()}}), IsEmpty())
      << "rules need no DHCP server";
  host_.fault = {};
  ASSERT_TRUE(runUntil([&] { return host_.state.dhcp.server.has_value(); }));
  EXPECT_THAT(leftOf(attach("i-00000001", "vnet0")), IsEmpty());
}

TEST_F(InForceTest, EveryRuleNeedsItsTable) {
  bootWithAlice();
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  ASSERT_TRUE(answerTo(cloud::Authorize{"alice", "default", {ssh()}}));
  host_.state.jumps.clear();
  host_.fault = is<host::EditTable>;
  bool looked = false;
  controller_->reconcile([&](const auto&) { looked = true; });
  ASSERT_TRUE(runUntil([&] { return looked; }));
  EXPECT_THAT(leftOf(attach("i-00000001", "vnet0")), Not(IsEmpty()));
  EXPECT_THAT(leftOf(cloud::Authorize{"alice", "default", {ssh()}}), Not(IsEmpty()));
  EXPECT_THAT(leftOf(account("bob", "000000000002")), IsEmpty()) << "an account needs nothing";
}

TEST_F(InForceTest, EveryPortNeedsTheGuardsRules) {
  bootWithAlice();
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  host_.state.guards = {};
  host_.fault = is<host::EditGuards>;
  bool looked = false;
  controller_->reconcile([&](const auto&) { looked = true; });
  ASSERT_TRUE(runUntil([&] { return looked; }));
  EXPECT_THAT(leftOf(attach("i-00000001", "vnet0")), Not(IsEmpty()));
}

TEST_F(InForceTest, AChangeThatBroughtAllOfTheHostSettlesAllPorts) {
  host_.devices.clear();
  bootWithAlice();
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  ASSERT_TRUE(answerTo(cloud::Authorize{"alice", "default", {ssh()}}));
  host_.devices = {"vnet0"};
  host_.state.sets.erase("nc_allow");  // so that the next change brings all of the host
  auto other = ssh();
  other.ports = {80, 80};
  ASSERT_TRUE(answerTo(cloud::Authorize{"alice", "default", {other}}));
  ASSERT_TRUE(host_.state.ports.contains("vnet0"));
  read([](const View& view) {
    EXPECT_EQ(view.ports.at(testing::instance("i-00000001")).state, PortState::Open);
    EXPECT_THAT(view.status.not_in_force, IsEmpty());
  });
}

}  // namespace
}  // namespace netctl::controller
