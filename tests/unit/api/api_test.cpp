#include "netctl/api/method.h"
#include "netctl/api/timestamp.h"
#include "tests/support/served/served_cloud.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace netctl::api {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ServedCloud;

std::vector<std::string> keys(const json::value& value) {
  std::vector<std::string> result;
  for (const auto& member : value.as_object()) result.emplace_back(member.key());
  return result;
}

/// The member of every object of a list.
std::vector<std::string> column(const json::value& value, std::string_view list,
                                std::string_view name) {
  std::vector<std::string> result;
  for (const auto& object : value.at(list).as_array())
    result.emplace_back(object.at(name).as_string());
  return result;
}

/// alice with the group web, and bob.
class ApiTest : public ::testing::Test {
 protected:
  void SetUp() override {
    cloud.must("account.create", R"({"name": "alice"})");
    cloud.must("account.create", R"({"name": "bob"})");
    cloud.must("group.create",
               R"({"owner": "alice", "name": "web", "description": "web servers"})");
  }

  /// Counts the commits.
  std::uint64_t revision() {
    std::uint64_t revision = 0;
    cloud.read([&](const controller::View& view) { revision = view.revision; });
    return revision;
  }

  ServedCloud cloud;
};

TEST_F(ApiTest, ShowsASecretOnlyWhereItIsMade) {
  const auto made = cloud.must("account.create", R"({"name": "carol"})");
  EXPECT_THAT(keys(made), ElementsAre("name", "account_id", "access_key", "secret_key", "changed",
                                      "in_force", "not_in_force"));
  const auto again = cloud.must("account.create", R"({"name": "carol"})");
  EXPECT_EQ(again.at("changed"), false);
  EXPECT_EQ(again.at("account_id"), made.at("account_id"));
  EXPECT_FALSE(again.as_object().contains("secret_key"));
  const std::string secret(made.at("secret_key").as_string());
  for (const char* method : {"account.describe", "events.list", "system.status"}) {
    EXPECT_THAT(json::serialize(cloud.must(method, "{}")), ::testing::Not(HasSubstr(secret)))
        << method;
  }
}

TEST_F(ApiTest, ComparesInstanceIdsWithoutCase) {
  cloud.must("instance.attach",
             R"({"instance_id": "i-0A1B2C3D", "owner": "alice", "groups": ["web"]})");
  EXPECT_THAT(column(cloud.must("instance.describe", R"({"ids": ["i-0a1b2c3d"]})"), "instances",
                     "instance_id"),
              ElementsAre("i-0A1B2C3D"));
}

TEST_F(ApiTest, ManagesKeys) {
  const auto made = cloud.must("account.create_key", R"({"owner": "alice"})");
  EXPECT_EQ(made.at("owner"), "alice");
  const auto which =
      json::serialize(json::object{{"owner", "alice"}, {"access_key", made.at("access_key")}});
  cloud.must("account.disable_key", which);
  const auto shown =
      cloud.must("account.describe", R"({"name": "alice"})").at("accounts").at(0).at("keys");
  ASSERT_EQ(shown.as_array().size(), 2U);
  EXPECT_EQ(shown.at(1).at("enabled"), false);
  EXPECT_EQ(cloud.must("account.delete_key", which).at("changed"), true);
  EXPECT_EQ(cloud.must("account.delete_key", which).at("changed"), false);
}

TEST_F(ApiTest, ShowsAPrivateKeyOnce) {
  const auto* const create = R"({"owner": "alice", "name": "deploy"})";
  const auto dry = cloud.must("key.create", R"({"owner": "alice", "name": "x", "dry_run": true})");
  EXPECT_FALSE(dry.at("result").as_object().contains("private_key"));
  const auto made = cloud.must("key.create", create);
  EXPECT_TRUE(made.at("private_key").as_string().starts_with("-----BEGIN OPENSSH PRIVATE KEY"));
  const auto again = cloud.ask("key.create", create);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().reason, "InvalidKeyPair.Duplicate");
  const auto shown = cloud.must("key.describe", R"({"owner": "alice"})").at("key_pairs");
  ASSERT_EQ(shown.as_array().size(), 1U);
  EXPECT_THAT(keys(shown.at(0)), ElementsAre("key_pair_id", "name", "owner", "owner_id", "type",
                                             "fingerprint", "public_key", "created"));
  EXPECT_EQ(shown.at(0).at("fingerprint"), made.at("fingerprint"));
  const auto import = json::serialize(
      json::object{{"owner", "alice"}, {"name", "deploy"}, {"public_key", made.at("public_key")}});
  EXPECT_EQ(cloud.must("key.import", import).at("changed"), false);
  EXPECT_EQ(cloud.must("key.delete", R"({"owner": "alice", "key_pair": "deploy"})").at("changed"),
            true);
  EXPECT_EQ(cloud.must("key.delete", R"({"owner": "alice", "key_pair": "deploy"})").at("changed"),
            false);
}

