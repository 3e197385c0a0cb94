#include "netctl/store/etcd/values.h"

#include "netctl/store/etcd/meta.h"
#include "netctl/store/etcd/operations.h"
#include "tests/support/example_cloud.h"
#include "tests/support/random_commands.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace netctl::store {
namespace {

/// The cloud as its keys and values make it.
cloud::Cloud throughValues(const cloud::Cloud& cloud) {
  const cloud::Cloud none(cloud.settings());
  cloud::Cloud made(cloud.settings());
  for (const auto& [key, value] : operationsOf(cloud::difference(none, cloud), "").puts) {
    const auto read = etcd_values::readInto(made, key, value);
    EXPECT_TRUE(read) << read.error().message;
  }
  return made;
}

/// Each member of each object has another value than the default.
cloud::Cloud fullCloud() {
  using std::chrono::seconds;
  using std::chrono::sys_seconds;
  const auto id = cloud::InstanceId::parse("i-0A1B2C3D").value();
  cloud::Cloud cloud(testing::smallSettings());
  cloud.put(cloud::Account{{"000000000001"},
                           "alice",
                           {{cloud::Limit::Groups, 7}, {cloud::Limit::AutomaticAddresses, 0}}});
  cloud.put(cloud::AccessKey{"AKIA1", {"000000000001"}, "secret \"\\ \u00e9", false});
  cloud.put(cloud::KeyPair{.id = {"key-00000000000000001"},
                           .owner = {"000000000001"},
                           .name = "laptop",
                           .public_key = "ssh-ed25519 AAAA",
                           .fingerprint = "aa:bb",
                           .created = sys_seconds(seconds(1700000001)),
                           .resource_tags = {{"Name", "a"}}});
  cloud.put(cloud::PrefixList{.id = {"pl-00000000000000001"},
                              .owner = {"000000000001"},
                              .name = "list",
                              .family = cloud::AddressFamily::Ipv6,
                              .max_entries = 9,
                              .version = 3,
                              .modified = true,
                              .client_token = "token",
                              .entries = {{net::parseIpv6Prefix("2001:db8::/32").value(), "doc"}},
                              .resource_tags = {{"k", ""}}});
  cloud::Group group{.id = {"sg-00000001"},
                     .owner = {"000000000001"},
                     .name = "web",
                     .description = "web servers",
                     .permissions = {},
                     .tag = net::Tag{7},
                     .last_tag = net::Tag{8},
                     .details = {},
                     .resource_tags = {{"team", "x"}}};
  const cloud::Permission tcp{net::kTcp, {80, 443}, {}, testing::prefix("192.0.2.0/24")};
  group.permissions = {tcp,
                       cloud::everythingOut(),
                       {net::kIcmp, {}, {8, 0}, cloud::GroupId{"sg-00000001"}},
                       {net::kUdp,
                        {53, 53},
                        {},
                        cloud::PrefixListId{"pl-00000000000000001"},
                        cloud::Direction::Egress}};
  group.details[tcp] = {"the web", "sgr-1", {{"n", "v"}}};
  cloud.put(group);
  cloud.put(cloud::Instance{.id = id,
                            .owner = {"000000000001"},
                            .groups = {{"sg-00000001"}},
                            .node = "n1",
                            .device = "vnet0",
                            .mac = net::parseMacAddress("d0:0d:0a:1b:2c:3d").value(),
                            .tag = net::Tag{7},
                            .address_index = 9,
                            .private_address = net::parseIpv4Address("172.16.0.9").value(),
                            .addressing = cloud::Addressing::Private,
                            .user_data = std::string("\0\xff bytes", 8),
                            .attributes = {{"image", "ami-1"}},
                            .seen_device = "tap0",
                            .attached = sys_seconds(seconds(1700000002)),
                            .resource_tags = {{"Name", "one"}},
                            .metadata = {true, 3, false, true}});
  cloud.put(cloud::EndedInstance{.id = cloud::InstanceId::parse("i-0A1B2C3E").value(),
                                 .owner = {"000000000001"},
                                 .attached = sys_seconds(seconds(5)),
                                 .ended = sys_seconds(seconds(6)),
                                 .attributes = {{"a", "b"}},
                                 .resource_tags = {{"c", "d"}}});
  cloud.put(cloud::Address{.address = net::parseIpv4Address("203.0.113.10").value(),
                           .owner = {"000000000001"},
                           .instance = id,
                           .automatic = true,
                           .client_token = "t",
                           .resource_tags = {{"e", "f"}},
                           .long_id = true});
  cloud.put(cloud::ReturnedAddress{
      net::parseIpv4Address("203.0.113.11").value(), {"000000000001"}, sys_seconds(seconds(77))});
  cloud.put(cloud::Forward{.address = net::parseIpv4Address("203.0.113.12").value(),
                           .protocol = net::kTcp,
                           .ports = {8000, 8009},
                           .owner = {"000000000001"},
                           .instance = id,
                           .instance_port = 80});
  return cloud;
}

TEST(EtcdValues, HoldEachMemberOfEachObject) {
  const auto cloud = fullCloud();
  const auto made = throughValues(cloud);
  EXPECT_TRUE(made == cloud);
  // Ids compare without case, and sums do not.
  EXPECT_EQ(format(inventoryOf(made)), format(inventoryOf(cloud)));
}

TEST(EtcdValues, HoldWhatCommandsMake) {
  for (std::uint32_t seed = 1; seed <= 10; ++seed) {
    cloud::Cloud cloud(testing::smallSettings());
    testing::RandomCommands commands(seed);
    for (int i = 0; i < 1500; ++i) {
      (void)cloud::run(cloud, commands.next(cloud));
      (void)cloud.takeChanges();
    }
    ASSERT_FALSE(cloud.groups().empty());
    const auto made = throughValues(cloud);
    EXPECT_TRUE(made == cloud) << seed;
    EXPECT_EQ(format(inventoryOf(made)), format(inventoryOf(cloud))) << seed;
    EXPECT_TRUE(etcd_values::checkReferences(made)) << seed;
  }
}

std::string errorOf(std::string_view key, std::string_view value) {
  cloud::Cloud cloud(testing::smallSettings());
  const auto read = etcd_values::readInto(cloud, key, value);
  return read ? "" : read.error().message;
}

TEST(EtcdValues, ErrorsNameKeyMemberAndValue) {
  const auto wrong =
      errorOf("access-keys/A", R"({"id":"A","owner":7,"secret":"s","enabled":true})");
  EXPECT_NE(wrong.find("access-keys/A"), std::string::npos) << wrong;
  EXPECT_NE(wrong.find("owner"), std::string::npos) << wrong;
  EXPECT_NE(wrong.find("7"), std::string::npos) << wrong;
  EXPECT_NE(errorOf("accounts/1", "{"), "");
  EXPECT_NE(errorOf("accounts/1", "[]"), "");
  EXPECT_NE(errorOf("accounts/1", R"({"id":"1","name":"a","limits":{"cats":1}})"), "");
  EXPECT_NE(errorOf("accounts/1", R"({"id":"1","name":"a","limits":{},"more":1})"), "");
  EXPECT_NE(errorOf("accounts/1", R"({"id":"2","name":"a","limits":{}})"), "");
  EXPECT_EQ(errorOf("accounts/1", R"({"id":"1","name":"a","limits":{}})"), "");
  EXPECT_NE(errorOf("forwards/203.0.113.12,6,80",
                    R"({"address":"203.0.113.12","protocol":6,"first_port":80,"last_port":79,)"
                    R"("owner":"1","instance":"i-00000001","instance_port":1})"),
            "");
  EXPECT_NE(errorOf("cats/1", "{}").find("cats/1"), std::string::npos);
  EXPECT_NE(errorOf("forwards/203.0.113.12,6,80",
                    R"({"address":"203.0.113.12","protocol":6,"first_port":80,"last_port":70000,)"
                    R"("owner":"1","instance":"i-00000001","instance_port":1})"),
            "");
}

TEST(EtcdValues, TwoThatHaveWhatOnlyOneMayHaveAreAnError) {
  cloud::Cloud cloud(testing::smallSettings());
  const auto put = [&](const char* key, const char* value) {
    return etcd_values::readInto(cloud, key, value);
  };
  ASSERT_TRUE(put("accounts/1", R"({"id":"1","name":"alice","limits":{}})"));
  const auto second = put("accounts/2", R"({"id":"2","name":"alice","limits":{}})");
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message.find("accounts/2"), std::string::npos);
}

