#include "tests/unit/ec2/served_endpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace netctl::ec2 {
namespace {

using netctl::testing::Ec2Answer;
using netctl::testing::kThen;
using netctl::testing::ServedEndpoint;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class EndedInstancesTest : public ::testing::Test {
 protected:
  EndedInstancesTest() : id_(run()) {}

  std::string run() {
    return ec2_
        .must({{"Action", "RunInstances"},
               {"ImageId", "emi-1"},
               {"InstanceType", "c1.xlarge"},
               {"MinCount", "1"},
               {"MaxCount", "1"},
               {"TagSpecification.1.ResourceType", "instance"},
               {"TagSpecification.1.Tag.1.Key", "Name"},
               {"TagSpecification.1.Tag.1.Value", "front"}})
        .text("instanceId")
        .value();
  }
  Ec2Answer terminate() { return act("TerminateInstances", "InstanceId.1"); }
  Ec2Answer describe() { return act("DescribeInstances", "InstanceId.1"); }
  Ec2Answer act(const std::string& action, const std::string& parameter) {
    return ec2_.call({{"Action", action}, {parameter, id_}});
  }

  ServedEndpoint ec2_;
  std::string id_;
};

TEST_F(EndedInstancesTest, AreShownForAnHour) {
  EXPECT_THAT(terminate().texts("name"), ElementsAre("terminated", "pending"));
  ec2_.now = kThen + std::chrono::minutes(14);
  const auto shown = describe();
  EXPECT_EQ(shown.text("name"), "terminated");
  EXPECT_EQ(shown.text("instanceType"), "c1.xlarge");
  EXPECT_EQ(shown.text("launchTime"), "2026-11-20T10:35:00.000Z");
  EXPECT_EQ(shown.text("value"), "front");
  for (const auto* const gone : {"privateIpAddress", "vpcId", "networkInterfaceId", "groupId"}) {
    EXPECT_FALSE(shown.text(gone)) << gone;
  }
  const auto found = [&](const std::string& filter, const std::string& value) {
    return ec2_
        .must({{"Action", "DescribeInstances"},
               {"Filter.1.Name", filter},
               {"Filter.1.Value.1", value}})
        .texts("instanceId");
  };
  EXPECT_THAT(found("instance-state-name", "terminated"), ElementsAre(id_));
  EXPECT_THAT(found("instance-state-code", "48"), ElementsAre(id_));
  EXPECT_THAT(found("tag:Name", "front"), ElementsAre(id_));
  EXPECT_THAT(found("network-interface.mac-address", "*"), IsEmpty());
  EXPECT_THAT(found("vpc-id", "*"), IsEmpty());
}

TEST_F(EndedInstancesTest, AreNotShownAfterAnHour) {
  bool has_ended = false;
  const auto an_hour_ago = kThen - std::chrono::hours(1);
  ec2_.cloud.controller().submit(
      cloud::DetachInstance{.instance = cloud::InstanceId::parse(id_).value(), .now = an_hour_ago},
      {}, [&](const controller::View&, const auto& applied) { has_ended = applied.has_value(); });
  while (!has_ended) ec2_.cloud.io.run_one();
  EXPECT_EQ(describe().verdict(), "400 InvalidInstanceID.NotFound");
  EXPECT_EQ(terminate().verdict(), "400 InvalidInstanceID.NotFound");
  EXPECT_THAT(ec2_.must({{"Action", "DescribeInstances"}}).texts("instanceId"), IsEmpty());
}

TEST_F(EndedInstancesTest, HaveAStatus) {
  terminate();
  EXPECT_THAT(ec2_.must({{"Action", "DescribeInstanceStatus"}}).texts("instanceId"), IsEmpty());
  const auto all = ec2_.must({{"Action", "DescribeInstanceStatus"},
                              {"IncludeAllInstances", "true"},
                              {"InstanceId.1", id_}});
  EXPECT_EQ(all.text("name"), "terminated");
  EXPECT_THAT(all.texts("status"), ElementsAre("not-applicable", "not-applicable"));
}

TEST_F(EndedInstancesTest, EndOnceMore) {
  terminate();
  EXPECT_THAT(terminate().texts("name"), ElementsAre("terminated", "terminated"));
  EXPECT_EQ(
      ec2_.call(ec2_.bob, {{"Action", "TerminateInstances"}, {"InstanceId.1", id_}}).verdict(),
      "400 InvalidInstanceID.NotFound");
  EXPECT_EQ(ec2_.call(ec2_.bob, {{"Action", "DescribeInstances"}, {"InstanceId.1", id_}}).verdict(),
            "400 InvalidInstanceID.NotFound");
  EXPECT_THAT(ec2_.call(ec2_.bob, {{"Action", "DescribeInstances"}}).texts("instanceId"),
              IsEmpty());
}

TEST_F(EndedInstancesTest, MakeRoomForTheSameId) {
  ec2_.cloud.must("instance.detach", R"({"instance_id": ")" + id_ + R"("})");
  EXPECT_EQ(describe().text("name"), "terminated");
  ec2_.cloud.must("instance.attach",
                  R"({"owner": "alice", "device": "vnet0", "instance_id": ")" + id_ + R"("})");
  EXPECT_THAT(describe().texts("instanceId"), ElementsAre(id_));
  EXPECT_EQ(describe().text("name"), "running");
}

TEST_F(EndedInstancesTest, AndOthersAreNotPowered) {
  for (const auto* const action : {"RebootInstances", "StartInstances", "StopInstances"}) {
    EXPECT_EQ(act(action, "InstanceId.1").verdict(), "400 UnsupportedOperation") << action;
    EXPECT_EQ(ec2_.call({{"Action", action}}).verdict(), "400 MissingParameter") << action;
    EXPECT_EQ(ec2_.call({{"Action", action}, {"InstanceId.1", "i-00000fff"}}).verdict(),
              "400 InvalidInstanceID.NotFound")
        << action;
  }
}

}  // namespace
}  // namespace netctl::ec2
