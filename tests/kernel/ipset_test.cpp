#include "netctl/kernel/ipset/ipset.h"

#include "tests/kernel/support/frames.h"
#include "tests/kernel/support/network_namespace.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace netctl::kernel {
namespace {

using host::HostState;
using host::Scope;
using host::Set;
using host::SetMember;
using host::SetType;

SetMember addressMember(const char* text) {
  return {.address = ip(text)};
}

SetMember prefixMember(const char* text) {
  const auto parsed = net::parseIpv4Prefix(text).value();
  return {.address = parsed.address, .length = parsed.length};
}

SetMember prefixAt(const char* text, const char* interface) {
  SetMember member = prefixMember(text);
  std::strcpy(member.interface.data(), interface);
  return member;
}

SetMember permission(const char* to, std::uint8_t protocol, std::uint16_t port, const char* from) {
  const auto source = net::parseIpv4Prefix(from).value();
  return {.address = ip(to),
          .protocol = protocol,
          .port = port,
          .address2 = source.address,
          .length2 = source.length};
}

Set set(SetType type, std::vector<SetMember> members) {
  std::sort(members.begin(), members.end());
  return {type, std::move(members)};
}

std::vector<Set> everySet() {
  return {
      set(SetType::HashIp,
          {addressMember("10.0.0.1"), addressMember("10.0.0.2"), addressMember("255.255.255.255")}),
      set(SetType::HashNet,
          {prefixMember("10.0.0.0/8"), prefixMember("10.1.0.0/16"), prefixMember("0.0.0.0/1"),
           prefixMember("128.0.0.0/1"), prefixMember("10.2.3.4/32")}),
      set(SetType::HashNetIface, {prefixAt("10.0.0.0/27", "br0"), prefixAt("10.0.0.0/27", "br1"),
                                  prefixAt("0.0.0.0/0", "fifteen-letters")}),
      set(SetType::HashIpPortNet,
          {permission("10.0.0.1", 6, 22, "0.0.0.0/1"), permission("10.0.0.1", 6, 22, "128.0.0.0/1"),
           permission("10.0.0.1", 17, 0, "192.0.2.0/24"),
           permission("10.0.0.1", 1, 8 << 8, "192.0.2.7/32"),
           permission("10.0.0.1", 1, 3 << 8 | 4, "192.0.2.7/32"),
           permission("10.0.0.1", 1, 0, "192.0.2.7/32"),
           permission("10.0.0.1", 47, 0, "192.0.2.7/32"),
           permission("10.0.0.1", 132, 65535, "192.0.2.7/32")}),
      set(SetType::HashIpPort, {{.address = ip("10.0.0.1"), .protocol = 6, .port = 22},
                                {.address = ip("10.0.0.1"), .protocol = 1, .port = 8 << 8},
                                {.address = ip("10.0.0.1"), .protocol = 47}}),
  };
}

class IpsetDriver : public NetworkNamespace {
 protected:
  void SetUp() override {
    NetworkNamespace::SetUp();
    auto opened = Ipset::open();
    ASSERT_TRUE(opened) << opened.error().message;
    ipset_.emplace(std::move(*opened));
  }

  template <class Step>
  void apply(const Step& step) {
    const auto done = ipset_->apply(step);
    ASSERT_TRUE(done) << done.error().message;
  }

  template <class Step>
  Error refused(const Step& step) {
    const auto done = ipset_->apply(step);
    EXPECT_FALSE(done);
    return done ? Error{} : done.error();
  }

  HostState look(const Scope& scope) {
    HostState state;
    const auto looked = ipset_->look(scope, state);
    EXPECT_TRUE(looked) << looked.error().message;
    return state;
  }

  std::optional<Set> whole(const std::string& name) {
    Scope scope;
    scope.sets.insert(name);
    auto state = look(scope);
    if (!state.sets.contains(name)) return std::nullopt;
    EXPECT_TRUE(state.foreign.sets.empty());
    return state.sets[name];
  }

  /// There is such a set, and it is not a hash:ip of ours.
  static bool isOther(const std::string& name, const HostState& state) {
    return state.foreign.sets.contains(name) || state.sets.at(name).type != SetType::HashIp;
  }

