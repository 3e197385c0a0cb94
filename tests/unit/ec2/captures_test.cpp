#include "tests/support/golden_file.h"
#include "tests/unit/ec2/served_endpoint.h"

#include <gmock/gmock.h>
#include <boost/json.hpp>

#include <algorithm>
#include <fstream>

namespace netctl::ec2 {
namespace {

namespace json = boost::json;
using netctl::testing::ServedEndpoint;

constexpr auto kCaptures = NETCTL_SOURCE_DIR "/tests/unit/ec2/data/captures.jsonl";

/// A request as an unmodified client sent it: one line of captures.jsonl, without what is not
/// signed by anybody.
struct Capture {
  std::string title;
  std::string command;
  http::Request request;
};

std::vector<Capture> captures() {
  std::vector<Capture> all;
  std::ifstream file(kCaptures);
  for (std::string line; std::getline(file, line);) {
    const auto object = json::parse(line).as_object();
    const auto text = [&](const char* name) {
      const auto* const value = object.if_contains(name);
      return value == nullptr ? std::string() : std::string(value->as_string());
    };
    Capture capture;
    capture.command = text("command");
    capture.title = fmt::format("{:03} {}: {}", object.at("number").as_int64(), text("client"),
                                capture.command);
    capture.request = {text("method"), text("target"), {}, text("body")};
    for (const auto& [name, value] : object.at("headers").as_object()) {
      capture.request.fields.emplace_back(name, value.as_string());
    }
    all.push_back(std::move(capture));
  }
  return all;
}

cloud::Settings inCluster01() {
  auto settings = netctl::testing::usualSettings();
  settings.zone = "cluster01";
  return settings;
}

/// The cloud that the recorded commands are about. Not everything that they name is there.
class CapturedCloud : public ServedEndpoint {
 public:
  explicit CapturedCloud(const std::string& command) : ServedEndpoint(inCluster01()) {
    const auto group = [&](const char* id, const char* name, const char* description) {
      edit([=](cloud::Cloud& cloud) {
        cloud.put(cloud::Group{.id = {id},
                               .owner = {"123456789012"},
                               .name = name,
                               .description = description,
                               .permissions = {cloud::everythingOut()}});
      });
    };
    const bool creates = command.find("create-group") != std::string::npos ||
                         command.find("create-security-group") != std::string::npos ||
                         command.find("create_security_group") != std::string::npos ||
                         command.find("add-group") != std::string::npos;
    if (!creates) group("sg-0a1b2c3d", "web", "Web servers");
    group("sg-0d0d0d0d", "db", "Databases");
    if (command.find("revoke") != std::string::npos) {
      for (const auto* const permissions :
           {R"({"protocol": "tcp", "from_port": 22, "to_port": 22, "cidrs": ["192.0.2.0/24"]})",
            R"({"protocol": "tcp", "from_port": 1, "to_port": 65535, "cidrs": ["0.0.0.0/0"],
                "groups": [{"group": "db"}]})",
            R"({"protocol": "icmp", "icmp_type": 8, "icmp_code": 0, "cidrs": ["0.0.0.0/0"]})"}) {
        cloud.must("group.authorize",
                   fmt::format(R"({{"owner": "alice", "group": "web", "permissions": [{}]}})",
                               permissions));
      }
    }
    if (command.find("allocate") == std::string::npos) {
      cloud.must("address.allocate", R"({"owner": "alice", "address": "198.51.100.7"})");
    }
    cloud.must("instance.attach", R"({"owner": "alice", "instance_id": "i-0011aabb",
                                      "groups": ["db"], "addressing": "private"})");
    const bool associated = command.find("disassociate") != std::string::npos;
    if (associated) {
      cloud.must("address.associate", R"({"owner": "alice", "address": "198.51.100.7",
                                          "instance_id": "i-0011aabb"})");
    }
  }

  void edit(const controller::Controller::Edit& edit) {
    bool done = false;
    cloud.controller().edit(edit, [&](const auto&, const auto&) { done = true; });
    while (!done) cloud.io.run_one();
  }

  /// What changes can change, as text.
  std::string state() {
    json::array parts;
    for (const auto* const noun : {"group", "address", "instance"}) {
      parts.push_back(cloud.must(fmt::format("{}.describe", noun), R"({"owner": "alice"})"));
    }
    return describe(parts);
  }

 private:
  /// Permissions, addresses and instances in a line each.
  static std::string describe(const json::array& parts) {
    std::string text;
    for (const auto& group : parts[0].at("groups").as_array()) {
      const auto name = std::string(group.at("name").as_string());
      text += fmt::format("    group {} '{}'\n", name,
                          std::string(group.at("description").as_string()));
      for (const auto& permission : group.at("permissions").as_array()) {
        text += fmt::format("    {}: {}\n", name, json::serialize(permission));
      }
    }
    for (const auto& address : parts[1].at("addresses").as_array()) {
      const auto& holder = address.at("instance_id");
      const bool is_new = holder.is_string() && holder.as_string() != "i-0011aabb";
      text += fmt::format("    address {} of {}\n", std::string(address.at("address").as_string()),
                          is_new ? "a new instance" : json::serialize(holder));
    }
    for (const auto& instance : parts[2].at("instances").as_array()) {
      std::string groups;
      for (const auto& group : instance.at("groups").as_array()) {
        groups += " " + std::string(group.at("group").as_string());
      }
      text += fmt::format("    instance of{}\n", groups);
    }
    return text;
  }
};

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> result;
  std::size_t at = 0;
  while (at < text.size()) {
    const auto end = text.find('\n', at);
    result.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return result;
}

