#include "netctl/ec2/server/endpoint.h"

#include "tests/unit/ec2/served_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace netctl::ec2 {
namespace {

using netctl::testing::Ec2Answer;
using netctl::testing::KeyPair;
using netctl::testing::ServedEndpoint;
using netctl::testing::usualSettings;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class EndpointTest : public ::testing::Test {
 protected:
  /// A group of alice's; its id.
  std::string group(const std::string& name) {
    return ec2_
        .must({{"Action", "CreateSecurityGroup"}, {"GroupName", name}, {"GroupDescription", name}})
        .text("groupId")
        .value_or("");
  }
  std::string instance(const std::string& name = "web") {
    return ec2_
        .must({{"Action", "RunInstances"},
               {"ImageId", "emi-00000000"},
               {"MinCount", "1"},
               {"MaxCount", "1"},
               {"SecurityGroup.1", name}})
        .text("instanceId")
        .value_or("");
  }
  /// An elastic address of alice's.
  Ec2Answer address() { return ec2_.must({{"Action", "AllocateAddress"}}); }

  static Pairs tcp(const std::string& action, const std::string& name, const std::string& port,
                   const std::string& cidr = "192.0.2.0/24") {
    return {{"Action", action},
            {"GroupName", name},
            {"IpPermissions.1.IpProtocol", "tcp"},
            {"IpPermissions.1.FromPort", port},
            {"IpPermissions.1.ToPort", port},
            {"IpPermissions.1.IpRanges.1.CidrIp", cidr}};
  }
  static Pairs authorize(const std::string& name, const std::string& port) {
    return tcp("AuthorizeSecurityGroupIngress", name, port);
  }
  static Pairs with(Pairs parameters, const Pairs& more) {
    for (const auto& [key, value] : more) parameters[key] = value;
    return parameters;
  }
  std::string verdict(Pairs parameters) { return ec2_.call(std::move(parameters)).verdict(); }

  ServedEndpoint ec2_;
};

TEST_F(EndpointTest, ChecksInOrder) {
  const auto sound = ServedEndpoint::request(ec2_.alice, {{"Action", "DescribeRegions"}});
  EXPECT_EQ(ec2_.send(sound).verdict(), "200");
  auto request = sound;
  request.target = "/elsewhere";
  EXPECT_EQ(ec2_.send(request).verdict(), "400 InvalidAction");
  request = sound;
  request.method = "PUT";
  EXPECT_EQ(ec2_.send(request).verdict(), "400 InvalidAction");
  request = sound;
  request.fields.emplace_back("Transfer-Encoding", "chunked");
  EXPECT_EQ(ec2_.send(request).verdict(), "400 MalformedQueryString");
  request = sound;
  request.body += "&Action=DescribeRegions";
  EXPECT_EQ(ec2_.send(request).verdict(), "400 MalformedQueryString");
  request.body = "";
  request.target = "/?Action=DescribeRegions";
  request.fields = {{"Host", "h"}};
  EXPECT_EQ(ec2_.send(request).verdict(), "403 MissingAuthenticationToken");
  EXPECT_EQ(ec2_.call({"AKINONE", "x"}, {{"Action", "None"}}).verdict(), "401 AuthFailure");
  EXPECT_EQ(ec2_.call({ec2_.alice.id, "x"}, {{"Action", "None"}}).verdict(),
            "403 SignatureDoesNotMatch");
  EXPECT_EQ(verdict({{"Action", "None"}}), "400 InvalidAction");
  EXPECT_EQ(verdict({}), "400 MissingAction");
  EXPECT_EQ(verdict({{"Action", "DescribeRegions"}, {"Version", "latest"}}),
            "400 InvalidParameterValue");
  ec2_.now += std::chrono::minutes(20);
  EXPECT_EQ(verdict({{"Action", "DescribeRegions"}}), "400 RequestExpired");
}

TEST_F(EndpointTest, TakesEnabledKeysOnly) {
  const auto made = ec2_.cloud.must("account.create_key", R"({"owner": "alice"})");
  const KeyPair second{made.at("access_key").as_string().c_str(),
                       made.at("secret_key").as_string().c_str()};
  const Pairs call{{"Action", "DescribeRegions"}};
  EXPECT_EQ(ec2_.call(second, call).verdict(), "200");
  ec2_.cloud.must("account.disable_key",
                  fmt::format(R"({{"owner": "alice", "access_key": "{}"}})", ec2_.alice.id));
  EXPECT_EQ(ec2_.call(ec2_.alice, call).verdict(), "401 AuthFailure");
  EXPECT_EQ(ec2_.call(second, call).verdict(), "200");
  EXPECT_EQ(ec2_.call(ec2_.alice, call).text("Message"),
            ec2_.call({"AKINONE", "x"}, call).text("Message"));
}

TEST_F(EndpointTest, AnswersInTheEnvelopeOfTheVersion) {
  const auto answer = ec2_.must({{"Action", "DescribeRegions"}, {"Version", "2010-08-31"}});
  EXPECT_THAT(answer.body, HasSubstr("<DescribeRegionsResponse "
                                     "xmlns=\"http://ec2.amazonaws.com/doc/2010-08-31/\">"
                                     "<requestId>"));
  EXPECT_THAT(answer.body, HasSubstr("<regionName>netctl</regionName>"));
  const auto refused = ec2_.call({{"Action", "<&>"}});
  EXPECT_THAT(refused.body, HasSubstr("<Response><Errors><Error><Code>InvalidAction</Code>"));
  EXPECT_THAT(refused.body, HasSubstr("&lt;&amp;&gt;"));
  EXPECT_THAT(refused.body, HasSubstr("<RequestID>"));
}

TEST_F(EndpointTest, GroupsComeAndGo) {
  const auto id = group("web");
  EXPECT_EQ(
      verdict(
          {{"Action", "CreateSecurityGroup"}, {"GroupName", "web"}, {"GroupDescription", "web"}}),
      "400 InvalidGroup.Duplicate");
  EXPECT_EQ(
      verdict(
          {{"Action", "CreateSecurityGroup"}, {"GroupName", "default"}, {"GroupDescription", "x"}}),
      "400 InvalidGroup.Reserved");
  EXPECT_EQ(verdict({{"Action", "CreateSecurityGroup"}, {"GroupName", "x"}}),
            "400 MissingParameter");
  EXPECT_EQ(verdict({{"Action", "CreateSecurityGroup"},
                     {"GroupName", "x"},
                     {"GroupDescription", "x"},
                     {"VpcId", "vpc-1"}}),
            "400 InvalidVpcID.NotFound");
  const auto all = ec2_.must({{"Action", "DescribeSecurityGroups"}});
  EXPECT_THAT(all.texts("groupDescription"),
              ::testing::UnorderedElementsAre("web", "default group"));
  EXPECT_EQ(ec2_.must({{"Action", "DeleteSecurityGroup"}, {"GroupId", id}}).text("return"), "true");
  EXPECT_EQ(verdict({{"Action", "DeleteSecurityGroup"}, {"GroupId", id}}),
            "400 InvalidGroup.NotFound");
  EXPECT_EQ(verdict({{"Action", "DeleteSecurityGroup"}, {"GroupName", "default"}}),
            "400 CannotDelete");
  EXPECT_EQ(verdict({{"Action", "DeleteSecurityGroup"}, {"GroupId", "web"}}),
            "400 InvalidGroupId.Malformed");
  EXPECT_EQ(verdict({{"Action", "DeleteSecurityGroup"}}), "400 MissingParameter");
}

TEST_F(EndpointTest, NamesWhatIsMissing) {
  group("web");
  const auto answer = ec2_.call({{"Action", "DescribeSecurityGroups"},
                                 {"GroupName.1", "web"},
                                 {"GroupName.2", "a"},
                                 {"GroupName.3", "b"}});
  EXPECT_EQ(answer.verdict(), "400 InvalidGroup.NotFound");
  EXPECT_EQ(answer.text("Message"), "The security groups &apos;a, b&apos; do not exist");
}

TEST_F(EndpointTest, PermissionsAreAllOrNothing) {
  group("web");
  EXPECT_EQ(verdict(authorize("web", "22")), "200");
  EXPECT_EQ(verdict(authorize("web", "22")), "400 InvalidPermission.Duplicate");
  EXPECT_EQ(verdict(with(authorize("web", "23"),
                         {{"IpPermissions.2.IpProtocol", "6"},
                          {"IpPermissions.2.FromPort", "22"},
                          {"IpPermissions.2.ToPort", "22"},
                          {"IpPermissions.2.IpRanges.1.CidrIp", "192.0.2.7/24"}})),
            "400 InvalidPermission.Duplicate");
  const auto all = ec2_.must({{"Action", "DescribeSecurityGroups"}, {"GroupName.1", "web"}});
  EXPECT_THAT(all.texts("fromPort"), ElementsAre("22"));
  EXPECT_EQ(verdict(tcp("RevokeSecurityGroupIngress", "web", "23")),
            "400 InvalidPermission.NotFound");
  EXPECT_EQ(verdict(tcp("RevokeSecurityGroupIngress", "web", "22")), "200");
}

TEST_F(EndpointTest, PermissionsAreStrict) {
  group("web");
  const auto sound = authorize("web", "22");
  const std::vector<std::pair<Pairs, std::string>> wrong{
      {{{"IpPermissions.1.FromPort", "70000"}}, "InvalidParameterValue"},
      {{{"IpPermissions.1.FromPort", "4294967318"}}, "InvalidParameterValue"},
      {{{"IpPermissions.1.FromPort", "90"}}, "InvalidParameterValue"},
      {{{"IpPermissions.1.FromPort", ""}}, "MissingParameter"},
      {{{"IpPermissions.1.IpProtocol", ""}}, "MissingParameter"},
      {{{"IpPermissions.1.IpProtocol", "256"}}, "InvalidParameterValue"},
      {{{"IpPermissions.1.IpRanges.1.CidrIp", "10.0.0.0/33"}}, "InvalidParameterValue"},
      {{{"IpPermissions.1.IpRanges.1.CidrIp", "10.0.0.0"}}, "InvalidParameterValue"},
      {{{"IpPermissions.1.IpRanges.1.CidrIp", "010.0.0.0/8"}}, "InvalidParameterValue"},
      {{{"IpPermissions.1.IpRanges.1.CidrIp", ""}}, "MissingParameter"},
      {{{"IpPermissions.1.Ipv6Ranges.1.CidrIpv6", "::/129"}}, "InvalidParameterValue"},
      {{{"IpPermissions.1.Ipv6Ranges.1.CidrIpv6", "10.0.0.0/8"}}, "InvalidParameterValue"},
      {{{"IpPermissions.1.PrefixListIds.1.PrefixListId", "pl-1"}}, "InvalidPrefixListId.Malformed"},
      {{{"IpPermissions.1.PrefixListIds.1.PrefixListId", "pl-0123456789abcdef0"}},
       "InvalidPrefixListID.NotFound"},
      {{{"IpPermissions.x.IpProtocol", "tcp"}}, "InvalidParameterValue"},
      {{{"IpProtocol", "tcp"}}, "InvalidParameterCombination"},
      {{{"GroupName", "none"}}, "InvalidGroup.NotFound"},
      {{{"GroupName", ""}}, "MissingParameter"},
      {{{"TagSpecification.1.ResourceType", "security-group"}}, "InvalidParameterValue"}};
  for (const auto& [change, code] : wrong) {
    EXPECT_EQ(verdict(with(sound, change)), "400 " + code) << change.begin()->first;
  }
  EXPECT_EQ(verdict({{"Action", "AuthorizeSecurityGroupIngress"}, {"GroupName", "web"}}),
            "400 MissingParameter");
  EXPECT_THAT(
      ec2_.must({{"Action", "DescribeSecurityGroups"}, {"GroupName.1", "web"}}).texts("fromPort"),
      IsEmpty());
}

TEST_F(EndpointTest, OldClientsAndNewOnesMeanTheirSources) {
  group("web");
  group("db");
  const auto both = with(tcp("AuthorizeSecurityGroupIngress", "web", "22", "0.0.0.0/0"),
                         {{"IpPermissions.1.Groups.1.GroupName", "db"}});
  const auto cidrs = [&] {
    const auto answer = ec2_.must({{"Action", "DescribeSecurityGroups"}, {"GroupName.1", "web"}});
    // The last one is that of what goes out.
    auto found = answer.texts("cidrIp");
    found.pop_back();
    return found;
  };
  ec2_.must(with(both, {{"Version", "2015-10-01"}}));
  EXPECT_THAT(cidrs(), IsEmpty());
  ec2_.must(with(both, {{"Version", "2015-10-01"}, {"Action", "RevokeSecurityGroupIngress"}}));
  ec2_.must(with(both, {{"Version", "2016-11-15"}}));
  EXPECT_THAT(cidrs(), ElementsAre("0.0.0.0/0"));
  ec2_.must(with(both, {{"Action", "RevokeSecurityGroupIngress"}}));
  // A narrower range was meant.
  ec2_.must(
      with(both, {{"Version", "2015-10-01"}, {"IpPermissions.1.IpRanges.1.CidrIp", "10.0.0.0/8"}}));
  EXPECT_THAT(cidrs(), ElementsAre("10.0.0.0/8"));
  ec2_.must({{"Action", "AuthorizeSecurityGroupIngress"},
             {"GroupName", "db"},
             {"SourceSecurityGroupName", "web"},
             {"CidrIp", "0.0.0.0/0"},
             {"IpProtocol", "tcp"},
             {"FromPort", "1"},
             {"ToPort", "2"}});
  const auto db = ec2_.must({{"Action", "DescribeSecurityGroups"}, {"GroupName.1", "db"}});
  EXPECT_THAT(db.texts("cidrIp"), SizeIs(1));
}

TEST_F(EndpointTest, IcmpCodesMayBeLeftOutByOldClients) {
  group("web");
  const Pairs icmp{{"Action", "AuthorizeSecurityGroupIngress"},
                   {"GroupName", "web"},
                   {"IpProtocol", "icmp"},
                   {"CidrIp", "10.0.0.0/8"}};
  EXPECT_EQ(verdict(icmp), "400 MissingParameter");
  EXPECT_EQ(verdict(with(icmp, {{"FromPort", "-1"}})), "400 MissingParameter");
  EXPECT_EQ(verdict(with(icmp, {{"FromPort", "-1"}, {"ToPort", "0"}})),
            "400 InvalidParameterValue");
  EXPECT_EQ(verdict(with(icmp, {{"FromPort", "256"}, {"ToPort", "0"}})),
            "400 InvalidParameterValue");
  ec2_.must(with(icmp, {{"FromPort", "8"}}));
  const auto answer = ec2_.must({{"Action", "DescribeSecurityGroups"}, {"GroupName.1", "web"}});
  EXPECT_EQ(answer.text("fromPort"), "8");
  EXPECT_EQ(answer.text("toPort"), "0");
}

TEST_F(EndpointTest, TheOldestClientsRevokeWhateverThereIsOfASourceGroup) {
  group("web");
  group("db");
  const Pairs revoke{{"Action", "RevokeSecurityGroupIngress"},
                     {"GroupName", "web"},
                     {"SourceSecurityGroupName", "db"},
                     {"SourceSecurityGroupOwnerId", "123456789012"},
                     {"Version", "2012-08-15"}};
  EXPECT_EQ(verdict(revoke), "400 InvalidPermission.NotFound");
  ec2_.must({{"Action", "AuthorizeSecurityGroupIngress"},
             {"GroupName", "web"},
             {"IpPermissions.1.IpProtocol", "udp"},
             {"IpPermissions.1.FromPort", "1"},
             {"IpPermissions.1.ToPort", "65535"},
             {"IpPermissions.1.Groups.1.GroupName", "db"}});
  EXPECT_EQ(verdict(revoke), "200");
  EXPECT_EQ(verdict(with(revoke, {{"Action", "AuthorizeSecurityGroupIngress"}})), "200");
  EXPECT_EQ(verdict(with(revoke, {{"Action", "AuthorizeSecurityGroupIngress"}})),
            "400 InvalidPermission.Duplicate");
}

TEST_F(EndpointTest, RulesHaveIdsAndNotes) {
  const auto web = group("web");
  const auto made = ec2_.must(with(
      authorize("web", "22"), {{"IpPermissions.1.IpRanges.1.Description", "from <the> office"}}));
  const auto rule = made.text("securityGroupRuleId").value_or("");
  EXPECT_THAT(rule, ::testing::MatchesRegex("sgr-[0-9a-f]{17}"));
  const auto all = ec2_.must({{"Action", "DescribeSecurityGroupRules"},
                              {"Filter.1.Name", "group-id"},
                              {"Filter.1.Value.1", web}});
  EXPECT_THAT(all.texts("isEgress"), ::testing::UnorderedElementsAre("true", "false"));
  EXPECT_EQ(all.text("description"), "from &lt;the&gt; office");
  EXPECT_EQ(verdict({{"Action", "DescribeSecurityGroupRules"},
                     {"SecurityGroupRuleId.1", "sgr-00000000000000000"}}),
            "400 InvalidSecurityGroupRuleId.NotFound");
  const Pairs revoke{
      {"Action", "RevokeSecurityGroupIngress"}, {"GroupId", web}, {"SecurityGroupRuleId.1", rule}};
  EXPECT_EQ(verdict(revoke), "200");
  EXPECT_EQ(verdict(revoke), "400 InvalidSecurityGroupRuleId.NotFound");
}

TEST_F(EndpointTest, EgressBeginsWithTheOneRuleThatPermitsAll) {
  const auto web = group("web");
  const Pairs all{{"GroupId", web},
                  {"IpPermissions.1.IpProtocol", "-1"},
                  {"IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"}};
  const auto authorize = with(all, {{"Action", "AuthorizeSecurityGroupEgress"}});
  const auto revoke = with(all, {{"Action", "RevokeSecurityGroupEgress"}});
  EXPECT_EQ(verdict(authorize), "400 InvalidPermission.Duplicate");
  EXPECT_EQ(verdict(revoke), "200");
  EXPECT_EQ(verdict(revoke), "400 InvalidPermission.NotFound");
  const auto answer = ec2_.must(authorize);
  EXPECT_EQ(answer.text("isEgress"), "true");
  const Pairs by_id{{"GroupId", web},
                    {"SecurityGroupRuleId.1", answer.text("securityGroupRuleId").value_or("")}};
  EXPECT_EQ(verdict(with(by_id, {{"Action", "RevokeSecurityGroupIngress"}})),
            "400 InvalidSecurityGroupRuleId.NotFound");
  EXPECT_EQ(verdict(with(by_id, {{"Action", "RevokeSecurityGroupEgress"}})), "200");
  EXPECT_THAT(ec2_.must({{"Action", "DescribeSecurityGroups"}, {"GroupId.1", web}}).texts("cidrIp"),
              ::testing::IsEmpty());
  EXPECT_EQ(verdict(with(authorize, {{"GroupId", "sg-0badbad0"}})), "400 InvalidGroup.NotFound");
}

TEST_F(EndpointTest, ARuleIsChangedByItsId) {
  const auto web = group("web");
  const auto made = ec2_.must(
      with(authorize("web", "22"), {{"TagSpecification.1.ResourceType", "security-group-rule"},
                                    {"TagSpecification.1.Tag.1.Key", "Name"},
                                    {"TagSpecification.1.Tag.1.Value", "ssh"}}));
  const auto rule = made.text("securityGroupRuleId").value_or("");
  const Pairs modify{{"Action", "ModifySecurityGroupRules"},
                     {"GroupId", web},
                     {"SecurityGroupRule.1.SecurityGroupRuleId", rule},
                     {"SecurityGroupRule.1.SecurityGroupRule.IpProtocol", "udp"},
                     {"SecurityGroupRule.1.SecurityGroupRule.FromPort", "53"},
                     {"SecurityGroupRule.1.SecurityGroupRule.ToPort", "54"},
                     {"SecurityGroupRule.1.SecurityGroupRule.CidrIpv4", "10.0.0.0/8"},
                     {"SecurityGroupRule.1.SecurityGroupRule.Description", "names"}};
  EXPECT_EQ(verdict(modify), "200");
  const Pairs by_tag{{"Action", "DescribeSecurityGroupRules"},
                     {"Filter.1.Name", "tag:Name"},
                     {"Filter.1.Value.1", "ssh"}};
  auto shown = ec2_.must(by_tag);
  EXPECT_EQ(shown.text("securityGroupRuleId"), rule);
  EXPECT_EQ(shown.text("ipProtocol"), "udp");
  EXPECT_EQ(shown.text("toPort"), "54");
  EXPECT_EQ(shown.text("description"), "names");
  EXPECT_EQ(shown.text("value"), "ssh");
  const Pairs describe{{"Action", "UpdateSecurityGroupRuleDescriptionsIngress"},
                       {"GroupId", web},
                       {"SecurityGroupRuleDescription.1.SecurityGroupRuleId", rule},
                       {"SecurityGroupRuleDescription.1.Description", "resolvers"}};
  EXPECT_EQ(verdict(describe), "200");
  EXPECT_EQ(ec2_.must(by_tag).text("description"), "resolvers");
  EXPECT_EQ(verdict(with(describe, {{"Action", "UpdateSecurityGroupRuleDescriptionsEgress"}})),
            "400 InvalidSecurityGroupRuleId.NotFound");
  EXPECT_EQ(ec2_.must({{"Action", "DescribeTags"},
                       {"Filter.1.Name", "resource-type"},
                       {"Filter.1.Value.1", "security-group-rule"}})
                .text("resourceId"),
            rule);
  EXPECT_EQ(verdict(with(modify, {{"SecurityGroupRule.1.SecurityGroupRule.CidrIpv4", "10.0.0.0"}})),
            "400 InvalidParameterValue");
  EXPECT_EQ(verdict(with(modify, {{"SecurityGroupRule.1.SecurityGroupRule.CidrIpv6", "::/0"}})),
            "400 InvalidParameterValue");
  EXPECT_EQ(verdict(with(modify, {{"SecurityGroupRule.1.SecurityGroupRule.Unknown", "x"}})),
            "400 UnknownParameter");
}

TEST_F(EndpointTest, PermissionsOfIpv6PrefixesAreKept) {
  const auto web = group("web");
  const Pairs all{{"GroupId", web},
                  {"IpPermissions.1.IpProtocol", "-1"},
                  {"IpPermissions.1.Ipv6Ranges.1.CidrIpv6", "::/0"}};
  const auto revoke = with(all, {{"Action", "RevokeSecurityGroupEgress"}});
  EXPECT_EQ(verdict(revoke), "400 InvalidPermission.NotFound");
  const auto made = ec2_.must(with(all, {{"Action", "AuthorizeSecurityGroupEgress"},
                                         {"IpPermissions.1.Ipv6Ranges.1.Description", "later"}}));
  EXPECT_EQ(made.text("cidrIpv6"), "::/0");
  const auto shown = ec2_.must({{"Action", "DescribeSecurityGroups"}, {"GroupId.1", web}});
  EXPECT_EQ(shown.text("cidrIpv6"), "::/0");
  EXPECT_EQ(shown.text("description"), "later");
  EXPECT_EQ(verdict(revoke), "200");
}

TEST_F(EndpointTest, AddressesGoTheirRounds) {
  group("web");
  const auto one = instance();
  const auto two = instance();
  const auto made = address();
  const auto ip = made.text("publicIp").value_or("");
  const auto allocation = made.text("allocationId").value_or("");
  const Pairs associate{{"Action", "AssociateAddress"}, {"AllocationId", allocation}};
  const auto association =
      ec2_.must(with(associate, {{"InstanceId", one}})).text("associationId").value_or("");
  EXPECT_EQ(verdict(with(associate, {{"InstanceId", two}})), "400 Resource.AlreadyAssociated");
  EXPECT_EQ(verdict(with(associate, {{"InstanceId", two}, {"AllowReassociation", "true"}})), "200");
  EXPECT_EQ(verdict({{"Action", "AssociateAddress"}, {"PublicIp", ip}, {"InstanceId", one}}),
            "200");
  const auto shown = ec2_.must({{"Action", "DescribeAddresses"}, {"PublicIp.1", ip}});
  EXPECT_EQ(shown.text("instanceId"), one);
  EXPECT_EQ(shown.text("associationId"), association);
  EXPECT_EQ(verdict({{"Action", "ReleaseAddress"}, {"PublicIp", ip}}),
            "400 InvalidIPAddress.InUse");
  EXPECT_EQ(verdict({{"Action", "DisassociateAddress"}, {"AssociationId", association}}), "200");
  EXPECT_EQ(verdict({{"Action", "DisassociateAddress"}, {"AssociationId", association}}),
            "400 InvalidAssociationID.NotFound");
  EXPECT_EQ(verdict({{"Action", "DisassociateAddress"}, {"PublicIp", ip}}), "200");
  EXPECT_EQ(verdict({{"Action", "ReleaseAddress"}, {"AllocationId", allocation}}), "200");
  EXPECT_EQ(verdict({{"Action", "ReleaseAddress"}, {"AllocationId", allocation}}),
            "400 InvalidAllocationID.NotFound");
  EXPECT_EQ(verdict({{"Action", "ReleaseAddress"}, {"PublicIp", ip}}),
            "400 InvalidAddress.NotFound");
  EXPECT_EQ(verdict({{"Action", "ReleaseAddress"}, {"PublicIp", "nonsense"}}),
            "400 InvalidParameterValue");
  EXPECT_EQ(verdict({{"Action", "ReleaseAddress"}}), "400 MissingParameter");
  EXPECT_EQ(verdict(with(associate, {{"PublicIp", ip}, {"InstanceId", one}})),
            "400 InvalidParameterCombination");
}

TEST_F(EndpointTest, AssociationsNameAnInstanceOrItsInterface) {
  group("web");
  const auto one = instance();
  const auto shown = ec2_.must({{"Action", "DescribeInstances"}});
  const Pairs associate{{"Action", "AssociateAddress"},
                        {"AllocationId", address().text("allocationId").value_or("")}};
  EXPECT_EQ(verdict(associate), "400 MissingParameter");
  EXPECT_EQ(verdict(with(associate, {{"InstanceId", "i-0badbad0"}})),
            "400 InvalidInstanceID.NotFound");
  EXPECT_EQ(verdict(with(associate, {{"InstanceId", "web"}})), "400 InvalidInstanceID.Malformed");
  EXPECT_EQ(verdict(with(associate, {{"InstanceId", one}, {"PrivateIpAddress", "10.0.0.1"}})),
            "400 InvalidParameterValue");
  EXPECT_EQ(verdict(with(associate,
                         {{"NetworkInterfaceId", shown.text("networkInterfaceId").value_or("")},
                          {"PrivateIpAddress", shown.text("privateIpAddress").value_or("")}})),
            "200");
}

TEST_F(EndpointTest, InstancesRunAndEnd) {
  const auto web = group("web");
  group("db");
  const Pairs run{{"Action", "RunInstances"},
                  {"ImageId", "emi-12345678"},
                  {"InstanceType", "c1.xlarge"},
                  {"MinCount", "2"},
                  {"MaxCount", "2"},
                  {"SecurityGroupId.1", web},
                  {"Placement.AvailabilityZone", "cluster0"},
                  {"ClientToken", "once"},
                  {"TagSpecification.1.ResourceType", "instance"},
                  {"TagSpecification.1.Tag.1.Key", "netctl:device"},
                  {"TagSpecification.1.Tag.1.Value", "vm-{id}"},
                  {"TagSpecification.1.Tag.2.Key", "Name"},
                  {"TagSpecification.1.Tag.2.Value", "front"}};
  const auto made = ec2_.must(run);
  const auto ids = made.texts("instanceId");
  ASSERT_THAT(ids, SizeIs(2));
  EXPECT_EQ(ec2_.must(run).texts("instanceId"), ids) << "the same token means the same instances";
  EXPECT_EQ(verdict(with(run, {{"ImageId", "emi-87654321"}})), "400 IdempotentParameterMismatch");
  const auto shown = ec2_.must({{"Action", "DescribeInstances"}, {"InstanceId.1", ids[0]}});
  EXPECT_EQ(shown.text("imageId"), "emi-12345678");
  EXPECT_EQ(shown.text("instanceType"), "c1.xlarge");
  EXPECT_EQ(shown.text("name"), "pending");
  EXPECT_EQ(shown.text("launchTime"), "2026-11-20T10:35:00.000Z");
  EXPECT_THAT(shown.texts("value"), ElementsAre("front", "vm-{id}"));
  const auto attached = ec2_.cloud.must("instance.describe", "{}");
  EXPECT_THAT(attached.at("instances").at(0).at("device").as_string().c_str(),
              ::testing::StartsWith("vm-i-"));
  const auto ended = ec2_.must(
      {{"Action", "TerminateInstances"}, {"InstanceId.1", ids[0]}, {"InstanceId.2", ids[1]}});
  EXPECT_THAT(ended.texts("name"), ElementsAre("terminated", "pending", "terminated", "pending"));
  EXPECT_EQ(verdict(with(run, {{"MinCount", "3"}})), "400 InvalidParameterCombination");
  EXPECT_EQ(verdict(with(run, {{"SubnetId", "subnet-1"}})), "400 InvalidSubnetID.NotFound");
  EXPECT_EQ(verdict(with(run, {{"Placement.AvailabilityZone", "x"}})), "400 InvalidParameterValue");
  EXPECT_EQ(verdict(with(run, {{"SecurityGroupId.1", "sg-0badbad0"}})),
            "400 InvalidGroup.NotFound");
  EXPECT_EQ(verdict(with(run, {{"UserData", "!"}})), "400 InvalidParameterValue");
}

TEST_F(EndpointTest, InstancesChangeTheirGroups) {
  const auto web = group("web");
  const auto db = group("db");
  const auto id = instance();
  const Pairs modify{{"Action", "ModifyInstanceAttribute"}, {"InstanceId", id}};
  EXPECT_EQ(verdict(with(modify, {{"GroupId.1", db}, {"GroupId.2", web}})), "200");
  EXPECT_THAT(ec2_.must({{"Action", "DescribeInstances"}}).body,
              HasSubstr("<groupName>db</groupName>"));
  EXPECT_EQ(verdict(with(modify, {{"GroupId.1", db}})), "400 InvalidParameterValue");
  EXPECT_EQ(verdict(with(modify, {{"SourceDestCheck.Value", "false"}})),
            "400 UnsupportedOperation");
  EXPECT_EQ(verdict(modify), "400 MissingParameter");
}

TEST_F(EndpointTest, TagsAreKeptAndFound) {
  const auto web = group("web");
  const auto allocation = address().text("allocationId").value_or("");
  ec2_.must({{"Action", "CreateTags"},
             {"ResourceId.1", web},
             {"ResourceId.2", allocation},
             {"Tag.1.Key", "Name"},
             {"Tag.1.Value", "a & b"}});
  EXPECT_THAT(ec2_.must({{"Action", "DescribeTags"}}).texts("resourceType"),
              ElementsAre("elastic-ip", "security-group"));
  const auto found = ec2_.must({{"Action", "DescribeSecurityGroups"},
                                {"Filter.1.Name", "tag:Name"},
                                {"Filter.1.Value.1", "a*b"}});
  EXPECT_THAT(found.texts("value"), ElementsAre("a &amp; b"));
  ec2_.must({{"Action", "DeleteTags"}, {"ResourceId.1", web}, {"Tag.1.Key", "Name"}});
  EXPECT_THAT(ec2_.must({{"Action", "DescribeTags"}}).texts("resourceType"),
              ElementsAre("elastic-ip"));
  EXPECT_EQ(verdict({{"Action", "CreateTags"}, {"ResourceId.1", web}}), "400 MissingParameter");
}

TEST_F(EndpointTest, FiltersAndPages) {
  for (int i = 0; i < 12; ++i) group("group" + std::to_string(i));
  ec2_.must(authorize("group3", "22"));
  const auto names = [&](const Pairs& more) {
    auto found =
        ec2_.must(with({{"Action", "DescribeSecurityGroups"}}, more)).texts("groupDescription");
    return found;
  };
  EXPECT_THAT(names({{"Filter.1.Name", "ip-permission.from-port"}, {"Filter.1.Value.1", "22"}}),
              ElementsAre("group3"));
  EXPECT_THAT(names({{"Filter.2.Value.2", "group5"},
                     {"Filter.2.Value.1", "group4"},
                     {"Filter.1.Name", "group-name"},
                     {"Filter.1.Value.1", "group*"},
                     {"Filter.2.Name", "description"}}),
              ::testing::UnorderedElementsAre("group4", "group5"));
  EXPECT_EQ(verdict({{"Action", "DescribeSecurityGroups"},
                     {"Filter.1.Name", "nonsense"},
                     {"Filter.1.Value.1", "x"}}),
            "400 InvalidParameterValue");
  std::vector<std::string> all;
  Pairs page{{"Action", "DescribeSecurityGroups"}, {"MaxResults", "5"}};
  for (int pages = 0; pages < 3; ++pages) {
    const auto answer = ec2_.must(page);
    for (const auto& name : answer.texts("groupDescription")) all.push_back(name);
    page["NextToken"] = answer.text("nextToken").value_or("");
  }
  EXPECT_EQ(page["NextToken"], "");
  EXPECT_THAT(all, SizeIs(13));
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 13U);
  EXPECT_EQ(verdict({{"Action", "DescribeSecurityGroups"}, {"MaxResults", "4"}}),
            "400 InvalidParameterValue");
  EXPECT_EQ(verdict({{"Action", "DescribeSecurityGroups"}, {"NextToken", "AAAA"}}),
            "400 InvalidNextToken");
}