  std::vector<SetMember> present(const std::string& name, const std::vector<SetMember>& asked) {
    Scope scope;
    scope.members[name].insert(asked.begin(), asked.end());
    return look(scope).sets[name].members;
  }

  std::optional<Ipset> ipset_;
};

TEST_F(IpsetDriver, WritesAndReadsEveryType) {
  for (const Set& each : everySet()) {
    const std::string name = fmt::format("nc_{}", static_cast<int>(each.type));
    apply(host::CreateSet{name, each});
    EXPECT_EQ(whole(name), each) << host::format(each.type);
    EXPECT_EQ(present(name, each.members), each.members);
    // ipset(8) knows each member by the text that we give it.
    for (const SetMember& member : each.members) {
      output(fmt::format("ipset test {} {}", name, host::format(each.type, member)));
    }
    EXPECT_THAT(output("ipset list " + name), testing::HasSubstr(host::format(each.type)));
    output(fmt::format("ipset save {0} > /dev/null", name));
    apply(host::RemoveMembers{name, each.type, each.members});
    EXPECT_EQ(whole(name), (Set{each.type, {}}));
    apply(host::DestroySet{name});
    EXPECT_EQ(whole(name), std::nullopt);
  }
}

TEST_F(IpsetDriver, SeesOursAloneAndAllOfThem) {
  output("ipset create theirs hash:ip; ipset add theirs 10.0.0.1; ipset create theirs2 list:set");
  apply(host::CreateSet{"nc_a", set(SetType::HashIp, {addressMember("10.0.0.1")})});
  apply(host::CreateSet{"nc_b", set(SetType::HashNet, {})});
  const auto before = output("ipset save theirs");
  Scope everything;
  everything.everything = true;
  const auto state = look(everything);
  EXPECT_EQ(state.sets.size(), 2U);
  EXPECT_EQ(state.sets.at("nc_a"), set(SetType::HashIp, {addressMember("10.0.0.1")}));
  EXPECT_EQ(state.sets.at("nc_b"), set(SetType::HashNet, {}));
  EXPECT_EQ(output("ipset save theirs"), before);
}

TEST_F(IpsetDriver, NeverTouchesASetThatIsNotOurs) {
  output("ipset create theirs hash:ip");
  EXPECT_EQ(refused(host::DestroySet{"theirs"}).code, ErrorCode::Internal);
  EXPECT_EQ(refused(host::CreateSet{"theirs", {}}).code, ErrorCode::Internal);
  EXPECT_EQ(refused(host::AddMembers{"theirs", SetType::HashIp, {addressMember("10.0.0.1")}}).code,
            ErrorCode::Internal);
  EXPECT_EQ(
      refused(host::RemoveMembers{"theirs", SetType::HashIp, {addressMember("10.0.0.1")}}).code,
      ErrorCode::Internal);
  EXPECT_EQ(refused(host::DestroySet{std::string(32, 'x').replace(0, 3, "nc_")}).code,
            ErrorCode::Internal);
}

TEST_F(IpsetDriver, TakesTenThousandMembers) {
  std::vector<SetMember> members;
  for (std::uint32_t i = 0; i < 10000; ++i) {
    members.push_back({.address = {0x0a000000 + i % 100},
                       .protocol = 6,
                       .port = static_cast<std::uint16_t>(i),
                       .address2 = {0xc0000200},
                       .length2 = 24});
  }
  const Set full = set(SetType::HashIpPortNet, members);
  apply(host::CreateSet{"nc_allow", full});
  EXPECT_EQ(whole("nc_allow"), full);
  EXPECT_EQ(present("nc_allow", full.members), full.members);
  apply(host::RemoveMembers{"nc_allow", full.type, full.members});
  EXPECT_EQ(whole("nc_allow"), set(full.type, {}));
  apply(host::AddMembers{"nc_allow", full.type, full.members});
  EXPECT_EQ(whole("nc_allow"), full);
}

TEST_F(IpsetDriver, AddsAndRemovesTwiceAsOnce) {
  const std::vector<SetMember> members{addressMember("10.0.0.1"), addressMember("10.0.0.2")};
  apply(host::CreateSet{"nc_a", set(SetType::HashIp, {})});
  apply(host::AddMembers{"nc_a", SetType::HashIp, {members[0]}});
  apply(host::AddMembers{"nc_a", SetType::HashIp, members});
  EXPECT_EQ(whole("nc_a")->members, members);
  apply(host::RemoveMembers{"nc_a", SetType::HashIp, {members[0]}});
  apply(host::RemoveMembers{"nc_a", SetType::HashIp, members});
  EXPECT_TRUE(whole("nc_a")->members.empty());
  apply(host::DestroySet{"nc_a"});
  apply(host::DestroySet{"nc_a"});
}

TEST_F(IpsetDriver, KnowsAnAddressFromThePrefixesAroundIt) {
  const auto narrow = permission("10.0.0.1", 6, 22, "192.0.2.7/32");
  const auto wide = permission("10.0.0.1", 6, 22, "192.0.0.0/8");
  const auto elsewhere = permission("10.0.0.2", 6, 22, "192.0.2.7/32");
  std::vector<SetMember> others;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    others.push_back({.address = {0x0a090000 + i}, .protocol = 6, .port = 1, .length2 = 1});
  }
  apply(host::CreateSet{"nc_allow", set(SetType::HashIpPortNet, others)});
  apply(host::AddMembers{"nc_allow", SetType::HashIpPortNet, {wide}});
  EXPECT_EQ(present("nc_allow", {narrow, wide, elsewhere}), (std::vector{wide}));
  apply(host::AddMembers{"nc_allow", SetType::HashIpPortNet, {narrow}});
  EXPECT_EQ(present("nc_allow", {narrow, wide, elsewhere}), (std::vector{wide, narrow}));
  apply(host::RemoveMembers{"nc_allow", SetType::HashIpPortNet, {wide}});
  EXPECT_EQ(present("nc_allow", {narrow, wide, elsewhere}), (std::vector{narrow}));

