#include "netctl/hook/instance_of_machine.h"

#include "netctl/hook/machine_phases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json.hpp>

#include <string>
#include <vector>

namespace netctl::hook {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using What = Done::What;

/// A netctld with one instance, or none; it notes what it is asked to change.
class InstanceOfMachine : public ::testing::Test {
 protected:
  InstanceOfMachine() {
    machine_.name = "web1";
    machine_.hypervisor = "libvirt";
    machine_.instance_id = "i-0a1b2c3d";
    machine_.owner = "alice";
    machine_.groups = {"web"};
    machine_.mac = *net::parseMacAddress("52:54:00:0a:0b:0c");
    machine_.bridge = "br0";
  }

  void hasInstance(const std::string& node, const std::string& port = "waiting",
                   const std::string& owner = "alice",
                   const std::string& mac = "52:54:00:0a:0b:0c") {
    instances_ = {json::object{{"owner", owner},
                               {"owner_id", "123456789012"},
                               {"mac", mac},
                               {"node", node},
                               {"port", port}}};
  }

  void migratesTo(const std::string& node) {
    instances_.front().as_object()["destination"] = json::object{{"node", node}};
  }
  void hasNode(const std::string& state) { nodes_ = {json::object{{"state", state}}}; }

  Surroundings surroundings() {
    return {[this](std::string_view method, const json::object& parameters) {
              return answer(method, parameters);
            },
            "here"};
  }

  std::vector<std::string> changes_;
  Machine machine_;

 private:
  Result<json::value> answer(std::string_view method, const json::object& parameters) {
    if (method == "node.describe") return json::value(json::object{{"nodes", nodes_}});
    if (method != "instance.describe") {
      changes_.push_back(std::string(method) + " " + json::serialize(parameters));
      return json::value(json::object{{"changed", true}, {"bridge", "br0"}, {"port", "waiting"}});
    }
    if (instances_.empty()) return Error{ErrorCode::Conflict, "InvalidInstanceID.NotFound", "no"};
    return json::value(json::object{{"instances", instances_}});
  }