TEST_F(EndpointTest, DryRunsLeaveNoTrace) {
  const Pairs create{{"Action", "CreateSecurityGroup"},
                     {"GroupName", "web"},
                     {"GroupDescription", "x"},
                     {"DryRun", "true"}};
  EXPECT_EQ(verdict(create), "412 DryRunOperation");
  EXPECT_EQ(verdict(create), "412 DryRunOperation");
  group("web");
  EXPECT_EQ(verdict(create), "400 InvalidGroup.Duplicate");
  EXPECT_EQ(verdict({{"Action", "DescribeRegions"}, {"DryRun", "true"}}), "412 DryRunOperation");
  EXPECT_EQ(verdict({{"Action", "DescribeRegions"}, {"DryRun", "maybe"}}),
            "400 InvalidParameterValue");
}

TEST_F(EndpointTest, PlacesAreOfTheConfiguration) {
  EXPECT_EQ(ec2_.must({{"Action", "DescribeAvailabilityZones"}}).text("zoneName"), "cluster0");
  ec2_.must({{"Action", "DescribeAvailabilityZones"}, {"ZoneName.1", "verbose"}});
  EXPECT_EQ(verdict({{"Action", "DescribeAvailabilityZones"}, {"ZoneName.1", "x"}}),
            "400 InvalidParameterValue");
  const auto vpc = ec2_.must({{"Action", "DescribeVpcs"}});
  EXPECT_EQ(vpc.text("isDefault"), "true");
  EXPECT_EQ(vpc.text("cidrBlock"), "192.168.0.0/16");
  const auto subnet = ec2_.must({{"Action", "DescribeSubnets"},
                                 {"Filter.0.Name", "vpc-id"},
                                 {"Filter.0.Value.0", *vpc.text("vpcId")}});
  EXPECT_EQ(subnet.text("vpcId"), vpc.text("vpcId"));
  EXPECT_EQ(subnet.text("availabilityZone"), "cluster0");
  EXPECT_EQ(verdict({{"Action", "DescribeSubnets"}, {"SubnetId.1", "subnet-12345678"}}),
            "400 InvalidSubnetID.NotFound");
  EXPECT_EQ(ec2_.must({{"Action", "DescribeSecurityGroups"}}).text("vpcId"), vpc.text("vpcId"));
  EXPECT_THAT(ec2_.must({{"Action", "DescribeAccountAttributes"}}).texts("attributeName"),
              SizeIs(4));
}