  apply(host::CreateSet{"nc_net", set(SetType::HashNet, {prefixMember("10.0.0.0/8")})});
  EXPECT_TRUE(present("nc_net", {prefixMember("10.0.0.1/32"), prefixMember("10.0.0.0/9")}).empty());
  apply(host::CreateSet{"nc_if", set(SetType::HashNetIface, {prefixAt("0.0.0.0/0", "br0")})});
  EXPECT_TRUE(present("nc_if", {prefixAt("10.0.0.1/32", "br0")}).empty());
}

TEST_F(IpsetDriver, ReplacesASetOfAnotherTypeOrWithOptions) {
  const Set wanted = set(SetType::HashIp, {addressMember("10.0.0.1")});
  for (const char* other : {"hash:net", "hash:ip,port,net", "list:set", "hash:ip timeout 100",
                            "hash:ip", "hash:ip counters comment", "hash:ip family inet6",
                            "hash:ip netmask 24", "bitmap:port range 0-100"}) {
    output(std::string("ipset create nc_a ") + other);
    Scope scope;
    scope.sets.insert("nc_a");
    EXPECT_TRUE(isOther("nc_a", look(scope))) << other;
    apply(host::CreateSet{"nc_a", wanted});
    EXPECT_EQ(whole("nc_a"), wanted) << other;
    EXPECT_EQ(output("ipset list -n"), "nc_a\n");
    apply(host::DestroySet{"nc_a"});
  }
}

TEST_F(IpsetDriver, SeesASetOfAnotherTypeWhereMembersAreAskedFor) {
  Scope scope;
  scope.members["nc_a"].insert(addressMember("10.0.0.1"));
  EXPECT_TRUE(look(scope).sets.empty());
  for (const char* other : {"hash:net", "list:set", "hash:ip family inet6"}) {
    output(std::string("ipset create nc_a ") + other);
    EXPECT_TRUE(isOther("nc_a", look(scope))) << other;
    output("ipset destroy nc_a");
  }
}

