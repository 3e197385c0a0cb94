#include "tests/unit/ec2/served_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace netctl::ec2 {
namespace {

using netctl::testing::Ec2Answer;
using netctl::testing::ServedEndpoint;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class PrefixListsTest : public ::testing::Test {
 protected:
  static Pairs creation(const std::string& name) {
    return {{"Action", "CreateManagedPrefixList"},
            {"PrefixListName", name},
            {"MaxEntries", "5"},
            {"AddressFamily", "IPv4"},
            {"Entry.1.Cidr", "203.0.113.9/24"},
            {"Entry.1.Description", "Berlin"},
            {"Entry.2.Cidr", "198.51.100.7/32"},
            {"TagSpecification.1.ResourceType", "prefix-list"},
            {"TagSpecification.1.Tag.1.Key", "for"},
            {"TagSpecification.1.Tag.1.Value", name}};
  }
  std::string create(const std::string& name) {
    return ec2_.must(creation(name)).text("prefixListId").value_or("");
  }
  Ec2Answer ask(const std::string& action, Pairs parameters) {
    parameters["Action"] = action;
    return ec2_.call(std::move(parameters));
  }
  Ec2Answer modify(const std::string& id, Pairs parameters) {
    parameters["PrefixListId"] = id;
    return ask("ModifyManagedPrefixList", std::move(parameters));
  }

  ServedEndpoint ec2_;
};

TEST_F(PrefixListsTest, AreMadeAndDescribed) {
  const auto made = ec2_.must(creation("offices"));
  const auto id = made.text("prefixListId").value();
  EXPECT_EQ(made.text("state"), "create-complete");
  EXPECT_EQ(made.text("version"), "1");
  create("other");
  const auto entries = ask("GetManagedPrefixListEntries", {{"PrefixListId", id}});
  EXPECT_THAT(entries.texts("cidr"), ElementsAre("198.51.100.7/32", "203.0.113.0/24"));
  EXPECT_THAT(entries.texts("description"), ElementsAre("Berlin"));
  for (const auto& [filter, value] :
       std::map<std::string, std::string>{{"prefix-list-name", "off*"},
                                          {"prefix-list-id", id},
                                          {"tag:for", "offices"},
                                          {"tag-value", "offices"}}) {
    const auto found =
        ask("DescribeManagedPrefixLists", {{"Filter.1.Name", filter}, {"Filter.1.Value.1", value}});
    EXPECT_THAT(found.texts("prefixListName"), ElementsAre("offices")) << filter;
    EXPECT_THAT(found.texts("maxEntries"), ElementsAre("5")) << filter;
  }
  const auto plain = ask("DescribePrefixLists", {{"PrefixListId.1", id}});
  EXPECT_THAT(plain.texts("prefixListName"), ElementsAre("offices"));
}

TEST_F(PrefixListsTest, AreMadeOnceForEachToken) {
  auto parameters = creation("offices");
  EXPECT_EQ(ec2_.call(parameters).status, 200);
  EXPECT_EQ(ec2_.call(parameters).verdict(), "400 InvalidPrefixList.Duplicate");
  parameters["PrefixListName"] = "others";
  parameters["ClientToken"] = "once";
  const auto id = ec2_.must(parameters).text("prefixListId");
  EXPECT_EQ(ec2_.must(parameters).text("prefixListId"), id);
}

TEST_F(PrefixListsTest, ChangeWithTheRightVersion) {
  const auto id = create("offices");
  const auto changed = modify(id, {{"CurrentVersion", "1"},
                                   {"AddEntry.1.Cidr", "10.0.0.0/8"},
                                   {"RemoveEntry.1.Cidr", "203.0.113.0/24"}});
  EXPECT_EQ(changed.text("version"), "2") << changed.body;
  EXPECT_EQ(changed.text("state"), "modify-complete");
  EXPECT_THAT(ask("GetManagedPrefixListEntries", {{"PrefixListId", id}}).texts("cidr"),
              ElementsAre("10.0.0.0/8", "198.51.100.7/32"));
  EXPECT_EQ(modify(id, {{"CurrentVersion", "1"}, {"AddEntry.1.Cidr", "11.0.0.0/8"}}).verdict(),
            "400 PrefixListVersionMismatch");
  EXPECT_EQ(modify(id, {{"PrefixListName", "sites"}, {"MaxEntries", "9"}}).text("version"), "2");
  const auto old =
      ask("GetManagedPrefixListEntries", {{"PrefixListId", id}, {"TargetVersion", "1"}});
  EXPECT_EQ(old.verdict(), "400 InvalidParameterValue");
}

TEST_F(PrefixListsTest, AreSourcesOfRules) {
  const auto id = create("offices");
  ec2_.must({{"Action", "CreateSecurityGroup"}, {"GroupName", "web"}, {"GroupDescription", "web"}});
  const Pairs rule{{"GroupName", "web"},
                   {"IpPermissions.1.IpProtocol", "tcp"},
                   {"IpPermissions.1.FromPort", "22"},
                   {"IpPermissions.1.ToPort", "22"},
                   {"IpPermissions.1.PrefixListIds.1.PrefixListId", id},
                   {"IpPermissions.1.PrefixListIds.1.Description", "ssh"}};
  const auto made = ask("AuthorizeSecurityGroupIngress", rule);
  EXPECT_THAT(made.texts("prefixListId"), ElementsAre(id)) << made.body;
  EXPECT_EQ(ask("AuthorizeSecurityGroupIngress", rule).verdict(),
            "400 InvalidPermission.Duplicate");
  for (const auto* const direction : {"Ingress", "Egress"}) {
    const auto filter = std::string(direction == std::string("Egress") ? "egress." : "") +
                        "ip-permission.prefix-list-id";
    const auto found =
        ask("DescribeSecurityGroups", {{"Filter.1.Name", filter}, {"Filter.1.Value.1", id}});
    EXPECT_THAT(found.texts("groupName"), ElementsAre("web")) << direction;
    if (direction == std::string("Ingress")) {
      EXPECT_THAT(found.texts("prefixListId"), ElementsAre(id));
      auto out = rule;
      out.erase("GroupName");
      out["GroupId"] = found.texts("groupId").front();
      EXPECT_EQ(ask("AuthorizeSecurityGroupEgress", out).status, 200);
    }
  }
  const auto users = ask("GetManagedPrefixListAssociations", {{"PrefixListId", id}});
  EXPECT_EQ(users.texts("resourceId").size(), 1U);
  EXPECT_EQ(ask("DeleteManagedPrefixList", {{"PrefixListId", id}}).verdict(),
            "400 DependencyViolation");
  const auto rule_id = made.texts("securityGroupRuleId").front();
  const auto change =
      ask("ModifySecurityGroupRules", {{"GroupId", made.texts("groupId").front()},
                                       {"SecurityGroupRule.1.SecurityGroupRuleId", rule_id},
                                       {"SecurityGroupRule.1.SecurityGroupRule.IpProtocol", "tcp"},
                                       {"SecurityGroupRule.1.SecurityGroupRule.FromPort", "23"},
                                       {"SecurityGroupRule.1.SecurityGroupRule.ToPort", "23"},
                                       {"SecurityGroupRule.1.SecurityGroupRule.PrefixListId", id}});
  EXPECT_EQ(change.status, 200) << change.body;
  for (const auto* const direction : {"Ingress", "Egress"}) {
    auto gone = rule;
    if (direction == std::string("Ingress")) {
      gone["IpPermissions.1.FromPort"] = gone["IpPermissions.1.ToPort"] = "23";
    } else {
      gone.erase("GroupName");
      gone["GroupId"] = made.texts("groupId").front();
    }
    EXPECT_EQ(ask(std::string("RevokeSecurityGroup") + direction, gone).status, 200) << direction;
  }
  const auto deleted = ask("DeleteManagedPrefixList", {{"PrefixListId", id}});
  EXPECT_EQ(deleted.text("state"), "delete-complete") << deleted.body;
  EXPECT_EQ(ask("DeleteManagedPrefixList", {{"PrefixListId", id}}).verdict(),
            "400 InvalidPrefixListID.NotFound");
}

TEST_F(PrefixListsTest, AreRefusedWhereTheyAreWrong) {
  const auto id = create("offices");
  const auto wrong = [&](const std::string& name, const std::string& value) {
    auto parameters = creation("new");
    parameters[name] = value;
    return ec2_.call(std::move(parameters)).verdict();
  };
  EXPECT_EQ(wrong("PrefixListName", ""), "400 MissingParameter");
  EXPECT_EQ(wrong("PrefixListName", "com.amazonaws.s3"), "400 InvalidParameterValue");
  EXPECT_EQ(wrong("MaxEntries", ""), "400 MissingParameter");
  EXPECT_EQ(wrong("MaxEntries", "1001"), "400 InvalidParameterValue");
  EXPECT_EQ(wrong("MaxEntries", "1"), "400 PrefixListMaxEntriesExceeded");
  EXPECT_EQ(wrong("AddressFamily", "IPv5"), "400 InvalidParameterValue");
  EXPECT_EQ(wrong("AddressFamily", "IPv6"), "400 InvalidParameterValue");
  EXPECT_EQ(wrong("Entry.3.Cidr", "10.0.0.0"), "400 InvalidParameterValue");
  EXPECT_EQ(wrong("Entry.3.Description", "no CIDR"), "400 MissingParameter");
  EXPECT_EQ(wrong("Entries.1.Cidr", "10.0.0.0/8"), "400 UnknownParameter");
  for (const auto* const action :
       {"ModifyManagedPrefixList", "DeleteManagedPrefixList", "GetManagedPrefixListEntries",
        "GetManagedPrefixListAssociations"}) {
    EXPECT_EQ(ask(action, {}).verdict(), "400 MissingParameter") << action;
    EXPECT_EQ(ask(action, {{"PrefixListId", "pl-1"}}).verdict(),
              "400 InvalidPrefixListId.Malformed")
        << action;
    EXPECT_EQ(ask(action, {{"PrefixListId", "pl-0123456789abcdef0"}}).verdict(),
              "400 InvalidPrefixListID.NotFound")
        << action;
  }
  const auto none = ask("DescribeManagedPrefixLists", {{"PrefixListId.1", "pl-0123456789abcdef0"}});
  EXPECT_EQ(none.verdict(), "400 InvalidPrefixListID.NotFound");
  EXPECT_EQ(modify(id, {{"CurrentVersion", "x"}}).verdict(), "400 InvalidParameterValue");
  EXPECT_EQ(modify(id, {{"AddEntry.1.Cidr", "10.0.0.0/8"}, {"RemoveEntry.1.Cidr", "10.0.0.0/8"}})
                .verdict(),
            "400 InvalidParameterValue");
}

TEST_F(PrefixListsTest, OfAnotherAccountAreNotThere) {
  const auto id = create("offices");
  const auto as_bob = [&](const std::string& action, Pairs parameters) {
    parameters["Action"] = action;
    return ec2_.call(ec2_.bob, std::move(parameters));
  };
  EXPECT_THAT(as_bob("DescribeManagedPrefixLists", {}).texts("prefixListId"), IsEmpty());
  EXPECT_THAT(as_bob("DescribePrefixLists", {}).texts("prefixListId"), IsEmpty());
  for (const auto* const action :
       {"ModifyManagedPrefixList", "DeleteManagedPrefixList", "GetManagedPrefixListEntries",
        "GetManagedPrefixListAssociations"}) {
    EXPECT_EQ(as_bob(action, {{"PrefixListId", id}}).verdict(), "400 InvalidPrefixListID.NotFound")
        << action;
  }
  const auto rule = as_bob("AuthorizeSecurityGroupIngress",
                           {{"GroupName", "default"},
                            {"IpPermissions.1.IpProtocol", "-1"},
                            {"IpPermissions.1.PrefixListIds.1.PrefixListId", id}});
  EXPECT_EQ(rule.verdict(), "400 InvalidPrefixListID.NotFound");
}

}  // namespace
}  // namespace netctl::ec2
