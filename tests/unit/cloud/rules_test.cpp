#include "modes/cloud/rule_ids.h"
#include "tests/unit/cloud/cloud_fixture.h"

#include <string>
#include <utility>

namespace netctl::cloud {
namespace {

using netctl::testing::prefix;

class RulesTest : public CloudTest {
 protected:
  RulesTest() { group("alice", "web"); }

  static PermissionRequest tcp(std::uint16_t port, std::string note = "") {
    return {.protocol = net::kTcp,
            .ports = {port, port},
            .cidrs = {prefix("192.0.2.0/24")},
            .note = std::move(note)};
  }
  static Permission permission(std::uint16_t port) {
    return {.protocol = net::kTcp, .ports = {port, port}, .source = prefix("192.0.2.0/24")};
  }
  Group web() const { return *groupOf("alice", "web"); }
  std::string idOf(std::uint16_t port) const { return ruleId(web(), permission(port)); }
  PermissionDetails detailsOf(std::uint16_t port) const {
    const auto group = web();
    const auto at = group.details.find(permission(port));
    return at == group.details.end() ? PermissionDetails{} : at->second;
  }
  ModifyPermissions modify(const std::string& id, const PermissionRequest& permission) {
    return {"alice", "web", {{id, permission}}};
  }
};

TEST_F(RulesTest, AnIdStaysWhereTheRuleIsAnother) {
  ok(Authorize{"alice", "web", {tcp(22, "office")}});
  const auto id = idOf(22);
  EXPECT_THAT(id, ::testing::MatchesRegex("sgr-[0-9a-f]{17}"));
  ok(TagResources{"alice", {id}, {{"Name", "ssh"}}});
  ok(modify(id, tcp(2222, "other office")));
  EXPECT_EQ(idOf(2222), id);
  EXPECT_EQ(detailsOf(2222).note, "other office");
  EXPECT_EQ(detailsOf(2222).resource_tags, (ResourceTags{{"Name", "ssh"}}));
  EXPECT_FALSE(web().permissions.contains(permission(22)));
  repeats(modify(id, tcp(2222, "other office")));
  ok(modify(id, tcp(22)));
  EXPECT_EQ(detailsOf(22).rule_id, "") << "it follows from the permission again";
}

TEST_F(RulesTest, NoTwoRulesHaveTheSameId) {
  ok(Authorize{"alice", "web", {tcp(22)}});
  const auto id = idOf(22);
  ok(modify(id, tcp(23)));
  ok(Authorize{"alice", "web", {tcp(22)}});
  EXPECT_EQ(idOf(23), id);
  EXPECT_NE(idOf(22), id);
  const auto other = idOf(22);
  ok(Revoke{"alice", "web", {tcp(23)}});
  EXPECT_EQ(idOf(22), other) << "an id that was told stays";
}

TEST_F(RulesTest, AModificationThatCannotBeChangesNothing) {
  ok(Authorize{"alice", "web", {tcp(22), tcp(23)}});
  const auto before = web();
  EXPECT_EQ(reason(modify(idOf(22), tcp(23))), "InvalidPermission.Duplicate");
  EXPECT_EQ(reason(modify("sgr-00000000000000000", tcp(24))),
            "InvalidSecurityGroupRuleId.NotFound");
  auto two = tcp(24);
  two.cidrs.push_back(prefix("198.51.100.0/24"));
  EXPECT_EQ(reason(modify(idOf(22), two)), "InvalidParameterValue");
  EXPECT_EQ(web(), before);
}

TEST_F(RulesTest, NotesAreChangedWithoutTheRule) {
  ok(Authorize{"alice", "web", {tcp(22), tcp(23, "telnet")}});
  ok(NotePermissions{"alice", "web", {tcp(22, "ssh"), tcp(23)}});
  EXPECT_EQ(detailsOf(22).note, "ssh");
  EXPECT_EQ(detailsOf(23), PermissionDetails{});
  EXPECT_EQ(reason(NotePermissions{"alice", "web", {tcp(24, "none")}}),
            "InvalidPermission.NotFound");
}

TEST_F(RulesTest, TagsComeWithARuleAndGoWithIt) {
  auto request = tcp(22);
  request.resource_tags = {{"Name", "ssh"}};
  ok(Authorize{"alice", "web", {request}});
  ok(UntagResources{"alice", {idOf(22)}, {{"Name", "another value"}}});
  EXPECT_EQ(detailsOf(22).resource_tags.size(), 1U);
  ok(UntagResources{"alice", {idOf(22)}, {{"Name", {}}}});
  EXPECT_TRUE(web().details.empty());
  EXPECT_EQ(reason(TagResources{"bob", {idOf(22)}, {{"k", "v"}}}),
            "InvalidSecurityGroupRuleId.NotFound");
}

}  // namespace
}  // namespace netctl::cloud