/// The lines that came and went.
std::string difference(const std::string& before, const std::string& after) {
  auto gone = lines(before);
  std::string text;
  for (const auto& line : lines(after)) {
    const auto at = std::ranges::find(gone, line);
    if (at == gone.end()) {
      text += "  +" + line.substr(3) + "\n";
    } else {
      gone.erase(at);
    }
  }
  for (const auto& line : gone) text += "  -" + line.substr(3) + "\n";
  return text;
}

/// Every generation of clients: its signature is taken, and its request means what its user wrote.
/// What the commands do is in tests/golden/ec2-captures.txt, for people to read.
TEST(Captures, MeanWhatTheirUsersWrote) {
  std::string meanings;
  const auto all = captures();
  ASSERT_EQ(all.size(), 240U);
  for (const auto& capture : all) {
    CapturedCloud cloud(capture.command);
    const auto before = cloud.state();
    const auto answer = cloud.send(capture.request);
    const auto after = cloud.state();
    EXPECT_NE(answer.verdict(), "403 SignatureDoesNotMatch") << capture.title;
    EXPECT_NE(answer.status / 100, 5) << capture.title << "\n" << answer.body;
    meanings +=
        fmt::format("{}\n  {}\n{}", capture.title, answer.verdict(), difference(before, after));
  }
  netctl::testing::compareWithGolden("ec2-captures.txt", meanings);
}

/// One bit of a signature makes it another one.
TEST(Captures, WithAnotherSecretAreRefused) {
  CapturedCloud cloud("");
  cloud.edit([](cloud::Cloud& edited) {
    auto key = *edited.key("AKIAEXAMPLE000000001");
    key.secret += "x";
    edited.put(key);
  });
  for (const auto& capture : captures()) {
    EXPECT_EQ(cloud.send(capture.request).verdict(), "403 SignatureDoesNotMatch") << capture.title;
  }
}

/// Where an old client names a source group, no capture opens a port to the world.
TEST(Captures, OfOldClientsWithSourceGroupsOpenNothingToTheWorld) {
  int seen = 0;
  for (const auto& capture : captures()) {
    const bool authorizes = capture.command.find("authorize") != std::string::npos;
    if (!authorizes || capture.command.find(" -o ") == std::string::npos) continue;
    CapturedCloud cloud(capture.command);
    ASSERT_EQ(cloud.send(capture.request).status, 200) << capture.title;
    EXPECT_THAT(cloud.state(),
                ::testing::Not(::testing::ContainsRegex("ingress[^\n]*0[.]0[.]0[.]0/0")))
        << capture.title;
    EXPECT_NE(cloud.state().find(R"("groups":[{)"), std::string::npos) << capture.title;
    ++seen;
  }
  EXPECT_GE(seen, 6);
}

}  // namespace
}  // namespace netctl::ec2
