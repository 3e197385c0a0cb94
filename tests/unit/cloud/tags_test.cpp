#include "modes/cloud/resource_ids.h"
#include "tests/unit/cloud/cloud_fixture.h"

namespace netctl::cloud {
namespace {

using netctl::testing::address;
using netctl::testing::prefix;

class TagsTest : public CloudTest {
 protected:
  TagsTest() {
    group("alice", "web");
    group_ = groupOf("alice", "web")->id.value;
    instance_ = attach(1, "alice", {"web"}).text();
    ok(AllocateAddress{"alice", address("198.51.100.5")});
    address_ = allocationId(Address{.address = address("198.51.100.5"), .owner = {}});
  }

  std::string group_;
  std::string instance_;
  std::string address_;
};

TEST_F(TagsTest, AreGivenToGroupsInstancesAndAddresses) {
  ok(TagResources{"alice", {group_, instance_, address_}, {{"Name", "front"}, {"env", "x"}}});
  const ResourceTags both{{"Name", "front"}, {"env", "x"}};
  EXPECT_EQ(groupOf("alice", "web")->resource_tags, both);
  EXPECT_EQ(cloud_.instances().begin()->second->resource_tags, both);
  EXPECT_EQ(cloud_.address(address("198.51.100.5"))->resource_tags, both);
  repeats(TagResources{"alice", {group_}, {{"Name", "front"}}});
  ok(TagResources{"alice", {group_}, {{"Name", "back"}}});
  EXPECT_EQ(groupOf("alice", "web")->resource_tags.at("Name"), "back");
}

TEST_F(TagsTest, AreTakenAwayByNameAndByValue) {
  ok(TagResources{"alice", {group_}, {{"a", "1"}, {"b", "2"}, {"c", "3"}}});
  repeats(UntagResources{"alice", {group_}, {{"a", "another"}, {"none", std::nullopt}}});
  ok(UntagResources{"alice", {group_}, {{"a", "1"}, {"b", std::nullopt}}});
  EXPECT_EQ(groupOf("alice", "web")->resource_tags, (ResourceTags{{"c", "3"}}));
  ok(UntagResources{"alice", {group_}, {}});
  EXPECT_TRUE(groupOf("alice", "web")->resource_tags.empty());
}

TEST_F(TagsTest, OfAnotherAccountAreAsIfNotThere) {
  const auto tag = [](const std::string& owner, const std::string& resource) {
    return TagResources{owner, {resource}, {{"a", "1"}}};
  };
  EXPECT_EQ(reason(tag("bob", group_)), "InvalidGroup.NotFound");
  EXPECT_EQ(reason(tag("bob", instance_)), "InvalidInstanceID.NotFound");
  EXPECT_EQ(reason(tag("bob", address_)), "InvalidAllocationID.NotFound");
  EXPECT_EQ(refused(tag("bob", address_)).message,
            refused(tag("alice", "eipalloc-00000000")).message.replace(19, 17, address_));
  EXPECT_EQ(reason(tag("alice", "vol-00000000")), "InvalidID");
}

TEST_F(TagsTest, AreAllOrNothing) {
  EXPECT_EQ(reason(TagResources{"alice", {group_, "i-0badbad0"}, {{"a", "1"}}}),
            "InvalidInstanceID.NotFound");
  ResourceTags many;
  for (int i = 0; i < 51; ++i) many["key" + std::to_string(i)] = "";
  EXPECT_EQ(reason(TagResources{"alice", {group_}, many}), "TagLimitExceeded");
  EXPECT_EQ(reason(TagResources{"alice", {group_}, {{"", "1"}}}), "InvalidParameterValue");
  EXPECT_EQ(reason(TagResources{"alice", {group_}, {{"a", "\x01"}}}), "InvalidParameterValue");
}

TEST_F(TagsTest, IdsOfAddressesHaveOneSpellingOfEachLength) {
  Address held{.address = address("198.51.100.5"), .owner = {}};
  EXPECT_EQ(allocationId(held), "eipalloc-c6336405");
  held.long_id = true;
  EXPECT_EQ(allocationId(held), "eipalloc-000000000c6336405");
  EXPECT_EQ(addressOfAllocation(allocationId(held)), held.address);
  EXPECT_EQ(addressOfAssociation(associationId(held)), held.address);
  EXPECT_EQ(addressOfAllocation("eipalloc-c6336405"), address("198.51.100.5"));
  EXPECT_EQ(addressOfAssociation("eipassoc-c6336405"), address("198.51.100.5"));
  for (const auto* const wrong :
       {"eipalloc-C6336405", "eipalloc-c633640", "eipalloc-c63364050", "eipassoc-c6336405",
        "eipalloc-c633640g", "", "eipalloc-100000000c6336405", "eipalloc-00000000c6336405"}) {
    EXPECT_FALSE(addressOfAllocation(wrong)) << wrong;
  }
}

class StrictPermissions : public CloudTest {
 protected:
  StrictPermissions() { group("alice", "web"); }

