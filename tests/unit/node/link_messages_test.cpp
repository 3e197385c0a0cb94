#include "netctl/node/link_messages.h"

#include "tests/support/example_cloud.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace netctl::node {
namespace {

using ::testing::HasSubstr;

cloud::Part examplePart() {
  const auto settings = testing::smallSettings();
  cloud::Part part;
  part.settings = {settings.mode,       settings.plan,
                   settings.mac_prefix, "zone-1",
                   "region-1",          {{{0x02, 0, 0, 0, 0, 1}}, {{0x02, 0, 0, 0, 0, 2}}}};
  part.settings.plan.tags.clear();
  part.networks[{2}] = {{"sg-00000001"}, {"000000000001"}, "web \"servers\""};
  const auto put = [&](const char* id, std::uint32_t index, std::optional<std::string> device) {
    const auto instance = testing::instance(id);
    part.instances[instance] = {.tag = net::Tag{2},
                                .address_index = index,
                                .private_address = settings.plan.host({2}, index),
                                .mac = instance.mac(settings.mac_prefix),
                                .device = std::move(device)};
  };
  put("i-00000001", 9, "vnet0");
  put("i-00000002", 10, "");
  put("i-0000000A", 11, std::nullopt);
  put("i-0000000B", 12, "vnet2");
  part.instances.at(testing::instance("i-0000000B")).migration = cloud::PartMigration::Leaves;
  put("i-0000000C", 13, "");
  part.instances.at(testing::instance("i-0000000C")).migration = cloud::PartMigration::Arrives;
  return part;
}

TEST(LinkMessages, OfAClusterComesBackAsItWas) {
  const auto part = examplePart();
  const auto whole = decodeFromCluster(encode(FromCluster(WholePart{"c1", {"e1", 7}, part})));
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(std::get<WholePart>(*whole).part, part);
  EXPECT_EQ(std::get<WholePart>(*whole).cluster, "c1");
  EXPECT_EQ(std::get<WholePart>(*whole).revision, (Revision{"e1", 7}));
  auto difference = cloud::difference({}, part);
  difference.networks[{3}] = std::nullopt;
  difference.instances[testing::instance("i-00000009")] = std::nullopt;
  const auto change = decodeFromCluster(encode(FromCluster(PartChange{7, {"e1", 8}, difference})));
  ASSERT_TRUE(change) << change.error().message;
  EXPECT_EQ(std::get<PartChange>(*change).difference, difference);
  EXPECT_EQ(std::get<PartChange>(*change).base, 7U);
  EXPECT_EQ(std::get<PartChange>(*change).revision, (Revision{"e1", 8}));
  EXPECT_EQ(std::get<Refusal>(*decodeFromCluster(encode(FromCluster(Refusal{"no"})))).reason, "no");
}

TEST(LinkMessages, OfANodeComesBackAsItWas) {
  const auto failed = testing::instance("i-00000001");
  const auto waiting = testing::instance("i-00000002");
  const Report report{"0123456789abcdef",
                      {.revision = std::uint64_t{1} << 62U,
                       .not_in_force = {"bridge eucabr2: no such device"},
                       .ports = {{failed, {cloud::PortState::Failed, "why"}},
                                 {waiting, {cloud::PortState::Waiting, ""}}},
                       .addresses = {{failed, net::parseIpv4Address("192.0.2.1").value()},
                                     {waiting, std::nullopt}}}};
  const auto decoded = decodeFromNode(encode(FromNode(report)));
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(std::get<Report>(*decoded), report);
  const auto hello = decodeFromNode(encode(FromNode(Hello{kProtocol, "n1", "c1", {"e1", 3}})));
  EXPECT_EQ(std::get<Hello>(*hello).cluster, "c1");
}

/// Every member that is taken away, added or made another type is noticed.
TEST(LinkMessages, IsReadStrictly) {
  const auto text = encode(FromCluster(WholePart{"c1", {"e1", 7}, examplePart()}));
  int tried = 0;
  const std::function<void(boost::json::value&, const boost::json::value&)> twist =
      [&](boost::json::value& at, const boost::json::value& whole) {
        if (!at.is_object()) return;
        std::vector<std::string> keys;
        for (const auto& member : at.get_object()) keys.emplace_back(member.key());
        const auto expect_refused = [&](const std::string& what) {
          ++tried;
          EXPECT_FALSE(decodeFromCluster(boost::json::serialize(whole))) << what;
        };
        at.get_object()["extra"] = 1;
        expect_refused("an extra member beside " + keys.front());
        at.get_object().erase("extra");
        for (const auto& key : keys) {
          const auto former = at.get_object().at(key);
          at.get_object().at(key) =
              former.is_array() ? boost::json::value(1) : boost::json::value(boost::json::array{});
          expect_refused("another type as " + key);
          at.get_object().at(key) = former;
          twist(at.get_object().at(key), whole);
        }
      };
  auto value = boost::json::parse(text);
  twist(value, value);
  EXPECT_GT(tried, 40);
  EXPECT_TRUE(decodeFromCluster(boost::json::serialize(value)));
}

TEST(LinkMessages, HoldsNoWrongValues) {
  const auto text = encode(FromCluster(WholePart{"c1", {"e1", 7}, examplePart()}));
  const auto with = [&](const std::string& from, const std::string& to) {
    auto changed = text;
    const auto at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at == std::string::npos) return std::string("nothing was changed");
    changed.replace(at, from.size(), to);
    const auto decoded = decodeFromCluster(changed);
    return decoded ? "it was taken" : decoded.error().message;
  };
  EXPECT_THAT(with("10.0.0.0/24", "10.0.0.1/24"), HasSubstr("part.settings.subnet"));
  EXPECT_THAT(with("\"network_size\":16", "\"network_size\":24"), HasSubstr("address plan"));
  EXPECT_THAT(with("sg-00000001", "sg-1"), HasSubstr("part.networks.2.group"));
  EXPECT_THAT(with("\"2\":{", "\"02\":{"), HasSubstr("part.networks.02: has a wrong name"));
  EXPECT_THAT(with("vnet0", "../vnet0"), HasSubstr("i-00000001.device"));
  EXPECT_THAT(with("\"leaves\"", "\"stays\""), HasSubstr("i-0000000B.migration"));
  EXPECT_THAT(with("i-00000002", "i-0000000a"), HasSubstr("is there twice"));
  EXPECT_THAT(with("\"index\":9", "\"index\":10"), HasSubstr("address plan"));
  EXPECT_THAT(with("\"protocol\":4", "\"protocol\":5"), HasSubstr("another version"));
  EXPECT_THAT(with("\"type\":\"part\"", "\"type\":\"hello\""),
              HasSubstr("type: 'hello' is not known"));
}