  json::array instances_;
  json::array nodes_;
};

TEST_F(InstanceOfMachine, IsAttachedAtItsFirstStart) {
  const auto done = start(machine_, surroundings());
  ASSERT_TRUE(done);
  EXPECT_EQ(done->what, What::Attached);
  EXPECT_THAT(changes_,
              ElementsAre(R"(instance.attach {"instance_id":"i-0a1b2c3d","owner":"alice",)"
                          R"("node":"here","mac":"52:54:00:0a:0b:0c","addressing":"public",)"
                          R"("attributes":{"hypervisor":"libvirt"},"groups":["web"]})"));
}

TEST_F(InstanceOfMachine, GetsItsGroupsAndForgetsItsDeviceAtLaterStarts) {
  hasInstance("here");
  ASSERT_TRUE(start(machine_, surroundings()));
  EXPECT_THAT(changes_, ElementsAre(R"(instance.modify {"instance_id":"i-0a1b2c3d",)"
                                    R"("node":"here","groups":["web"],"device":""})"));
}

TEST_F(InstanceOfMachine, KeepsItsDeviceWhileItRuns) {
  hasInstance("here", "open");
  ASSERT_TRUE(keep(machine_, surroundings()));
  EXPECT_THAT(changes_, ElementsAre(R"(instance.modify {"instance_id":"i-0a1b2c3d",)"
                                    R"("node":"here","groups":["web"]})"));
}

TEST_F(InstanceOfMachine, ComesFromADeadHostAndFromNoOther) {
  hasInstance("there", "failed");
  const auto moved = start(machine_, surroundings());
  ASSERT_TRUE(moved);
  EXPECT_EQ(moved->what, What::Moved);
  changes_.clear();
  hasInstance("there", "open");
  const auto refused = start(machine_, surroundings());
  ASSERT_FALSE(refused);
  EXPECT_THAT(text(refused.error()), HasSubstr("runs on node 'there'"));
  EXPECT_THAT(changes_, IsEmpty());
}

TEST_F(InstanceOfMachine, ComesFromAHostThatIsAway) {
  hasInstance("there", "open");
  hasNode("connected");
  EXPECT_FALSE(start(machine_, surroundings()));
  hasNode("away");
  EXPECT_EQ(start(machine_, surroundings())->what, What::Moved);
}

TEST_F(InstanceOfMachine, HasASecondPortWhileItMigratesHere) {
  machine_.device = "web0";
  hasInstance("there", "open");
  EXPECT_EQ(arrive(machine_, surroundings())->what, What::Migrates);
  EXPECT_THAT(changes_, ElementsAre(R"(instance.migrate {"instance_id":"i-0a1b2c3d",)"
                                    R"("node":"here","step":"begin","device":"web0"})"));
  changes_.clear();
  migratesTo("here");
  EXPECT_EQ(start(machine_, surroundings())->what, What::Nothing);
  EXPECT_EQ(keep(machine_, surroundings())->what, What::Nothing);
  EXPECT_THAT(changes_, IsEmpty());

  // What ends here is the copy.
  machine_.ephemeral = true;
  ASSERT_TRUE(stop(machine_, surroundings()));
  EXPECT_THAT(changes_, ElementsAre(R"(instance.migrate {"instance_id":"i-0a1b2c3d",)"
                                    R"("node":"here","step":"cancel"})"));
  changes_.clear();
  // The word of its end there was lost.
  hasInstance("there", "waiting");
  migratesTo("here");
  ASSERT_TRUE(keep(machine_, surroundings()));
  EXPECT_THAT(changes_, ElementsAre(R"(instance.migrate {"instance_id":"i-0a1b2c3d",)"
                                    R"("node":"here","step":"finish"})"));
}

TEST_F(InstanceOfMachine, HasArrivedWhenItEndsHere) {
  machine_.ephemeral = true;
  for (const auto& end : {stop, leave}) {
    changes_.clear();
    hasInstance("here", "open");
    migratesTo("there");
    ASSERT_TRUE(end(machine_, surroundings()));
    EXPECT_THAT(changes_, ElementsAre(R"(instance.migrate {"instance_id":"i-0a1b2c3d",)"
                                      R"("node":"there","step":"finish"})"));
  }
}

TEST_F(InstanceOfMachine, MigratesToOneHostAtATime) {
  hasInstance("here");
  EXPECT_EQ(arrive(machine_, surroundings())->what, What::Nothing);
  hasInstance("there", "open");
  migratesTo("elsewhere");
  ASSERT_TRUE(arrive(machine_, surroundings()));
  EXPECT_THAT(changes_,
              ElementsAre(R"(instance.migrate {"instance_id":"i-0a1b2c3d","step":"cancel"})",
                          R"(instance.migrate {"instance_id":"i-0a1b2c3d",)"
                          R"("node":"here","step":"begin"})"));
}

TEST_F(InstanceOfMachine, IsNobodyElses) {
  for (const auto running : {false, true}) {
    hasInstance("here", "waiting", "bob");
    const auto others = running ? keep(machine_, surroundings()) : start(machine_, surroundings());
    ASSERT_FALSE(others);
    EXPECT_THAT(text(others.error()), HasSubstr("account 'bob'"));
    hasInstance("here", "waiting", "alice", "52:54:00:00:00:01");
    EXPECT_THAT(text(start(machine_, surroundings()).error()), HasSubstr("52:54:00:00:00:01"));
  }
  hasInstance("here", "waiting", "bob");
  machine_.ephemeral = true;
  ASSERT_TRUE(stop(machine_, surroundings()));
  EXPECT_THAT(changes_, IsEmpty());
}

TEST_F(InstanceOfMachine, KeepsItsAddressesAtItsEndUnlessItIsEphemeral) {
  hasInstance("here");
  ASSERT_TRUE(stop(machine_, surroundings()));
  machine_.device = "web0";
  EXPECT_EQ(stop(machine_, surroundings())->what, What::Nothing);
  machine_.ephemeral = true;
  EXPECT_EQ(leave(machine_, surroundings())->what, What::Nothing);
  EXPECT_EQ(stop(machine_, surroundings())->what, What::Detached);
  EXPECT_THAT(changes_, ElementsAre(R"(instance.modify {"instance_id":"i-0a1b2c3d","device":""})",
                                    R"(instance.detach {"instance_id":"i-0a1b2c3d"})"));
}

TEST_F(InstanceOfMachine, IsLeftAloneWhereItIsNow) {
  hasInstance("there", "open");
  machine_.ephemeral = true;
  EXPECT_EQ(stop(machine_, surroundings())->what, What::Nothing);
  EXPECT_THAT(changes_, IsEmpty());
}

TEST(Phases, AreThoseThatMatter) {
  EXPECT_EQ(libvirtPhase("prepare", "-"), Phase::Start);
  EXPECT_EQ(libvirtPhase("migrate", "-"), Phase::Arrive);
  EXPECT_EQ(libvirtPhase("reconnect", "-"), Phase::Running);
  EXPECT_EQ(libvirtPhase("attach", "-"), Phase::Running);
  for (const auto* ended : {"-", "shutdown", "destroyed", "crashed", "failed"}) {
    EXPECT_EQ(libvirtPhase("release", ended), Phase::Stop) << ended;
  }
  for (const auto* left : {"migrated", "saved", "from snapshot", "daemon"}) {
    EXPECT_EQ(libvirtPhase("release", left), Phase::Leave) << left;
  }
  for (const auto* other : {"start", "started", "stopped", "restore", "new", ""}) {
    EXPECT_EQ(libvirtPhase(other, "-"), std::nullopt) << other;
  }
  EXPECT_EQ(proxmoxPhase("pre-start"), Phase::Start);
  EXPECT_EQ(proxmoxPhase("post-stop"), Phase::Stop);
  for (const auto* other : {"post-start", "pre-stop", "new", ""}) {
    EXPECT_EQ(proxmoxPhase(other), std::nullopt) << other;
  }
}

}  // namespace
}  // namespace netctl::hook