TEST_F(ApiTest, ShowsTheKeysOfTheDesign) {
  cloud.must("address.allocate", R"({"owner": "alice"})");
  const auto attached = cloud.must(
      "instance.attach",
      R"({"instance_id": "i-0A1B2C3D", "owner": "alice", "groups": ["web"], "device": "vnet0"})");
  EXPECT_THAT(keys(attached),
              ElementsAre("instance_id", "owner", "owner_id", "groups", "node", "device", "mac",
                          "private_ip", "public_ip", "tag", "address_index", "attributes",
                          "metadata", "port", "reason", "destination", "netmask", "gateway",
                          "bridge", "changed", "in_force", "not_in_force"));
  EXPECT_EQ(attached.at("bridge"), "br0");
  EXPECT_EQ(attached.at("netmask"), "255.255.255.224");
  EXPECT_EQ(attached.at("mac"), "d0:0d:0a:1b:2c:3d");
  EXPECT_EQ(attached.at("port"), "open");
  EXPECT_EQ(attached.at("in_force"), true);
  const auto instance = cloud.must("instance.describe", "{}").at("instances").at(0);
  EXPECT_THAT(keys(instance),
              ElementsAre("instance_id", "owner", "owner_id", "groups", "node", "device", "mac",
                          "private_ip", "public_ip", "tag", "address_index", "attributes",
                          "metadata", "port", "reason", "destination"));
  EXPECT_TRUE(instance.at("destination").is_null());
  EXPECT_THAT(keys(instance.at("groups").at(0)), ElementsAre("group", "group_id"));
  const auto addresses = cloud.must("address.describe", R"({"owner": "alice"})").at("addresses");
  ASSERT_EQ(addresses.as_array().size(), 2U);
  EXPECT_THAT(keys(addresses.at(0)), ElementsAre("address", "owner", "owner_id", "instance_id",
                                                 "automatic", "allocation_id"));
  EXPECT_TRUE(addresses.at(0).at("instance_id").is_null());
  EXPECT_EQ(addresses.at(1).at("instance_id"), "i-0A1B2C3D");
  EXPECT_EQ(addresses.at(1).at("automatic"), true);
  const auto network = cloud.must("network.describe", "{}").at("networks").at(0);
  EXPECT_THAT(keys(network), ElementsAre("tag", "subnet", "owner", "owner_id", "group", "group_id",
                                         "gateway", "instances"));
  EXPECT_EQ(network.at("instances"), 1);
  const auto node = cloud.must("node.describe", "{}").at("nodes").at(0);
  EXPECT_THAT(keys(node), ElementsAre("name", "state", "since", "in_force"));
}

TEST_F(ApiTest, AnswersAtOnceWhereTheDeviceIsNotThereYet) {
  const auto attached = cloud.must(
      "instance.attach",
      R"({"instance_id": "i-0A1B2C3D", "owner": "alice", "groups": ["web"], "device": "vnet9"})");
  EXPECT_EQ(attached.at("port"), "waiting");
  EXPECT_EQ(attached.at("bridge"), "br0");
}

