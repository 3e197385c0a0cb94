#include "tests/unit/cloud/cloud_fixture.h"

namespace netctl::cloud {
namespace {

using netctl::testing::instance;
using netctl::testing::prefix;
using ::testing::ElementsAre;

using GroupsTest = CloudTest;

const AccountId kAlice{"111111111111"};
const AccountId kBob{"222222222222"};

PermissionRequest tcp(std::uint16_t first, std::uint16_t last, const char* cidr) {
  return {.protocol = net::kTcp, .ports = {first, last}, .cidrs = {prefix(cidr)}};
}

TEST_F(GroupsTest, AreMadeOnce) {
  const CreateGroup web{"alice", "web", "servers", {"sg-0000000a"}};
  EXPECT_EQ(std::get<GroupId>(ok(web).object).value, "sg-0000000a");
  repeats({CreateGroup{"111111111111", "web", "servers", {"sg-0000000b"}}});
  EXPECT_EQ(reason(CreateGroup{"alice", "web", "other", {"sg-0000000b"}}),
            "InvalidGroup.Duplicate");
  // Names are an account's own.
  ok(CreateGroup{"bob", "web", "servers", {"sg-0000000b"}});
}

TEST_F(GroupsTest, NameAllFaultsOfARequest) {
  EXPECT_THAT(wrong(CreateGroup{"nobody", "sg-x", "\n", {"sg-0000000a"}}),
              ElementsAre("owner", "name", "description"));
  EXPECT_EQ(reason(CreateGroup{"nobody", "sg-x", "", {"sg-0000000a"}}), "InvalidParameterValue");
  EXPECT_EQ(reason(CreateGroup{"nobody", "web", "", {"sg-0000000a"}}), "InvalidAccount.NotFound");
}

TEST_F(GroupsTest, AreFoundByNameAndByIdInTheirAccountOnly) {
  ok(CreateGroup{"alice", "web", "", {"sg-0000000a"}});
  EXPECT_EQ((*findGroup(cloud_, kAlice, "web"))->id.value, "sg-0000000a");
  EXPECT_EQ((*findGroup(cloud_, kAlice, "sg-0000000a"))->name, "web");
  const auto others = findGroup(cloud_, kBob, "sg-0000000a").error();
  EXPECT_EQ(others.reason, "InvalidGroup.NotFound");
  EXPECT_EQ(others.message, "The security group 'sg-0000000a' does not exist");
  EXPECT_EQ(findGroup(cloud_, kBob, "web").error().code, ErrorCode::NotFound);
  EXPECT_EQ(findGroup(cloud_, kAlice, "sg-0A").error().reason, "InvalidGroupId.Malformed");
}

TEST_F(GroupsTest, DefaultIsEveryAccountsAndNobodysToMakeOrDelete) {
  EXPECT_EQ(reason(CreateGroup{"alice", "default", "", {"sg-0000000a"}}), "InvalidGroup.Reserved");
  EXPECT_EQ(reason(DeleteGroup{"alice", "default"}), "CannotDelete");
  const auto id = defaultGroup(cloud_, kAlice)->id;
  EXPECT_EQ(reason(DeleteGroup{"alice", id.value}), "CannotDelete");
  ok(Authorize{"alice", "default", {tcp(22, 22, "203.0.113.0/24")}});
  EXPECT_EQ(reason(DeleteGroup{"alice", id.value}), "CannotDelete");
}

TEST_F(GroupsTest, DefaultIsFoundBeforeACommandHasNamedIt) {
  const auto shown = defaultGroup(cloud_, kAlice);
  EXPECT_EQ(**findGroup(cloud_, kAlice, "default"), *shown);
  EXPECT_EQ(**findGroup(cloud_, kAlice, shown->id.value), *shown);
  EXPECT_EQ(findGroup(cloud_, kBob, shown->id.value).error().reason, "InvalidGroup.NotFound");
  EXPECT_TRUE(cloud_.groups().empty()) << "a look makes nothing";
}

TEST_F(GroupsTest, DefaultIsMadeByTheFirstCommandThatNamesItOrItsId) {
  const auto alices = defaultGroup(cloud_, kAlice)->id;
  const auto bobs = defaultGroup(cloud_, kBob)->id;
  PermissionRequest permission{.protocol = net::kAnyProtocol};
  permission.groups = {{"", bobs.value}};
  ok(Authorize{"alice", alices.value, {permission}});
  const auto& permissions = defaultGroup(cloud_, kAlice)->permissions;
  EXPECT_TRUE(permissions.contains({.protocol = net::kAnyProtocol, .source = bobs}));
  EXPECT_EQ(cloud_.groups().size(), 2U);
  EXPECT_EQ(cloud_.group(bobs)->owner, kBob);
}

TEST_F(GroupsTest, DefaultsIdFollowsFromTheAccounts) {
  Cloud other(cloud_.settings());
  ASSERT_TRUE(run(other, CreateAccount{"x", {"111111111111"}, "AK", "s"}));
  EXPECT_EQ(defaultGroup(other, kAlice)->id, defaultGroup(cloud_, kAlice)->id);
  EXPECT_NE(defaultGroup(cloud_, kBob)->id, defaultGroup(cloud_, kAlice)->id);
}

TEST_F(GroupsTest, DefaultTakesTheNextIdWhereItsOwnIsTaken) {
  const auto usual = defaultGroup(cloud_, kAlice)->id;
  ok(CreateGroup{"bob", "web", "", usual});
  EXPECT_NE(defaultGroup(cloud_, kAlice)->id, usual);
}

TEST_F(GroupsTest, AreDeletedOnce) {
  group("alice", "web");
  repeats(DeleteGroup{"bob", "web"});
  ok(DeleteGroup{"alice", "web"});
  repeats(DeleteGroup{"alice", "web"});
  EXPECT_EQ(reason(DeleteGroup{"alice", "sg-zz"}), "InvalidGroupId.Malformed");
}

TEST_F(GroupsTest, StayWhileInUse) {
  group("alice", "web");
  group("alice", "db");
  const auto id = attach(1, "alice", {"web", "db"});
  EXPECT_EQ(reason(DeleteGroup{"alice", "web"}), "DependencyViolation");
  EXPECT_EQ(reason(DeleteGroup{"alice", "db"}), "DependencyViolation");
  ok(DetachInstance{id});
  ok(DeleteGroup{"alice", "db"});
}

TEST_F(GroupsTest, StayWhileAnotherNamesThem) {
  group("alice", "web");
  group("bob", "db");
  ok(Authorize{"alice", "web", {{.protocol = net::kAnyProtocol, .groups = {{"", "web"}}}}});
  const Authorize named{
      "bob", "db", {{.protocol = net::kAnyProtocol, .groups = {{"alice", "web"}}}}};
  ok(named);
  const auto error = refused(DeleteGroup{"alice", "web"});
  EXPECT_EQ(error.reason, "DependencyViolation");
  EXPECT_EQ(error.message.find("db"), std::string::npos) << "tells the name of another's group";
  ok(Revoke{"bob", "db", named.permissions});
  // Its own naming of itself does not keep it.
  ok(DeleteGroup{"alice", "web"});
}

TEST_F(GroupsTest, PermissionsAreGivenAndTakenOneByOne) {
  group("alice", "web");
  const auto ssh = tcp(22, 22, "203.0.113.0/24");
  const auto http = tcp(80, 80, "0.0.0.0/0");
  ok(Authorize{"alice", "web", {ssh}});
  repeats(Authorize{"alice", "web", {ssh}});
  EXPECT_TRUE(ok(Authorize{"alice", "web", {ssh, http}}).changed) << "one of them is new";
  EXPECT_EQ(permissionsOf(*groupOf("alice", "web"), Direction::Ingress), 2U);
  ok(Revoke{"alice", "web", {ssh}});
  repeats(Revoke{"alice", "web", {ssh}});
  EXPECT_EQ(permissionsOf(*groupOf("alice", "web"), Direction::Ingress), 1U);
}

TEST_F(GroupsTest, EgressBeginsWithEverything) {
  group("alice", "web");
  const auto web = [&] { return groupOf("alice", "web")->permissions; };
  EXPECT_THAT(web(), ElementsAre(everythingOut()));
  EXPECT_THAT(defaultGroup(cloud_, kAlice)->permissions, ElementsAre(everythingOut()));
  PermissionRequest all{
      .protocol = net::kAnyProtocol, .cidrs = {net::Ipv4Prefix{}}, .direction = Direction::Egress};
  repeats(Authorize{"alice", "web", {all}});
  auto all_in = all;
  all_in.direction = Direction::Ingress;
  ok(Authorize{"alice", "web", {all_in}});
  ok(Revoke{"alice", "web", {all}});
  ASSERT_THAT(web(), ::testing::SizeIs(1));
  EXPECT_EQ(web().begin()->direction, Direction::Ingress);
}

TEST_F(GroupsTest, AnIpv6PrefixIsKept) {
  group("alice", "web");
  PermissionRequest all{.protocol = net::kTcp, .ports = {22, 22}};
  all.ipv6_cidrs = {net::parseIpv6Prefix("2001:db8::1/32").value()};
  ok(Authorize{"alice", "web", {all}});
  const auto prefix = net::parseIpv6Prefix("2001:db8::/32").value();
  EXPECT_EQ(net::format(prefix), "2001:db8::/32");
  EXPECT_TRUE(
      groupOf("alice", "web")
          ->permissions.contains({.protocol = net::kTcp, .ports = {22, 22}, .source = prefix}));
  repeats(Authorize{"alice", "web", {all}});
  ok(Revoke{"alice", "web", {all}});
  EXPECT_EQ(permissionsOf(*groupOf("alice", "web"), Direction::Ingress), 0U);
}

TEST_F(GroupsTest, RevokeIsAnExactMatch) {
  group("alice", "web");
  ok(Authorize{"alice", "web", {tcp(20, 30, "203.0.113.0/24")}});
  repeats(Revoke{"alice", "web", {tcp(22, 22, "203.0.113.0/24")}});
  repeats(Revoke{"alice", "web", {tcp(20, 30, "203.0.113.0/25")}});
  EXPECT_EQ(permissionsOf(*groupOf("alice", "web"), Direction::Ingress), 1U);
}

TEST_F(GroupsTest, RevokeOfAnUnmadeDefaultLeavesNoTrace) {
  repeats(Revoke{"alice", "default", {tcp(22, 22, "0.0.0.0/0")}});
  repeats(Revoke{"alice", "default", {{.protocol = net::kTcp, .groups = {{"bob", "default"}}}}});
  EXPECT_TRUE(cloud_.groups().empty());
}

TEST_F(GroupsTest, SourcesAreGroupsByNameOrId) {
  ok(CreateGroup{"alice", "web", "", {"sg-0000000a"}});
  ok(CreateGroup{"bob", "db", "", {"sg-0000000b"}});
  const auto from = [](const char* owner, const char* name) {
    return Authorize{"alice", "web", {{.protocol = net::kAnyProtocol, .groups = {{owner, name}}}}};
  };
  ok(from("bob", "db"));
  repeats(from("222222222222", "db"));
  repeats(from("", "sg-0000000b"));
  repeats(from("bob", "sg-0000000b"));
  EXPECT_EQ(reason(from("alice", "sg-0000000b")), "InvalidGroup.NotFound")
      << "the owner must match";
  EXPECT_EQ(reason(from("", "db")), "InvalidGroup.NotFound") << "a name is the caller's own";
  EXPECT_EQ(reason(from("nobody", "db")), "InvalidAccount.NotFound");
  EXPECT_THAT(cloud_.groupsThatName(GroupId{"sg-0000000b"}), ElementsAre(GroupId{"sg-0000000a"}));
}

TEST_F(GroupsTest, SourceMayBeTheGroupItselfAndAnUnmadeDefault) {
  ok(Authorize{"alice", "default", {{.protocol = net::kIcmp, .groups = {{"", "default"}}}}});
  EXPECT_EQ(cloud_.groups().size(), 1U);
  ok(Authorize{"alice", "default", {{.protocol = net::kIcmp, .groups = {{"bob", "default"}}}}});
  EXPECT_TRUE(groupOf("bob", "default"));
}

TEST_F(GroupsTest, HostBitsOfACidrAreCleared) {
  group("alice", "web");
  ok(Authorize{"alice", "web", {tcp(22, 22, "10.1.2.3/8")}});
  PermissionRequest loose{.protocol = net::kTcp, .ports = {22, 22}};
  loose.cidrs.push_back({netctl::testing::address("10.1.2.3"), 8});
  repeats(Authorize{"alice", "web", {loose}});
}

TEST_F(GroupsTest, NameEveryWrongPartOfPermissions) {
  group("alice", "web");
  auto backwards = tcp(90, 80, "0.0.0.0/0");
  auto ports_of_icmp = tcp(1, 2, "0.0.0.0/0");
  ports_of_icmp.protocol = net::kIcmp;
  auto icmp_of_tcp = tcp(22, 22, "0.0.0.0/0");
  icmp_of_tcp.icmp.type = 8;
  PermissionRequest code_alone{
      .protocol = net::kIcmp, .icmp = {{}, 0}, .cidrs = {prefix("0.0.0.0/0")}};
  PermissionRequest no_source{.protocol = net::kTcp, .ports = {22, 22}};
  PermissionRequest unknown{.protocol = net::kTcp, .groups = {{"", "web"}, {"", "gone"}}};
  const std::vector requests{backwards, ports_of_icmp, icmp_of_tcp, code_alone, no_source, unknown};
  const auto where = ElementsAre("permissions[0].from_port", "permissions[1].from_port",
                                 "permissions[2].icmp_type", "permissions[3].icmp_code",
                                 "permissions[4].cidrs", "permissions[5].groups[1]");
  EXPECT_THAT(wrong(Authorize{"alice", "web", requests}), where);
  EXPECT_THAT(wrong(Revoke{"alice", "web", requests}), where);
  EXPECT_THAT(wrong(Authorize{"alice", "web", {}}), ElementsAre("permissions"));
  EXPECT_THAT(wrong(Authorize{"alice", "gone", {backwards}}),
              ElementsAre("group", "permissions[0].from_port"));
}

TEST_F(GroupsTest, PortZeroIsAPort) {
  group("alice", "web");
  ok(Authorize{"alice", "web", {tcp(0, 0, "0.0.0.0/0")}});
  EXPECT_TRUE(ok(Authorize{"alice", "web", {tcp(0, 65535, "0.0.0.0/0")}}).changed);
}

TEST_F(GroupsTest, RevokePassesOnThatFlowsAreKept) {
  group("alice", "web");
  ok(Authorize{"alice", "web", {tcp(22, 22, "0.0.0.0/0")}});
  EXPECT_TRUE(ok(Revoke{"alice", "web", {tcp(22, 22, "0.0.0.0/0")}, true}).keep_flows);
}

}  // namespace
}  // namespace netctl::cloud
