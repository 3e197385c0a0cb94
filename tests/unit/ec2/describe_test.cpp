#include "tests/unit/ec2/served_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace netctl::ec2 {
namespace {

using netctl::testing::Ec2Answer;
using netctl::testing::ServedEndpoint;
using netctl::testing::usualSettings;

/// A group with a permission of each kind of source, an instance in it with an elastic address, and
/// one more of each that nothing is like.
class DescribeTest : public ::testing::Test {
 protected:
  DescribeTest() {
    web_ = make({{"Action", "CreateSecurityGroup"},
                 {"GroupName", "web"},
                 {"GroupDescription", "the front"},
                 {"TagSpecification.1.ResourceType", "security-group"},
                 {"TagSpecification.1.Tag.1.Key", "Name"},
                 {"TagSpecification.1.Tag.1.Value", "front"}},
                "groupId");
    db_ = make({{"Action", "CreateSecurityGroup"}, {"GroupName", "db"}, {"GroupDescription", "x"}},
               "groupId");
    rule_ = make({{"Action", "AuthorizeSecurityGroupIngress"},
                  {"GroupId", web_},
                  {"IpPermissions.1.IpProtocol", "tcp"},
                  {"IpPermissions.1.FromPort", "22"},
                  {"IpPermissions.1.ToPort", "23"},
                  {"IpPermissions.1.IpRanges.1.CidrIp", "192.0.2.0/24"},
                  {"IpPermissions.1.Groups.1.GroupId", db_}},
                 "securityGroupRuleId");
    instance_ = run("web", "c1.xlarge");
    run("db", "m1.large");
    address_ = make({{"Action", "AllocateAddress"}}, "publicIp");
    ec2_.must({{"Action", "AllocateAddress"}});
    association_ =
        make({{"Action", "AssociateAddress"}, {"PublicIp", address_}, {"InstanceId", instance_}},
             "associationId");
    shown_ = ec2_.must({{"Action", "DescribeInstances"}, {"InstanceId.1", instance_}});
    addresses_ = ec2_.must({{"Action", "DescribeAddresses"}, {"PublicIp.1", address_}});
  }

  std::string make(Pairs parameters, const std::string& element) {
    return ec2_.must(std::move(parameters)).text(element).value_or("");
  }
  std::string run(const std::string& group, const std::string& type) {
    return make({{"Action", "RunInstances"},
                 {"ImageId", "emi-" + group},
                 {"InstanceType", type},
                 {"MinCount", "1"},
                 {"MaxCount", "1"},
                 {"SecurityGroup.1", group},
                 {"TagSpecification.1.ResourceType", "instance"},
                 {"TagSpecification.1.Tag.1.Key", "for"},
                 {"TagSpecification.1.Tag.1.Value", group}},
                "instanceId");
  }
  Ec2Answer filtered(const std::string& action, const std::string& filter,
                     const std::string& value) {
    return ec2_.must({{"Action", action}, {"Filter.1.Name", filter}, {"Filter.1.Value.1", value}});
  }
  /// Each filter finds what has the value, and nothing where nobody has it.
  void expectFilters(const std::string& action, const std::string& element,
                     const std::map<std::string, std::string>& filters, const std::string& found) {
    for (const auto& [filter, value] : filters) {
      EXPECT_THAT(filtered(action, filter, value).texts(element), ::testing::Contains(found))
          << filter << " " << value;
      EXPECT_THAT(filtered(action, filter, "nobody-has-it").texts(element), ::testing::IsEmpty())
          << filter;
    }
  }
  std::string of(const Ec2Answer& answer, const std::string& element) const {
    return answer.text(element).value_or("no " + element);
  }