TEST_F(ApiTest, ShowsPermissionsAsTheyAreRevoked) {
  cloud.must("group.authorize", R"({"owner": "alice", "group": "web", "permissions": [
    {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidrs": ["10.1.2.3/8"], "groups": [{"owner": "bob", "group": "default"}]},
    {"protocol": "tcp", "from_port": 22, "to_port": 22, "cidrs": ["192.0.2.0/24"]},
    {"protocol": "icmp", "icmp_type": 8, "cidrs": ["0.0.0.0/0"]}, {"protocol": "47", "cidrs": ["0.0.0.0/0"]}]})");
  const auto group =
      cloud.must("group.describe", R"({"owner": "alice", "group": "web"})").at("groups").at(0);
  const auto& permissions = group.at("permissions");
  EXPECT_EQ(group.at("owner"), "alice");
  ASSERT_EQ(permissions.as_array().size(), 4U);
  EXPECT_EQ(permissions.at(1).at("cidrs"), json::parse(R"(["10.0.0.0/8", "192.0.2.0/24"])"));
  EXPECT_EQ(permissions.at(1).at("groups").at(0).at("owner"), "bob");
  EXPECT_EQ(permissions.at(1).at("groups").at(0).at("group"), "default");
  EXPECT_EQ(
      permissions.at(0),
      json::parse(
          R"({"direction": "ingress", "protocol": "icmp", "icmp_type": 8, "icmp_code": -1, "cidrs": ["0.0.0.0/0"], "groups": []})"));
  EXPECT_EQ(
      permissions.at(2),
      json::parse(
          R"({"direction": "ingress", "protocol": "47", "cidrs": ["0.0.0.0/0"], "groups": []})"));
  EXPECT_EQ(
      permissions.at(3),
      json::parse(
          R"({"direction": "egress", "protocol": "all", "cidrs": ["0.0.0.0/0"], "groups": []})"));
  const auto revoked =
      cloud.call("group.revoke",
                 json::object{{"owner", "alice"}, {"group", "web"}, {"permissions", permissions}});
  ASSERT_TRUE(revoked) << revoked.error().message;
  EXPECT_EQ(revoked->at("permissions"), json::array{});
}

TEST_F(ApiTest, LeavesNoTraceOfADryRun) {
  const auto before = json::serialize(cloud.must("group.describe", "{}"));
  const auto dry = cloud.must(
      "instance.attach",
      R"({"instance_id": "i-0A1B2C3D", "owner": "alice", "groups": ["web"], "device": "vnet0", "dry_run": true})");
  EXPECT_THAT(keys(dry), ElementsAre("plan", "result"));
  EXPECT_FALSE(dry.at("plan").at("steps").as_array().empty());
  EXPECT_THAT(keys(dry.at("plan").at("steps").at(0)),
              ElementsAre("phase", "action", "object", "detail"));
  EXPECT_EQ(dry.at("result").at("private_ip"), "192.168.0.9");
  EXPECT_EQ(dry.at("result").at("changed"), true);
  EXPECT_TRUE(cloud.must("instance.describe", "{}").at("instances").as_array().empty());
  EXPECT_EQ(json::serialize(cloud.must("group.describe", "{}")), before);
  const auto account = cloud.must("account.create", R"({"name": "carol", "dry_run": true})");
  EXPECT_FALSE(account.at("result").as_object().contains("secret_key"));
  EXPECT_FALSE(cloud.ask("account.describe", R"({"name": "carol"})"));
}

TEST_F(ApiTest, SaysThatARepetitionChangedNothing) {
  const auto* const create = R"({"owner": "alice", "name": "web", "description": "web servers"})";
  EXPECT_EQ(cloud.must("group.create", create).at("changed"), false);
  EXPECT_EQ(cloud.must("group.delete", R"({"owner": "alice", "group": "web"})").at("changed"),
            true);
  EXPECT_EQ(cloud.must("group.delete", R"({"owner": "alice", "group": "web"})").at("changed"),
            false);
  EXPECT_EQ(cloud.must("instance.detach", R"({"instance_id": "i-0A1B2C3D"})").at("changed"), false);
}

TEST_F(ApiTest, SaysWhatIsNotInForceAndWhy) {
  cloud.host.fault = [](const host::Step&) { return true; };
  const auto attached = cloud.must(
      "instance.attach",
      R"({"instance_id": "i-0A1B2C3D", "owner": "alice", "groups": ["web"], "device": "vnet0"})");
  EXPECT_EQ(attached.at("changed"), true);
  EXPECT_EQ(attached.at("in_force"), false);
  const auto& left = attached.at("not_in_force");
  ASSERT_FALSE(left.as_array().empty());
  EXPECT_THAT(keys(left.at(0)), ElementsAre("object", "reason", "retryable"));
  const auto status = cloud.must("system.status", "{}");
  EXPECT_EQ(status.at("in_force"), false);
  EXPECT_FALSE(status.at("not_in_force").as_array().empty());
}