TEST(LinkMessages, NameAllThatIsWrong) {
  const auto decoded = decodeFromNode(
      R"({"type":"report","epoch":"e1","revision":-1,"not_in_force":[1],"greeting":"ahoy"})");
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, ErrorCode::InvalidArgument);
  std::vector<std::string> wrong;
  for (const auto& fault : decoded.error().faults) wrong.push_back(fault.where);
  EXPECT_THAT(wrong,
              ::testing::UnorderedElementsAre("ports", "greeting", "revision", "not_in_force[0]"));
}

TEST(LinkMessages, ThatANodeHasStoredOutliveAnUpdate) {
  const auto text = encode(FromCluster(WholePart{"c1", {"e1", 7}, examplePart()}));
  const auto today = decodeStored(text);
  ASSERT_TRUE(today) << today.error().message;
  EXPECT_EQ(today->revision, (Revision{"e1", 7}));

  auto stored = boost::json::parse(text).as_object();
  stored.erase("epoch");
  EXPECT_FALSE(decodeStored(boost::json::serialize(stored)));
  auto former = examplePart();
  former.settings.gateway_macs.clear();
  stored["part"].as_object()["settings"].as_object().erase("gateway_macs");
  for (const int protocol : {2, 3}) {
    stored["protocol"] = protocol;
    if (protocol == 3) stored["epoch"] = "e1";
    const auto before = decodeStored(boost::json::serialize(stored));
    ASSERT_TRUE(before) << before.error().message;
    EXPECT_EQ(before->part, former);
    EXPECT_EQ(before->revision, (Revision{"", 7})) << "nobody can report about it";
  }
  EXPECT_FALSE(decodeFromCluster(boost::json::serialize(stored))) << "only from the disk";
  EXPECT_FALSE(decodeStored(encode(FromCluster(Refusal{"no"}))));
}

}  // namespace
}  // namespace netctl::node