TEST(EtcdValues, WhatRefersToNothingIsNamed) {
  auto cloud = fullCloud();
  cloud.erase(cloud::GroupId{"sg-00000001"});
  const auto checked = etcd_values::checkReferences(cloud);
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().message.find("instances/i-0a1b2c3d"), std::string::npos)
      << checked.error().message;
}

TEST(EtcdValues, MetaAndReviewsAreReadAsWritten) {
  CloudMeta meta{"id", "writer", "host", "last", inventoryOf(fullCloud()), "MANAGED", "s", "32"};
  const auto read = parseMeta(format(meta));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, meta);
  auto newer = format(meta);
  newer.replace(newer.find("\"format\":1"), 10, "\"format\":2");
  EXPECT_EQ(parseMeta(newer).error().code, ErrorCode::Unsupported);
  EXPECT_FALSE(parseMeta("{}"));
  const PendingReviews pending{{net::parseIpv4Address("10.0.0.1").value()},
                               {net::parseIpv4Address("10.0.0.2").value()}};
  EXPECT_EQ(parseReviews(format(pending)).value(), pending);
  EXPECT_FALSE(parseReviews(R"({"review":["x"],"keep":[]})"));
}

TEST(EtcdOperations, WhatATransactionDoesNotHoldIsRefusedByName) {
  cloud::Cloud cloud(testing::smallSettings());
  for (int i = 0; i < 101; ++i) {
    cloud.put(cloud::Account{{fmt::format("{:012}", i)}, fmt::format("a{}", i)});
  }
  const auto many = checkCommand(operationsOf(cloud.takeChanges(), "/netctl/"));
  ASSERT_FALSE(many);
  EXPECT_NE(many.error().message.find("101 objects"), std::string::npos) << many.error().message;
  EXPECT_FALSE(many.error().retryable());
  cloud.put(cloud::AccessKey{"A", {"000000000001"}, std::string(1100000, 'x')});
  const auto large = checkCommand(operationsOf(cloud.takeChanges(), "/netctl/"));
  ASSERT_FALSE(large);
  EXPECT_NE(large.error().message.find("/netctl/access-keys/A"), std::string::npos);
  cloud.put(cloud::AccessKey{"A", {"000000000001"}, std::string(1000000, 'x')});
  EXPECT_TRUE(checkCommand(operationsOf(cloud.takeChanges(), "/netctl/")));
}

}  // namespace
}  // namespace netctl::store