/// Whatever alice has: to bob it is as if it were not there, word by word.
TEST_F(EndpointTest, AnotherAccountsThingsAreNotThere) {
  const auto web = group("web");
  const auto id = instance();
  const auto made = address();
  const auto ip = made.text("publicIp").value_or("");
  const auto allocation = made.text("allocationId").value_or("");
  const auto rule = ec2_.must(authorize("web", "22")).text("securityGroupRuleId").value_or("");
  ec2_.must({{"Action", "AssociateAddress"}, {"PublicIp", ip}, {"InstanceId", id}});
  const auto association =
      ec2_.must({{"Action", "DescribeAddresses"}}).text("associationId").value_or("");
  ec2_.must({{"Action", "CreateTags"}, {"ResourceId.1", web}, {"Tag.1.Key", "k"}});
  ec2_.call(
      ec2_.bob,
      {{"Action", "CreateSecurityGroup"}, {"GroupName", "own"}, {"GroupDescription", "bob's"}});

  const std::map<std::string, std::string> absent{{web, "sg-0badbad0"},
                                                  {id, "i-0badbad0"},
                                                  {ip, "203.0.113.199"},
                                                  {allocation, "eipalloc-cb0071c7"},
                                                  {rule, "sgr-0badbad0badbad00"},
                                                  {association, "eipassoc-cb0071c7"},
                                                  {"eni-" + id.substr(2), "eni-0badbad0"}};
  const Pairs source{{"IpPermissions.1.IpProtocol", "tcp"},
                     {"IpPermissions.1.FromPort", "22"},
                     {"IpPermissions.1.ToPort", "22"}};
  const std::vector<Pairs> requests{
      {{"Action", "DescribeSecurityGroups"}, {"GroupId.1", web}},
      {{"Action", "DeleteSecurityGroup"}, {"GroupId", web}},
      with(source, {{"Action", "AuthorizeSecurityGroupIngress"},
                    {"GroupId", web},
                    {"IpPermissions.1.IpRanges.1.CidrIp", "10.0.0.0/8"}}),
      with(source, {{"Action", "AuthorizeSecurityGroupIngress"},
                    {"GroupName", "own"},
                    {"IpPermissions.1.Groups.1.GroupId", web}}),
      with(source, {{"Action", "AuthorizeSecurityGroupIngress"},
                    {"GroupName", "own"},
                    {"IpPermissions.1.Groups.1.UserId", "123456789012"},
                    {"IpPermissions.1.Groups.1.GroupId", web}}),
      with(source, {{"Action", "RevokeSecurityGroupIngress"},
                    {"GroupName", "own"},
                    {"IpPermissions.1.Groups.1.UserId", "123456789012"},
                    {"IpPermissions.1.Groups.1.GroupId", web}}),
      {{"Action", "RevokeSecurityGroupIngress"}, {"GroupId", web}, {"SecurityGroupRuleId.1", rule}},
      {{"Action", "RevokeSecurityGroupIngress"},
       {"GroupName", "own"},
       {"SecurityGroupRuleId.1", rule}},
      {{"Action", "AuthorizeSecurityGroupEgress"},
       {"GroupId", web},
       {"IpPermissions.1.IpProtocol", "-1"},
       {"IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"}},
      {{"Action", "RevokeSecurityGroupEgress"},
       {"GroupId", web},
       {"IpPermissions.1.IpProtocol", "-1"},
       {"IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0"}},
      {{"Action", "DescribeSecurityGroupRules"}, {"SecurityGroupRuleId.1", rule}},
      {{"Action", "DescribeAddresses"}, {"PublicIp.1", ip}},
      {{"Action", "DescribeAddresses"}, {"AllocationId.1", allocation}},
      {{"Action", "AllocateAddress"}, {"Address", ip}},
      {{"Action", "ReleaseAddress"}, {"PublicIp", ip}},
      {{"Action", "ReleaseAddress"}, {"AllocationId", allocation}},
      {{"Action", "DisassociateAddress"}, {"PublicIp", ip}},
      {{"Action", "DisassociateAddress"}, {"AssociationId", association}},
      {{"Action", "AssociateAddress"}, {"PublicIp", ip}, {"InstanceId", id}},
      {{"Action", "AssociateAddress"}, {"AllocationId", allocation}, {"InstanceId", id}},
      {{"Action", "DescribeInstances"}, {"InstanceId.1", id}},
      {{"Action", "TerminateInstances"}, {"InstanceId.1", id}},
      {{"Action", "ModifyInstanceAttribute"}, {"InstanceId", id}, {"GroupId.1", web}},
      {{"Action", "ModifyInstanceMetadataOptions"},
       {"InstanceId", id},
       {"HttpEndpoint", "disabled"}},
      {{"Action", "StopInstances"}, {"InstanceId.1", id}},
      {{"Action", "RunInstances"},
       {"ImageId", "x"},
       {"MinCount", "1"},
       {"MaxCount", "1"},
       {"SecurityGroupId.1", web}},
      {{"Action", "CreateTags"}, {"ResourceId.1", web}, {"Tag.1.Key", "k"}},
      {{"Action", "CreateTags"}, {"ResourceId.1", id}, {"Tag.1.Key", "k"}},
      {{"Action", "CreateTags"}, {"ResourceId.1", allocation}, {"Tag.1.Key", "k"}},
      {{"Action", "DeleteTags"}, {"ResourceId.1", allocation}}};
  const auto without = [&](std::string text) {
    for (const auto& [there, none] : absent) {
      for (auto at = text.find(none); at != std::string::npos; at = text.find(none)) {
        text.replace(at, none.size(), there);
      }
    }
    return text;
  };
  for (const auto& request : requests) {
    auto nowhere = request;
    for (auto& [name, value] : nowhere) {
      if (const auto at = absent.find(value); at != absent.end()) value = at->second;
    }
    const auto to_other = ec2_.call(ec2_.bob, request);
    const auto to_none = ec2_.call(ec2_.bob, nowhere);
    const auto action = request.at("Action");
    EXPECT_EQ(to_other.status, 400) << action << to_other.body;
    EXPECT_EQ(to_other.verdict(), to_none.verdict()) << action;
    EXPECT_EQ(to_other.text("Message"), without(to_none.text("Message").value_or(""))) << action;
  }
  // And nothing of hers is in what he may list.
  for (const auto* const action : {"DescribeSecurityGroups", "DescribeSecurityGroupRules",
                                   "DescribeAddresses", "DescribeInstances", "DescribeTags"}) {
    const auto answer = ec2_.call(ec2_.bob, {{"Action", action}});
    EXPECT_EQ(answer.status, 200);
    for (const auto& [there, none] : absent) EXPECT_THAT(answer.body, Not(HasSubstr(there)));
  }
  EXPECT_THAT(ec2_.must({{"Action", "DescribeInstances"}}).texts("instanceId"), ElementsAre(id));
}