  static PermissionRequest tcp(std::uint16_t port, const std::string& note = "") {
    return {.protocol = net::kTcp,
            .ports = {port, port},
            .cidrs = {prefix("192.0.2.0/24")},
            .note = note};
  }
  Authorize add(std::vector<PermissionRequest> permissions) {
    return {"alice", "web", std::move(permissions), true};
  }
  Revoke remove(std::vector<PermissionRequest> permissions, Absent absent) {
    return {"alice", "web", std::move(permissions), false, absent};
  }
};

TEST_F(StrictPermissions, RefuseWhatIsThere) {
  ok(add({tcp(1, "first")}));
  EXPECT_EQ(groupOf("alice", "web")->details.size(), 1U);
  EXPECT_EQ(reason(add({tcp(2), tcp(1)})), "InvalidPermission.Duplicate");
  EXPECT_EQ(reason(add({tcp(2), tcp(2)})), "InvalidPermission.Duplicate");
  EXPECT_EQ(permissionsOf(*groupOf("alice", "web"), Direction::Ingress), 1U);
}

TEST_F(StrictPermissions, RefuseToRevokeWhatIsNot) {
  ok(add({tcp(1, "first"), tcp(2)}));
  EXPECT_EQ(reason(remove({tcp(1), tcp(3)}, Absent::Refused)), "InvalidPermission.NotFound");
  EXPECT_EQ(reason(remove({tcp(3)}, Absent::NotAll)), "InvalidPermission.NotFound");
  ok(remove({tcp(1), tcp(3)}, Absent::NotAll));
  EXPECT_TRUE(groupOf("alice", "web")->details.empty());
  repeats(remove({tcp(1)}, Absent::Ignored));
}

class SeveralInstances : public CloudTest {
 protected:
  static AttachInstance one(int number, const std::string& owner = "alice") {
    return {.instance = netctl::testing::instance("i-0000000" + std::to_string(number)),
            .owner = owner,
            .addressing = Addressing::Private};
  }
};

TEST_F(SeveralInstances, AreAttachedAsFarAsTheyGo) {
  auto third = one(3);
  third.groups = {"none"};
  EXPECT_EQ(reason(AttachInstances{{one(1), one(2), third}, 3}), "InvalidGroup.NotFound");
  EXPECT_TRUE(cloud_.instances().empty());
  ok(AttachInstances{{one(1), one(2), third}, 2});
  EXPECT_EQ(cloud_.instances().size(), 2U);
  repeats(AttachInstances{{one(1), one(2)}, 2});
}

TEST_F(SeveralInstances, AreDetachedAllOrNone) {
  ok(AttachInstances{{one(1), one(2)}, 2});
  ok(AttachInstance{one(3, "bob")});
  const auto id = [](int number) { return one(number).instance; };
  const auto others = refused(DetachInstances{"alice", {id(1), id(3)}});
  const auto absent = refused(DetachInstances{"alice", {id(1), id(4)}});
  EXPECT_EQ(others.reason, "InvalidInstanceID.NotFound");
  EXPECT_EQ(others.message, "The instance ID 'i-00000003' does not exist");
  EXPECT_EQ(absent.reason, others.reason);
  ok(DetachInstances{"alice", {id(1), id(2)}});
  EXPECT_EQ(cloud_.instances().size(), 1U);
}

TEST_F(SeveralInstances, OfAnotherAccountAreNotModified) {
  ok(AttachInstance{one(1, "bob")});
  EXPECT_EQ(reason(ModifyInstance{.instance = one(1).instance, .owner = "alice", .node = "n"}),
            "InvalidInstanceID.NotFound");
  ok(ModifyInstance{.instance = one(1).instance, .owner = "bob", .node = "n"});
}

}  // namespace
}  // namespace netctl::cloud