TEST_F(ApiTest, ShowsTheDefaultGroupOfAnAccount) {
  EXPECT_THAT(column(cloud.must("group.describe", "{}"), "groups", "group"), ElementsAre("web"));
  EXPECT_THAT(column(cloud.must("group.describe", R"({"owner": "bob"})"), "groups", "group"),
              ElementsAre("default"));
  EXPECT_THAT(column(cloud.must("group.describe", R"({"owner": "alice", "group": "web"})"),
                     "groups", "group"),
              ElementsAre("web"));
}

TEST_F(ApiTest, OnlyLooksWhereItDescribes) {
  const auto before = revision();
  const auto groups = cloud.must("group.describe", R"({"owner": "bob"})").at("groups");
  ASSERT_EQ(groups.as_array().size(), 1U);
  EXPECT_EQ(cloud.must("group.describe", R"({"owner": "bob", "group": "default"})").at("groups"),
            groups);
  const json::object named{{"owner", "bob"}, {"ids", json::array{groups.at(0).at("group_id")}}};
  EXPECT_EQ(cloud.call("group.describe", named).value().at("groups"), groups);
  EXPECT_EQ(revision(), before);
  // The first command that names the group makes it as it was shown.
  auto permit = json::parse(
      R"({"owner": "bob", "permissions": [{"protocol": "all", "cidrs": ["192.0.2.0/24"]}]})");
  permit.as_object()["group"] = groups.at(0).at("group_id");
  const auto made = cloud.call("group.authorize", permit);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->at("group_id"), groups.at(0).at("group_id"));
  EXPECT_EQ(made->at("name"), "default");
}

TEST_F(ApiTest, DescribesOnANodeHost) {
  auto settings = testing::usualSettings();
  settings.host.role = cloud::Role::Node;
  ServedCloud node(settings);
  node.hold([](cloud::Cloud& part) {
    part.put(cloud::Account{.id = {"000000000001"}, .name = "alice"});
    part.put(cloud::Group{.id = {"sg-0000000a"}, .owner = {"000000000001"}, .name = "web"});
  });
  // What the part lacks is the cluster host's to tell.
  EXPECT_THAT(column(node.must("group.describe", R"({"owner": "alice"})"), "groups", "group"),
              ElementsAre("web"));
  for (const auto* method : {"account.describe", "group.describe", "address.describe",
                             "instance.describe", "network.describe"}) {
    EXPECT_TRUE(node.ask(method, R"({"owner": "alice"})")) << method;
  }
  EXPECT_EQ(node.ask("group.delete", R"({"owner": "alice", "group": "web"})").error().code,
            ErrorCode::Unsupported);
}

TEST_F(ApiTest, NamesEverythingThatDoesNotExist) {
  const auto answer =
      cloud.ask("group.describe", R"({"owner": "alice", "names": ["web", "db", "mail"]})");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, "InvalidGroup.NotFound");
  EXPECT_THAT(answer.error().message, HasSubstr("'db', 'mail'"));
  EXPECT_EQ(cloud.ask("instance.describe", R"({"ids": ["i-00000001"]})").error().reason,
            "InvalidInstanceID.NotFound");
  EXPECT_EQ(cloud.ask("group.describe", R"({"owner": "nobody"})").error().code,
            ErrorCode::NotFound);
  // What is another's does not exist either.
  EXPECT_FALSE(cloud.ask("group.describe", R"({"owner": "bob", "group": "web"})"));
}

TEST_F(ApiTest, GivesEveryObjectOnceOverItsPages) {
  for (int i = 0; i < 25; ++i) {
    cloud.must("group.create",
               fmt::format(R"({{"owner": "alice", "name": "g{}", "description": ""}})", i));
  }
  std::set<std::string> seen;
  std::string next;
  int pages = 0;
  do {
    json::object parameters{{"limit", 7}};
    if (!next.empty()) parameters["next"] = next;
    const auto page = cloud.call("group.describe", parameters).value();
    for (const auto& name : column(page, "groups", "group"))
      EXPECT_TRUE(seen.insert(name).second) << name;
    next = page.at("next").is_null() ? "" : std::string(page.at("next").as_string());
    // Objects that come and go between pages change nothing for the others.
    if (++pages == 2) {
      cloud.must("group.delete", R"({"owner": "alice", "group": "g0"})");
      cloud.must("group.create", R"({"owner": "bob", "name": "late", "description": ""})");
    }
  } while (!next.empty());
  EXPECT_GE(seen.size(), 26U);
  EXPECT_EQ(pages, 4);
}