TEST_F(IpsetDriver, ReplacesASetInUseWhereTheKernelCan) {
  const Set wanted = set(SetType::HashIp, {addressMember("10.0.0.1")});
  output("ipset create nc_a hash:ip timeout 100");
  output("iptables-legacy -A INPUT -m set --match-set nc_a src -j ACCEPT");
  apply(host::CreateSet{"nc_a", wanted});
  EXPECT_EQ(whole("nc_a"), wanted);
  EXPECT_THAT(output("iptables-legacy-save"), testing::HasSubstr("--match-set nc_a src"));

  const auto error = refused(host::CreateSet{"nc_a", set(SetType::HashNet, {})});
  EXPECT_EQ(error.code, ErrorCode::Conflict);
  EXPECT_THAT(error.message, testing::HasSubstr("nc_a"));
  EXPECT_EQ(whole("nc_a"), wanted);
  EXPECT_EQ(output("ipset list -n"), "nc_a\n");
}

TEST_F(IpsetDriver, SaysWhatIsInTheWay) {
  apply(host::CreateSet{"nc_a", set(SetType::HashIp, {})});
  output("iptables-legacy -A INPUT -m set --match-set nc_a src -j ACCEPT");
  const auto in_use = refused(host::DestroySet{"nc_a"});
  EXPECT_EQ(in_use.reason, "SetInUse");
  EXPECT_THAT(in_use.message, testing::HasSubstr("destroy set nc_a"));

  const auto absent =
      refused(host::AddMembers{"nc_b", SetType::HashIp, {addressMember("10.0.0.1")}});
  EXPECT_EQ(absent.code, ErrorCode::NotFound);
  EXPECT_THAT(absent.message, testing::HasSubstr("nc_b"));

  output("ipset create nc_small hash:ip counters hashsize 64 maxelem 2");
  const auto full =
      refused(host::AddMembers{"nc_small",
                               SetType::HashIp,
                               {addressMember("10.0.0.1"), addressMember("10.0.0.2"),
                                addressMember("10.0.0.3"), addressMember("10.0.0.4")}});
  EXPECT_EQ(full.reason, "SetFull");
  EXPECT_THAT(full.message, testing::HasSubstr("10.0.0.3"));

  const auto zero =
      refused(host::CreateSet{"nc_net", {SetType::HashNet, {prefixMember("0.0.0.0/0")}}});
  EXPECT_THAT(zero.message, testing::HasSubstr("0.0.0.0/0"));
  EXPECT_EQ(whole("nc_net"), std::nullopt);
}

TEST_F(IpsetDriver, ReadsWhatRulesHaveCounted) {
  apply(host::CreateSet{
      "nc_a", set(SetType::HashIp, {addressMember("127.0.0.8"), addressMember("127.0.0.9")})});
  output("iptables-legacy -A OUTPUT -m set --match-set nc_a dst ! --update-counters -j RETURN");
  output("ip link set lo up && { ping -q -c 2 -i 0.2 -W 1 127.0.0.9 > /dev/null; true; }");
  EXPECT_EQ(ipset_->packets("nc_a").value().at(ip("127.0.0.9")), 0U);
  output("iptables-legacy -I OUTPUT -m set --match-set nc_a dst -j DROP");
  output("ping -q -c 2 -i 0.2 -W 1 127.0.0.9 > /dev/null; true");
  const std::map<net::Ipv4Address, std::uint64_t> counted{{ip("127.0.0.8"), 0},
                                                          {ip("127.0.0.9"), 2}};
  EXPECT_EQ(ipset_->packets("nc_a").value(), counted);
  EXPECT_EQ(whole("nc_a")->members.size(), 2U) << "counters make no other set of it";
  EXPECT_TRUE(ipset_->packets("nc_absent").value().empty());
}

TEST_F(IpsetDriver, TreatsMembersWithAFlagAsNotOurs) {
  output("ipset create nc_net hash:net; ipset add nc_net 10.0.0.0/8 nomatch");
  Scope scope;
  scope.sets.insert("nc_net");
  EXPECT_EQ(look(scope).foreign.sets, scope.sets);
}

TEST_F(IpsetDriver, HoldsMoreThanTheKernelsDefault) {
  std::vector<SetMember> members;
  for (std::uint32_t i = 0; i < 70000; ++i) members.push_back({.address = {0x0a000000 + i}});
  apply(host::CreateSet{"nc_a", set(SetType::HashIp, members)});
  EXPECT_EQ(whole("nc_a")->members, members);
}

}  // namespace
}  // namespace netctl::kernel
