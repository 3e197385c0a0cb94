#include "modes/firewall/permissions.h"

#include "modes/firewall/chain_and_set_names.h"
#include "tests/support/example_cloud.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace netctl::firewall {
namespace {

using cloud::Permission;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

cloud::PermissionSource cidr(const std::string& text) {
  return testing::prefix(text);
}

Permission tcp(std::uint16_t first, std::uint16_t last, const std::string& from = "0.0.0.0/0") {
  return {net::kTcp, {first, last}, {}, cidr(from)};
}
Permission icmp(net::IcmpMatch match) {
  return {net::kIcmp, {}, match, cidr("0.0.0.0/0")};
}
Permission number(std::uint8_t protocol) {
  return {{protocol}, {}, {}, cidr("203.0.113.0/24")};
}
Permission fromGroup(net::Protocol protocol) {
  return {protocol, {}, {}, cloud::GroupId{"sg-0000000b"}};
}

std::vector<std::string> membersOf(const Permission& permission) {
  std::vector<Allowed> members;
  appendMembers(permission, testing::address("10.0.0.9"), members);
  std::vector<std::string> texts;
  for (const auto& allowed : members) {
    texts.push_back(host::format(typeOf(allowed), allowed.member));
    EXPECT_STREQ(setOf(allowed), allowed.is_open ? "nc_open" : "nc_allow");
    EXPECT_TRUE(covers(permission, allowed)) << texts.back();
  }
  return texts;
}

/// The pool of these settings is 198.51.100.1 to 198.51.100.8, the private subnet 10.0.0.0/24.
std::vector<std::string> rulesOf(const Permission& permission, Way way = Way::In) {
  const auto settings = testing::smallSettings();
  cloud::Group group;
  group.permissions = {permission};
  std::vector<std::string> texts;
  for (const auto& rule : groupRules(settings, group, way)) texts.push_back(host::format(rule));
  EXPECT_EQ(needsRules(settings, permission, way), !texts.empty());
  EXPECT_EQ(needsRules(settings, group, way), !texts.empty());
  return texts;
}

TEST(PermissionInSet, IsAMemberPerPort) {
  EXPECT_THAT(membersOf(tcp(22, 22, "203.0.113.0/24")),
              ElementsAre("10.0.0.9,tcp:22,203.0.113.0/24"));
  EXPECT_THAT(membersOf(tcp(0, 1, "203.0.113.7/32")),
              ElementsAre("10.0.0.9,tcp:0,203.0.113.7", "10.0.0.9,tcp:1,203.0.113.7"));
  EXPECT_THAT(rulesOf(tcp(22, 22)), IsEmpty());
}

TEST(PermissionInSet, FromAnywhereHasNoSource) {
  EXPECT_THAT(membersOf(tcp(65535, 65535)), ElementsAre("10.0.0.9,tcp:65535"));
  EXPECT_THAT(membersOf(tcp(1, 1, "0.0.0.0/1")), ElementsAre("10.0.0.9,tcp:1,0.0.0.0/1"));
}

TEST(PermissionInSet, HasAtMost64Ports) {
  EXPECT_EQ(membersOf(tcp(100, 163, "203.0.113.0/24")).size(), 64U);
  EXPECT_THAT(rulesOf(tcp(100, 163)), IsEmpty());
  EXPECT_THAT(membersOf(tcp(100, 164)), IsEmpty());
  EXPECT_THAT(rulesOf(tcp(100, 164)), ElementsAre("-p tcp -m tcp --dport 100:164 -g NC_ADMIT"));
}

TEST(PermissionInSet, HoldsAnIcmpTypeWithItsCode) {
  EXPECT_THAT(membersOf(icmp({8, 0})), ElementsAre("10.0.0.9,icmp:8/0"));
  EXPECT_THAT(membersOf(icmp({8, {}})), IsEmpty());
  EXPECT_THAT(rulesOf(icmp({8, {}})), ElementsAre("-p icmp -m icmp --icmp-type 8 -g NC_ADMIT"));
  EXPECT_THAT(rulesOf(icmp({})), ElementsAre("-p icmp -g NC_ADMIT"));
}

TEST(PermissionInSet, HoldsProtocolsWithoutPorts) {
  for (const std::uint8_t protocol : {2, 4, 47, 50, 51, 89, 112, 255}) {
    EXPECT_EQ(membersOf(number(protocol)).size(), 1U) << unsigned{protocol};
    EXPECT_THAT(rulesOf(number(protocol)), IsEmpty()) << unsigned{protocol};
  }
}

TEST(PermissionInSet, LeavesOutProtocolsWhosePortsTheKernelWouldCompare) {
  for (const std::uint8_t protocol : {58, 132, 136}) {
    EXPECT_THAT(membersOf(number(protocol)), IsEmpty()) << unsigned{protocol};
    EXPECT_THAT(rulesOf(number(protocol)),
                ElementsAre("-s 203.0.113.0/24 -p " + net::format(net::Protocol{protocol}) +
                            " -g NC_ADMIT"));
  }
}

TEST(PermissionRules, NeverTakeProtocolZeroForAnyProtocol) {
  EXPECT_THAT(membersOf(number(0)), IsEmpty());
  EXPECT_THAT(rulesOf(number(0)), IsEmpty());
  EXPECT_THAT(rulesOf(fromGroup({0})), IsEmpty());
}

TEST(PermissionRules, SayAnyProtocolAndAllPorts) {
  EXPECT_THAT(rulesOf({net::kAnyProtocol, {}, {}, cidr("203.0.113.7/32")}),
              ElementsAre("-s 203.0.113.7/32 -g NC_ADMIT"));
  EXPECT_THAT(rulesOf(tcp(0, 65535)), ElementsAre("-p tcp -g NC_ADMIT"));
}

TEST(PermissionRules, AskWhetherTheSourceIsInTheGroup) {
  EXPECT_THAT(rulesOf(fromGroup(net::kAnyProtocol)),
              ElementsAre("-m set --match-set nc_m_0000000b src ! --update-counters -g NC_ADMIT"));
}

TEST(PermissionRules, KnowPublicAddressesByTheirPrivateOnes) {
  EXPECT_THAT(rulesOf(tcp(22, 22, "198.51.100.3/32")),
              ElementsAre("-p tcp -m tcp --dport 22 -m conntrack --ctstate DNAT -m set --match-set "
                          "nc_c_c6336403_32 src ! --update-counters -g NC_ADMIT"));
  EXPECT_THAT(membersOf(tcp(22, 22, "198.51.100.3/32")),
              ElementsAre("10.0.0.9,tcp:22,198.51.100.3"));
  EXPECT_THAT(rulesOf(tcp(0, 65535, "198.51.100.0/24")),
              ElementsAre("-s 198.51.100.0/24 -p tcp -g NC_ADMIT",
                          "-p tcp -m conntrack --ctstate DNAT -m set --match-set "
                          "nc_c_c6336400_24 src ! --update-counters -g NC_ADMIT"));
}

TEST(PermissionRules, KnowTheWayBackOfTcpByItsOtherEnd) {
  const auto back = [](const Permission& permission) { return rulesOf(permission, Way::Back); };
  EXPECT_THAT(back(tcp(22, 22)), IsEmpty()) << "a member";
  EXPECT_THAT(back(icmp({})), IsEmpty());
  EXPECT_THAT(back(number(132)), IsEmpty());
  EXPECT_THAT(back(tcp(100, 164, "203.0.113.0/24")),
              ElementsAre("-d 203.0.113.0/24 -p tcp -m tcp --sport 100:164 -g NC_ADMIT_BACK"));
  EXPECT_THAT(back({net::kAnyProtocol, {}, {}, cidr("203.0.113.7/32")}),
              ElementsAre("-d 203.0.113.7/32 -p tcp -g NC_ADMIT_BACK"));
  EXPECT_THAT(
      back(fromGroup(net::kAnyProtocol)),
      ElementsAre(
          "-p tcp -m set --match-set nc_m_0000000b dst ! --update-counters -g NC_ADMIT_BACK"));
  EXPECT_THAT(back(tcp(22, 22, "198.51.100.3/32")),
              ElementsAre("-p tcp -m tcp --sport 22 -m conntrack --ctstate DNAT -m set --match-set "
                          "nc_c_c6336403_32 dst ! --update-counters -g NC_ADMIT_BACK"));
}

TEST(PermissionRules, NeedNoSecondLookWhereThePrivateSubnetIsInside) {
  EXPECT_FALSE(holdsPublicAddresses(testing::smallSettings(), testing::prefix("0.0.0.0/0")));
  EXPECT_FALSE(holdsPublicAddresses(testing::smallSettings(), testing::prefix("203.0.113.0/24")));
  EXPECT_TRUE(holdsPublicAddresses(testing::smallSettings(), testing::prefix("128.0.0.0/1")));
}

TEST(Covers, IsAboutProtocolPortAndSource) {
  std::vector<Allowed> members;
  appendMembers(tcp(22, 22, "203.0.113.0/24"), {}, members);
  const auto& member = members.at(0);
  EXPECT_TRUE(covers(tcp(20, 25, "203.0.113.0/24"), member));
  EXPECT_FALSE(covers(tcp(23, 25, "203.0.113.0/24"), member));
  EXPECT_FALSE(covers(tcp(22, 22, "203.0.113.0/25"), member));
  EXPECT_FALSE(covers(tcp(22, 22), member));
  EXPECT_FALSE(covers(tcp(0, 65535, "203.0.113.0/24"), member));
  EXPECT_FALSE(covers({net::kUdp, {22, 22}, {}, cidr("203.0.113.0/24")}, member));
  members.clear();
  appendMembers(tcp(22, 22), {}, members);
  EXPECT_TRUE(covers(tcp(20, 25), members.at(0)));
  EXPECT_FALSE(covers(tcp(22, 22, "0.0.0.0/1"), members.at(0)));
}

TEST(Names, FitIntoTheKernelsLimits) {
  EXPECT_EQ(groupChain({"sg-1a2b3c4d"}), "NC_G_1a2b3c4d");
  EXPECT_EQ(groupChain({"sg-1a2b3c4d"}, Way::Back), "NC_BG_1a2b3c4d");
  EXPECT_EQ(instanceChain(testing::address("192.168.0.9"), Way::Back), "NC_BI_c0a80009");
  EXPECT_EQ(memberSet({"sg-1a2b3c4d"}), "nc_m_1a2b3c4d");
  EXPECT_EQ(instanceChain(testing::address("192.168.0.9")), "NC_I_c0a80009");
  EXPECT_EQ(cidrSet(testing::prefix("0.0.0.0/1")), "nc_c_00000000_1");
  EXPECT_LE(cidrSet(testing::prefix("255.255.255.255/32")).size(), 31U);
}

TEST(PermissionOfAPrefixList, IsTwoRulesWhateverTheListHas) {
  const Permission permission{net::kTcp, {22, 22}, {}, cloud::PrefixListId{"pl-00000000000000abc"}};
  EXPECT_THAT(membersOf(permission), IsEmpty());
  const auto rules = rulesOf(permission);
  ASSERT_EQ(rules.size(), 2U);
  EXPECT_EQ(rules[0],
            "-p tcp -m tcp --dport 22 -m set --match-set nc_p_00000000000000abc src ! "
            "--update-counters -g NC_ADMIT");
  EXPECT_THAT(rules[1], ::testing::HasSubstr("--ctstate DNAT"));
  EXPECT_THAT(rules[1], ::testing::HasSubstr("--match-set nc_q_00000000000000abc src"));
}

}  // namespace
}  // namespace netctl::firewall