TEST_F(ApiTest, DrawsAnotherIdWhereOneIsTaken) {
  int drawn = 0;
  ServedCloud crowded(testing::usualSettings(), [&drawn] {
    ++drawn;
    Fresh fresh = drawFresh();
    fresh.group.value = drawn < 4 ? "sg-00000001" : "sg-00000002";
    return fresh;
  });
  crowded.must("account.create", R"({"name": "alice"})");
  crowded.must("group.create", R"({"owner": "alice", "name": "a", "description": ""})");
  const auto second =
      crowded.must("group.create", R"({"owner": "alice", "name": "b", "description": ""})");
  EXPECT_EQ(second.at("group_id"), "sg-00000002");
  EXPECT_EQ(drawn, 4);
}

TEST_F(ApiTest, GivesUpWhereEveryIdIsTaken) {
  ServedCloud full(testing::usualSettings(), [] {
    Fresh fresh = drawFresh();
    fresh.group.value = "sg-00000001";
    return fresh;
  });
  full.must("account.create", R"({"name": "alice"})");
  full.must("group.create", R"({"owner": "alice", "name": "a", "description": ""})");
  const auto second =
      full.ask("group.create", R"({"owner": "alice", "name": "b", "description": ""})");
  ASSERT_FALSE(second);
  EXPECT_TRUE(second.error().retryable());
}

TEST_F(ApiTest, ShowsAnEmptyPlanWhereAllIsInForce) {
  EXPECT_EQ(cloud.must("system.plan", "{}"), json::parse(R"({"steps": [], "problems": []})"));
  const auto done = cloud.must("system.reconcile", "{}");
  EXPECT_EQ(done, json::parse(
                      R"({"steps": [], "changed": false, "in_force": true, "not_in_force": []})"));
}

TEST_F(ApiTest, ShowsAndMendsDrift) {
  cloud.must(
      "instance.attach",
      R"({"instance_id": "i-0A1B2C3D", "owner": "alice", "groups": ["web"], "device": "vnet0"})");
  cloud.host.state.addresses.clear();
  EXPECT_FALSE(cloud.must("system.plan", "{}").at("steps").as_array().empty());
  const auto dry = cloud.must("system.reconcile", R"({"dry_run": true})");
  EXPECT_FALSE(dry.at("plan").at("steps").as_array().empty());
  EXPECT_TRUE(cloud.host.state.addresses.empty());
  EXPECT_EQ(cloud.must("system.reconcile", "{}").at("changed"), true);
  EXPECT_FALSE(cloud.host.state.addresses.empty());
  EXPECT_TRUE(cloud.must("system.plan", "{}").at("steps").as_array().empty());
}

TEST_F(ApiTest, GivesTheEventsAfterANumber) {
  const auto all = cloud.must("events.list", "{}");
  ASSERT_GE(all.at("events").as_array().size(), 3U);
  EXPECT_THAT(keys(all.at("events").at(0)),
              ElementsAre("sequence", "time", "kind", "object", "message", "count", "first"));
  const auto last = all.at("last").to_number<std::int64_t>();
  EXPECT_TRUE(cloud.must("events.list", fmt::format(R"({{"since": {}}})", last))
                  .at("events")
                  .as_array()
                  .empty());
  EXPECT_EQ(cloud.must("events.list", R"({"limit": 1})").at("events").as_array().size(), 1U);
}

TEST_F(ApiTest, TellsWhatAReloadDid) {
  cloud.reload = ReloadReport{{"VNET_DNS"}, {"VNET_SUBNET"}, {}, {"a notice"}};
  EXPECT_EQ(
      cloud.must("system.reload", "{}"),
      json::parse(
          R"({"applied": ["VNET_DNS"], "needs_restart": ["VNET_SUBNET"], "refused": [], "notices": ["a notice"]})"));
  cloud.reload = Error{ErrorCode::InvalidArgument, "InvalidParameterValue", "line 3"};
  EXPECT_EQ(cloud.ask("system.reload", "{}").error().message, "line 3");
}

TEST_F(ApiTest, RestartsAService) {
  EXPECT_EQ(cloud.must("system.restart", R"({"service": "dhcp"})"),
            json::parse(R"({"restarted": "dhcp"})"));
  cloud.must("system.restart", R"({"service": "metadata"})");
  EXPECT_THAT(cloud.restarted, ElementsAre(Service::Dhcp, Service::Metadata));
  EXPECT_THAT(cloud.ask("system.restart", R"({"service": "dns"})").error().faults.at(0).message,
              HasSubstr("dhcp or metadata"));
  cloud.restart = Error{ErrorCode::Unsupported, "UnsupportedOperation", "none runs"};
  EXPECT_EQ(cloud.ask("system.restart", R"({"service": "dhcp"})").error().message, "none runs");
}

