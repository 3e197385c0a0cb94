#include "modes/cloud/prefix_lists.h"

#include "tests/unit/cloud/cloud_fixture.h"

namespace netctl::cloud {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Cidr cidr(const std::string& text) {
  return parseCidr(text).value();
}

class PrefixListsTest : public CloudTest {
 protected:
  static CreatePrefixList list(const std::string& owner, const std::string& name,
                               const std::vector<std::string>& cidrs, char digit = '1') {
    CreatePrefixList command{
        .owner = owner, .name = name, .fresh_id = {"pl-" + std::string(17, digit)}};
    for (const auto& text : cidrs) command.entries.push_back({cidr(text)});
    return command;
  }
  static ModifyPrefixList add(const std::string& name, const std::vector<std::string>& cidrs) {
    ModifyPrefixList command{.owner = "alice", .prefix_list = name};
    for (const auto& text : cidrs) command.add.push_back({cidr(text)});
    return command;
  }
  static ModifyPrefixList remove(const std::string& name, const std::string& text) {
    return {.owner = "alice", .prefix_list = name, .remove = {cidr(text)}};
  }
  static Authorize permit(const std::string& owner, const std::string& group,
                          const std::string& of_list) {
    return {owner, group, {{.protocol = net::kAnyProtocol, .prefix_lists = {of_list}}}};
  }
  Ref<PrefixList> named(const std::string& name) const {
    return cloud_.prefixListByName({"111111111111"}, name);
  }
};

TEST_F(PrefixListsTest, HoldPrefixesOfOneFamily) {
  ok(list("alice", "offices", {"203.0.113.9/24", "198.51.100.7/32"}));
  const auto offices = named("offices");
  ASSERT_TRUE(offices);
  EXPECT_EQ(offices->version, 1U);
  EXPECT_TRUE(offices->entries.contains(cidr("203.0.113.0/24")));
  EXPECT_TRUE(holds(*offices, netctl::testing::address("203.0.113.255")));
  EXPECT_TRUE(holds(*offices, netctl::testing::address("198.51.100.7")));
  EXPECT_FALSE(holds(*offices, netctl::testing::address("198.51.100.8")));
  EXPECT_THAT(wrong(list("alice", "mixed", {"203.0.113.0/24", "2001:db8::/32"}, '2')),
              ElementsAre("entries[1]"));
  auto ipv6 = list("alice", "six", {"2001:db8::/32"}, '2');
  ipv6.family = AddressFamily::Ipv6;
  ok(ipv6);
  EXPECT_FALSE(holds(*named("six"), netctl::testing::address("0.0.0.1")));
}

TEST_F(PrefixListsTest, AreUniqueByNameInAnAccount) {
  ok(list("alice", "offices", {"203.0.113.0/24"}));
  repeats(list("alice", "offices", {"203.0.113.0/24"}, '2'));
  EXPECT_EQ(reason(list("alice", "offices", {"10.0.0.0/8"}, '2')), "InvalidPrefixList.Duplicate");
  EXPECT_EQ(reason(list("alice", "other", {}, '1')), "Unavailable");
  ok(list("bob", "offices", {}, '2'));
  EXPECT_THAT(wrong(list("nobody", "pl-x", {"10.0.0.0/8", "10.1.2.3/8"}, '3')),
              ElementsAre("owner", "name", "entries[1]"));
  auto many = list("alice", "many", {}, '3');
  many.max_entries = PrefixList::kMostEntries + 1;
  EXPECT_THAT(wrong(many), ElementsAre("max_entries"));
}

TEST_F(PrefixListsTest, AreOneListForOneToken) {
  auto first = list("alice", "offices", {"203.0.113.0/24"});
  first.client_token = "token";
  ok(first);
  ok(add("offices", {"10.0.0.0/8"}));
  repeats(first);
  first.name = "other";
  EXPECT_EQ(reason(first), "IdempotentParameterMismatch");
}

TEST_F(PrefixListsTest, CountTheChangesOfTheirEntries) {
  ok(list("alice", "offices", {"203.0.113.0/24"}));
  ok(add("offices", {"198.51.100.0/24"}));
  EXPECT_EQ(named("offices")->version, 2U);
  repeats(add("offices", {"198.51.100.0/24"}));
  ok(remove("offices", "203.0.113.0/24"));
  EXPECT_EQ(named("offices")->version, 3U);
  repeats(remove("offices", "203.0.113.0/24"));
  ok(ModifyPrefixList{.owner = "alice", .prefix_list = "offices", .name = "sites"});
  EXPECT_EQ(named("sites")->version, 3U);
  EXPECT_FALSE(named("offices"));
  auto late = add("sites", {"10.0.0.0/8"});
  late.version = 2;
  EXPECT_EQ(reason(late), "PrefixListVersionMismatch");
  late.version = 3;
  ok(late);
}

TEST_F(PrefixListsTest, RefuseWhatContradictsThem) {
  auto small = list("alice", "offices", {"203.0.113.0/24"});
  small.max_entries = 2;
  ok(small);
  ok(list("alice", "other", {}, '2'));
  EXPECT_EQ(reason(add("offices", {"10.0.0.0/8", "11.0.0.0/8"})), "PrefixListMaxEntriesExceeded");
  EXPECT_THAT(wrong(add("offices", {"2001:db8::/32"})), ElementsAre("add[0]"));
  auto both = add("offices", {"10.0.0.0/8"});
  both.remove = {cidr("10.0.0.0/8")};
  EXPECT_THAT(wrong(both), ElementsAre("remove[0]"));
  EXPECT_EQ(reason(ModifyPrefixList{.owner = "alice", .prefix_list = "offices", .name = "other"}),
            "InvalidPrefixList.Duplicate");
  ok(add("offices", {"10.0.0.0/8"}));
  EXPECT_THAT(wrong(ModifyPrefixList{.owner = "alice", .prefix_list = "offices", .max_entries = 1}),
              ElementsAre("max_entries"));
  EXPECT_EQ(reason(add("pl-1", {"10.0.0.0/8"})), "InvalidPrefixListId.Malformed");
  EXPECT_EQ(reason(add("none", {"10.0.0.0/8"})), "InvalidPrefixListID.NotFound");
}

TEST_F(PrefixListsTest, StayWhileAPermissionNamesThem) {
  group("alice", "web");
  ok(list("alice", "offices", {"203.0.113.0/24"}));
  ok(permit("alice", "web", "offices"));
  repeats(permit("alice", "web", named("offices")->id.value));
  EXPECT_THAT(cloud_.groupsThatName(named("offices")->id),
              ElementsAre(groupOf("alice", "web")->id));
  EXPECT_EQ(reason(DeletePrefixList{"alice", "offices"}), "DependencyViolation");
  const auto permissions = permit("alice", "web", "offices").permissions;
  ok(Revoke{"alice", "web", permissions});
  ok(DeletePrefixList{"alice", "offices"});
  repeats(DeletePrefixList{"alice", "offices"});
  EXPECT_EQ(reason(permit("alice", "web", "offices")), "InvalidPrefixListID.NotFound");
}

TEST_F(PrefixListsTest, OfAnotherAccountAreNotThere) {
  group("bob", "web");
  ok(list("alice", "offices", {"203.0.113.0/24"}));
  const auto id = named("offices")->id.value;
  EXPECT_EQ(reason(permit("bob", "web", id)), "InvalidPrefixListID.NotFound");
  EXPECT_EQ(reason(ModifyPrefixList{.owner = "bob", .prefix_list = id, .name = "mine"}),
            "InvalidPrefixListID.NotFound");
  repeats(DeletePrefixList{"bob", id});
  EXPECT_EQ(reason(TagResources{"bob", {id}, {{"for", "ci"}}}), "InvalidPrefixListID.NotFound");
}

TEST_F(PrefixListsTest, HaveTagsAndGoWithTheirAccount) {
  group("bob", "web");
  ok(list("bob", "offices", {"203.0.113.0/24"}));
  const PrefixListId id{"pl-" + std::string(17, '1')};
  ok(TagResources{"bob", {id.value}, {{"for", "ci"}}});
  EXPECT_EQ(cloud_.prefixList(id)->resource_tags.at("for"), "ci");
  EXPECT_EQ(cloud_.prefixList(id)->version, 1U);
  ok(permit("bob", "default", id.value));
  ok(DeleteGroup{"bob", "web"});
  ok(DeleteAccount{"bob"});
  EXPECT_THAT(cloud_.prefixLists(), IsEmpty());
}

}  // namespace
}  // namespace netctl::cloud