/// Whether another account has a group of some name is not to be found out by naming it as source.
TEST_F(EndpointTest, SourceGroupsAreTheAccountsOwn) {
  group("web");
  ec2_.call(ec2_.bob, {{"Action", "CreateSecurityGroup"},
                       {"GroupName", "monitoring"},
                       {"GroupDescription", "bob's"}});
  const auto answer =
      ec2_.call(ec2_.bob, {{"Action", "DescribeSecurityGroups"}, {"GroupName.1", "monitoring"}});
  const auto bob = answer.text("ownerId").value_or("");
  const auto id = answer.text("groupId").value_or("");
  const auto from = [&](const std::string& user, const std::string& name) {
    const bool by_id = name.starts_with("sg-");
    const auto refused = ec2_.call(
        {{"Action", "AuthorizeSecurityGroupIngress"},
         {"GroupName", "web"},
         {"IpPermissions.1.IpProtocol", "-1"},
         {"IpPermissions.1.Groups.1.UserId", user},
         {by_id ? "IpPermissions.1.Groups.1.GroupId" : "IpPermissions.1.Groups.1.GroupName",
          name}});
    return refused.verdict() + " " + refused.text("Message").value_or("");
  };
  for (const auto& name : {std::string("monitoring"), id, std::string("default")}) {
    const auto absent = fmt::format(
        "400 InvalidGroup.NotFound The security group &apos;{}&apos; does not exist", name);
    if (name != "default") {
      EXPECT_EQ(from("", name), absent);
    }
    EXPECT_EQ(from(bob, name), absent);
    EXPECT_EQ(from("999999999999", name), absent);
  }
  EXPECT_EQ(verdict({{"Action", "AuthorizeSecurityGroupIngress"},
                     {"GroupName", "web"},
                     {"SourceSecurityGroupName", "monitoring"},
                     {"SourceSecurityGroupOwnerId", bob}}),
            "400 InvalidGroup.NotFound");
  EXPECT_THAT(from("bob", "monitoring"), HasSubstr("InvalidParameterValue"));
}