TEST_F(ApiTest, PausesRepairs) {
  for (const auto* duration : {"90", "90s", "30m", "24h"}) {
    const auto paused =
        cloud.must("system.pause", fmt::format(R"({{"duration": "{}"}})", duration));
    EXPECT_TRUE(paused.at("paused_until").is_string()) << duration;
  }
  EXPECT_TRUE(cloud.must("system.status", "{}").at("paused_until").is_string());
  EXPECT_TRUE(cloud.must("system.resume", "{}").at("paused_until").is_null());
  EXPECT_TRUE(cloud.must("system.status", "{}").at("paused_until").is_null());
  for (const auto* wrong :
       {"", "0", "m", "-1", "1d", "25h", "86401", "1 m", "9999999999999999999h"}) {
    EXPECT_FALSE(cloud.ask("system.pause", fmt::format(R"({{"duration": "{}"}})", wrong))) << wrong;
  }
}

TEST_F(ApiTest, ListsItsMethods) {
  const auto all = cloud.must("system.methods", "{}").at("methods");
  EXPECT_EQ(all.as_array().size(), methods().size());
  EXPECT_THAT(keys(all.at(0)),
              ElementsAre("method", "help", "change", "read", "parameters", "result"));
}

TEST_F(ApiTest, ProposesTheMethodThatWasMeant) {
  const auto answer = cloud.ask("instance.atach", "{}");
  EXPECT_EQ(answer.error().reason, "InvalidAction");
  EXPECT_THAT(answer.error().message, HasSubstr("did you mean 'instance.attach'"));
}

TEST_F(ApiTest, ShowsItsCountersInPrometheusFormat) {
  std::string text;
  cloud.api().metrics([&text](std::string given) { text = std::move(given); });
  while (text.empty()) cloud.io.run_one();
  EXPECT_THAT(text, HasSubstr("# TYPE netctl_"));
  EXPECT_THAT(text, HasSubstr("netctl_problems{severity=\"error\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("\nnetctl_healthy 1\n"));
  EXPECT_THAT(text, HasSubstr("\nnetctl_accounts 2\n"));
  EXPECT_THAT(text, HasSubstr("netctl_ports{state=\"waiting\"} 0\n"));
  const auto must_attach = R"({"instance_id": "i-0A1B2C3D", "owner": "alice", "groups": ["web"]})";
  cloud.must("instance.attach", must_attach);
  text.clear();
  cloud.api().metrics([&text](std::string given) { text = std::move(given); });
  while (text.empty()) cloud.io.run_one();
  EXPECT_THAT(text, HasSubstr("\nnetctl_instances 1\n"));
  EXPECT_THAT(text, HasSubstr("\nnetctl_networks 1\n"));
  EXPECT_THAT(text, HasSubstr("netctl_ports{state=\"waiting\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nnetctl_not_in_force 0\n")) << "that machine is off";
}

TEST_F(ApiTest, ShowsProblemsInStatusAndPlan) {
  cloud.controller().setProblems("test", {{"interface eth1", "is not there", "no way out",
                                           "make it", controller::Severity::warning}});
  for (const char* method : {"system.status", "system.plan"}) {
    const auto answer = cloud.must(method, "{}");
    const auto& problems = answer.at("problems").as_array();
    ASSERT_EQ(problems.size(), 1) << method;
    EXPECT_THAT(keys(problems.at(0)),
                ElementsAre("object", "what", "consequence", "remedy", "severity"));
    EXPECT_EQ(problems.at(0).at("severity"), "warning");
  }
  EXPECT_EQ(cloud.must("system.status", "{}").at("healthy"), true) << "a warning is no failure";
}

TEST(Time, IsWrittenInUtcWithMilliseconds) {
  using namespace std::chrono;
  EXPECT_EQ(formatTime(system_clock::time_point(milliseconds(1767323045678))),
            "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(formatTime(system_clock::time_point(seconds(1))), "1970-01-01T00:00:01.000Z");
}

}  // namespace
}  // namespace netctl::api
