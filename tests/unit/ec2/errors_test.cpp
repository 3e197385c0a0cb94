#include "netctl/ec2/answer/answer.h"
#include "tests/unit/ec2/served_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/post.hpp>

namespace netctl::ec2 {
namespace {

using netctl::testing::ServedEndpoint;
using netctl::testing::usualSettings;
using ::testing::HasSubstr;
using ::testing::Not;

/// All codes that clients know for what is served here, by their statuses. Those of a client's
/// mistake are never 5xx, or the client would ask again and again.
TEST(Errors, HaveTheirStatuses) {
  const std::map<int, std::vector<std::string>> codes{
      {400,
       {"RequestExpired",
        "IncompleteSignature",
        "InvalidAction",
        "MissingAction",
        "MissingParameter",
        "InvalidParameterValue",
        "InvalidParameterCombination",
        "UnknownParameter",
        "MalformedQueryString",
        "InvalidGroup.NotFound",
        "InvalidGroup.Duplicate",
        "InvalidGroup.InUse",
        "InvalidGroup.Reserved",
        "InvalidGroupId.Malformed",
        "CannotDelete",
        "InvalidPermission.Duplicate",
        "InvalidPermission.NotFound",
        "InvalidPermission.Malformed",
        "InvalidSecurityGroupRuleId.NotFound",
        "RulesPerSecurityGroupLimitExceeded",
        "SecurityGroupLimitExceeded",
        "AddressLimitExceeded",
        "InvalidAddress.NotFound",
        "InvalidAllocationID.NotFound",
        "InvalidAssociationID.NotFound",
        "InvalidIPAddress.InUse",
        "Resource.AlreadyAssociated",
        "InvalidInstanceID.NotFound",
        "InvalidInstanceID.Malformed",
        "IncorrectInstanceState",
        "DependencyViolation",
        "InvalidNextToken",
        "InsufficientAddressCapacity",
        "UnsupportedOperation"}},
      {401, {"AuthFailure"}},
      {403, {"SignatureDoesNotMatch", "MissingAuthenticationToken", "UnauthorizedOperation"}},
      {408, {"RequestTimeout"}},
      {412, {"DryRunOperation"}},
      {413, {"RequestEntityTooLarge"}},
      {500, {"InternalError"}},
      {503, {"RequestLimitExceeded", "Unavailable"}}};
  for (const auto& [status, of_status] : codes) {
    for (const auto& code : of_status) EXPECT_EQ(statusOf(code), status) << code;
  }
}

TEST(Errors, OfOurOwnTellNoSecrets) {
  const auto internal = failure({ErrorCode::Internal, "", "row 7 of table keys is broken"});
  EXPECT_EQ(internal.status, 500);
  EXPECT_THAT(internal.body, HasSubstr("<Code>InternalError</Code>"));
  EXPECT_THAT(internal.body, Not(HasSubstr("row 7")));
  const auto busy = failure({ErrorCode::Busy, "XtablesLock", "another program has the lock"});
  EXPECT_EQ(busy.status, 503);
  EXPECT_THAT(busy.body, HasSubstr("<Code>Unavailable</Code>"));
  EXPECT_THAT(busy.body, HasSubstr("another program has the lock"));
}

class ErrorsTest : public ::testing::Test {
 protected:
  std::string verdict(Pairs parameters) { return ec2_.call(std::move(parameters)).verdict(); }
  void group(const std::string& name) {
    ec2_.must({{"Action", "CreateSecurityGroup"}, {"GroupName", name}, {"GroupDescription", "x"}});
  }
  static Pairs run(const std::string& group, const std::string& token = "") {
    return {{"Action", "RunInstances"}, {"ImageId", "emi-00000000"}, {"MinCount", "1"},
            {"MaxCount", "1"},          {"SecurityGroup.1", group},  {"ClientToken", token}};
  }

  ServedEndpoint ec2_;
};

TEST_F(ErrorsTest, AGroupInUseIsADependency) {
  group("web");
  group("db");
  const Pairs remove{{"Action", "DeleteSecurityGroup"}, {"GroupName", "web"}};
  const Pairs source{{"GroupName", "db"},
                     {"IpPermissions.1.IpProtocol", "-1"},
                     {"IpPermissions.1.Groups.1.GroupName", "web"}};
  auto authorize = source;
  authorize["Action"] = "AuthorizeSecurityGroupIngress";
  ec2_.must(authorize);
  EXPECT_EQ(verdict(remove), "400 DependencyViolation");
  auto revoke = source;
  revoke["Action"] = "RevokeSecurityGroupIngress";
  ec2_.must(revoke);
  const auto id = ec2_.must(run("web")).text("instanceId").value_or("");
  EXPECT_EQ(verdict(remove), "400 DependencyViolation");
  ec2_.must({{"Action", "TerminateInstances"}, {"InstanceId.1", id}});
  EXPECT_EQ(verdict(remove), "200");
}

TEST_F(ErrorsTest, SignaturesThatAreNoneAreIncomplete) {
  auto request = ServedEndpoint::request(ec2_.alice, {{"Action", "DescribeRegions"}});
  for (const auto* const wrong : {"AWS4-HMAC-SHA256 Credential=a", "AWS4-ECDSA-P256-SHA256 x",
                                  "Basic YWxpY2U6c2VjcmV0", "AWS4-HMAC-SHA256"}) {
    request.fields.back().second = wrong;
    EXPECT_EQ(ec2_.send(request).verdict(), "400 IncompleteSignature") << wrong;
  }
}

TEST_F(ErrorsTest, TooManyParametersAreMalformed) {
  Pairs parameters{{"Action", "DescribeRegions"}};
  for (std::size_t i = 0; i < kMaxParameters; ++i) parameters["P." + std::to_string(i)] = "x";
  EXPECT_EQ(verdict(parameters), "400 MalformedQueryString");
}

TEST_F(ErrorsTest, AnInstanceThatEndsBeforeItIsInForceIsNotAnswered) {
  group("web");
  const auto request = run("web", "once");
  const auto id = ec2_.must(request).text("instanceId").value_or("");
  const auto detach = fmt::format(R"({{"instance_id": "{}"}})", id);
  ec2_.cloud.must("instance.detach", detach);
  // Comes right behind the request, into the same batch.
  bool detached = false;
  ec2_.cloud.controller().read([&](const controller::View&) {
    boost::asio::post(ec2_.cloud.io, [&] {
      ec2_.cloud.api().call("instance.detach", boost::json::parse(detach),
                            [&](const Result<boost::json::value>&) { detached = true; });
    });
  });
  EXPECT_EQ(verdict(request), "400 IncorrectInstanceState");
  EXPECT_TRUE(detached);
}

TEST(Errors, OfAnEmptyPoolAreNotAskedForAgain) {
  auto settings = usualSettings();
  settings.limits[cloud::Limit::Addresses] = 1000;
  ServedEndpoint ec2(settings);
  const Pairs allocate{{"Action", "AllocateAddress"}};
  auto last = ec2.call(allocate);
  for (int i = 0; i < 1000 && last.status == 200; ++i) last = ec2.call(allocate);
  EXPECT_EQ(last.verdict(), "400 InsufficientAddressCapacity");
  EXPECT_EQ(ec2.call({{"Action", "RunInstances"},
                      {"ImageId", "emi-00000000"},
                      {"MinCount", "1"},
                      {"MaxCount", "1"}})
                .verdict(),
            "400 InsufficientAddressCapacity");
}

}  // namespace
}  // namespace netctl::ec2