/// An administrator may let one account's instances into another's: that is shown, and can be
/// taken back as it is shown.
TEST_F(EndpointTest, WhatAnAdministratorPermittedIsShownAndRevoked) {
  group("web");
  ec2_.call(ec2_.bob, {{"Action", "CreateSecurityGroup"},
                       {"GroupName", "monitoring"},
                       {"GroupDescription", "bob's"}});
  ec2_.cloud.must("group.authorize", R"({"owner": "alice", "group": "web", "permissions":
      [{"protocol": "tcp", "from_port": 22, "to_port": 22,
        "groups": [{"owner": "bob", "group": "monitoring"}]}]})");
  const auto shown = ec2_.must({{"Action", "DescribeSecurityGroups"}, {"GroupName.1", "web"}});
  EXPECT_THAT(shown.body, Not(HasSubstr("monitoring")));
  const auto user = shown.text("userId").value_or("");
  EXPECT_NE(user, "123456789012");
  const auto source = shown.body.substr(shown.body.find("<userId>"));
  const auto id = source.substr(source.find("sg-"), 11);
  const Pairs same{{"GroupName", "web"},
                   {"IpPermissions.1.IpProtocol", "tcp"},
                   {"IpPermissions.1.FromPort", "22"},
                   {"IpPermissions.1.ToPort", "22"},
                   {"IpPermissions.1.Groups.1.UserId", user},
                   {"IpPermissions.1.Groups.1.GroupId", id}};
  EXPECT_EQ(verdict(with(same, {{"Action", "AuthorizeSecurityGroupIngress"}})),
            "400 InvalidPermission.Duplicate");
  EXPECT_EQ(verdict(with(same, {{"Action", "RevokeSecurityGroupIngress"}})), "200");
  EXPECT_EQ(verdict(with(same, {{"Action", "RevokeSecurityGroupIngress"}})),
            "400 InvalidGroup.NotFound");
}