  ServedEndpoint ec2_;
  std::string web_, db_, rule_, instance_, address_, association_;
  Ec2Answer shown_, addresses_;
};

TEST_F(DescribeTest, GroupsByEachFilter) {
  expectFilters("DescribeSecurityGroups", "groupDescription",
                {{"description", "the front"},
                 {"egress.ip-permission.cidr", "0.0.0.0/0"},
                 {"egress.ip-permission.protocol", "-1"},
                 {"group-id", web_},
                 {"group-name", "w?b"},
                 {"ip-permission.cidr", "192.0.2.0/24"},
                 {"ip-permission.from-port", "22"},
                 {"ip-permission.group-id", db_},
                 {"ip-permission.group-name", "db"},
                 {"ip-permission.protocol", "tcp"},
                 {"ip-permission.to-port", "23"},
                 {"ip-permission.user-id", "123456789012"},
                 {"owner-id", "123456789012"},
                 {"tag-key", "Name"},
                 {"tag-value", "front"},
                 {"tag:Name", "fr*"}},
                "the front");
  for (const auto* const nothing :
       {"egress.ip-permission.from-port", "egress.ip-permission.group-id",
        "egress.ip-permission.group-name", "egress.ip-permission.to-port",
        "egress.ip-permission.user-id"}) {
    EXPECT_THAT(filtered("DescribeSecurityGroups", nothing, "*").texts("groupId"),
                ::testing::IsEmpty())
        << nothing;
  }
}

TEST_F(DescribeTest, InstancesByEachFilter) {
  expectFilters("DescribeInstances", "instanceId",
                {{"availability-zone", "cluster0"},
                 {"group-id", web_},
                 {"group-name", "web"},
                 {"image-id", "emi-web"},
                 {"instance-id", instance_},
                 {"instance-state-code", "0"},
                 {"instance-state-name", "pending"},
                 {"instance-type", "c1.*"},
                 {"instance.group-id", web_},
                 {"instance.group-name", "web"},
                 {"ip-address", address_},
                 {"owner-id", "123456789012"},
                 {"private-ip-address", of(shown_, "privateIpAddress")},
                 {"reservation-id", of(shown_, "reservationId")},
                 {"tag-key", "for"},
                 {"tag-value", "web"},
                 {"tag:for", "web"}},
                instance_);
  EXPECT_THAT(filtered("DescribeInstances", "ip-address", address_).texts("instanceType"),
              ::testing::ElementsAre("c1.xlarge"));
}

TEST_F(DescribeTest, AValueMayBeEmpty) {
  ec2_.must({{"Action", "CreateTags"},
             {"ResourceId.1", instance_},
             {"Tag.1.Key", "empty"},
             {"Tag.1.Value", ""}});
  EXPECT_THAT(filtered("DescribeInstances", "tag:empty", "").texts("instanceId"),
              ::testing::ElementsAre(instance_));
  EXPECT_THAT(filtered("DescribeInstances", "tag:for", "").texts("instanceId"),
              ::testing::IsEmpty());
}

TEST_F(DescribeTest, AddressesByEachFilter) {
  ec2_.must({{"Action", "CreateTags"},
             {"ResourceId.1", of(addresses_, "allocationId")},
             {"Tag.1.Key", "for"},
             {"Tag.1.Value", "web"}});
  expectFilters("DescribeAddresses", "publicIp",
                {{"allocation-id", of(addresses_, "allocationId")},
                 {"association-id", association_},
                 {"domain", "vpc"},
                 {"instance-id", instance_},
                 {"network-interface-id", of(addresses_, "networkInterfaceId")},
                 {"network-interface-owner-id", "123456789012"},
                 {"private-ip-address", of(shown_, "privateIpAddress")},
                 {"public-ip", address_},
                 {"tag-key", "for"},
                 {"tag-value", "web"},
                 {"tag:for", "web"}},
                address_);
}

TEST_F(DescribeTest, RulesTagsAndPlacesByEachFilter) {
  expectFilters("DescribeSecurityGroupRules", "securityGroupRuleId",
                {{"group-id", web_}, {"security-group-rule-id", rule_}}, rule_);
  expectFilters("DescribeTags", "resourceId",
                {{"key", "Name"},
                 {"resource-id", web_},
                 {"resource-type", "security-group"},
                 {"tag:Name", "front"},
                 {"value", "front"}},
                web_);
  expectFilters("DescribeAvailabilityZones", "zoneName",
                {{"group-name", "netctl"},
                 {"opt-in-status", "opt-in-not-required"},
                 {"region-name", "netctl"},
                 {"state", "available"},
                 {"zone-id", "netctl-az1"},
                 {"zone-name", "cluster0"},
                 {"zone-type", "availability-zone"}},
                "cluster0");
  expectFilters("DescribeRegions", "regionName",
                {{"endpoint", "127.0.0.1:8773"},
                 {"opt-in-status", "opt-in-not-required"},
                 {"region-name", "net*"}},
                "netctl");
}

/// All pages together are what there is, each once.
TEST(Describe, GivesPagesOfEveryKind) {
  auto settings = usualSettings();
  settings.limits[cloud::Limit::Groups] = 100;
  ServedEndpoint ec2(settings);
  constexpr std::size_t kCount = 12;
  for (std::size_t i = 0; i < kCount; ++i) {
    ec2.must({{"Action", "CreateSecurityGroup"},
              {"GroupName", fmt::format("g{}", i)},
              {"GroupDescription", "x"},
              {"TagSpecification.1.ResourceType", "security-group"},
              {"TagSpecification.1.Tag.1.Key", "number"},
              {"TagSpecification.1.Tag.1.Value", std::to_string(i)}});
    ec2.must({{"Action", "RunInstances"},
              {"ImageId", "x"},
              {"MinCount", "1"},
              {"MaxCount", "1"},
              {"AddressingType", "private"},
              {"SecurityGroup.1", "g0"}});
  }
  for (const auto& [action, element] :
       std::map<std::string, std::string>{{"DescribeSecurityGroups", "groupName"},
                                          {"DescribeSecurityGroupRules", "securityGroupRuleId"},
                                          {"DescribeInstances", "instanceId"},
                                          {"DescribeTags", "value"}}) {
    const auto whole = ec2.must({{"Action", action}}).texts(element);
    Pairs page{{"Action", action}, {"MaxResults", "5"}};
    std::vector<std::string> all;
    do {
      const auto answer = ec2.must(page);
      const auto some = answer.texts(element);
      EXPECT_LE(some.size(), 5U) << action;
      all.insert(all.end(), some.begin(), some.end());
      page["NextToken"] = answer.text("nextToken").value_or("");
    } while (!page["NextToken"].empty());
    EXPECT_EQ(all, whole) << action;
    EXPECT_GE(std::set<std::string>(all.begin(), all.end()).size(), kCount) << action;
    EXPECT_EQ(ec2.call({{"Action", action}, {"MaxResults", "1001"}}).verdict(),
              "400 InvalidParameterValue");
    EXPECT_EQ(ec2.call({{"Action", action}, {"NextToken", "nonsense"}}).verdict(),
              "400 InvalidNextToken");
  }
}

}  // namespace
}  // namespace netctl::ec2