/// A device is a host's, and the instance that has it an account's.
TEST_F(EndpointTest, ATakenDeviceTellsNothingOfItsHolder) {
  const auto run = [&](const KeyPair& key) {
    return ec2_.call(key, {{"Action", "RunInstances"},
                           {"ImageId", "emi-00000000"},
                           {"MinCount", "1"},
                           {"MaxCount", "1"},
                           {"TagSpecification.1.ResourceType", "instance"},
                           {"TagSpecification.1.Tag.1.Key", "netctl:device"},
                           {"TagSpecification.1.Tag.1.Value", "vnet0"}});
  };
  const auto id = run(ec2_.alice).text("instanceId").value_or("none");
  EXPECT_THAT(run(ec2_.alice).body, HasSubstr(id));
  const auto refused = run(ec2_.bob);
  EXPECT_EQ(refused.verdict(), "400 InvalidDevice.InUse");
  EXPECT_THAT(refused.body, Not(HasSubstr(id)));
}

TEST(Endpoint, LimitsAccountsWithTheirCodes) {
  auto settings = usualSettings();
  settings.limits = {
      {cloud::Limit::Addresses, 1}, {cloud::Limit::Groups, 2}, {cloud::Limit::Permissions, 1}};
  ServedEndpoint ec2(settings);
  const auto group = [&](const std::string& name) {
    return ec2
        .call({{"Action", "CreateSecurityGroup"}, {"GroupName", name}, {"GroupDescription", "x"}})
        .verdict();
  };
  EXPECT_EQ(group("one"), "200");
  EXPECT_EQ(group("two"), "200");
  EXPECT_EQ(group("three"), "400 SecurityGroupLimitExceeded");
  EXPECT_EQ(ec2.call({{"Action", "AllocateAddress"}}).verdict(), "200");
  EXPECT_EQ(ec2.call({{"Action", "AllocateAddress"}}).verdict(), "400 AddressLimitExceeded");
  ec2.cloud.must("account.modify", R"({"name": "alice", "addresses": 2})");
  EXPECT_EQ(ec2.call({{"Action", "AllocateAddress"}}).verdict(), "200");
  const auto everything = [&](const std::string& cidr) {
    return ec2
        .call({{"Action", "AuthorizeSecurityGroupIngress"},
               {"GroupName", "one"},
               {"IpProtocol", "-1"},
               {"CidrIp", cidr}})
        .verdict();
  };
  EXPECT_EQ(everything("10.0.0.0/8"), "200");
  EXPECT_EQ(everything("11.0.0.0/8"), "400 RulesPerSecurityGroupLimitExceeded");
}

}  // namespace
}  // namespace netctl::ec2
