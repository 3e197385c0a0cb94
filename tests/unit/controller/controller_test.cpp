#include "tests/unit/controller/fixture.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <utility>

namespace netctl::controller {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

cloud::PermissionRequest tcp(std::uint16_t port) {
  cloud::PermissionRequest request{net::kTcp, {port, port}, {}, {}, {}};
  request.cidrs.push_back(testing::prefix("192.0.2.0/24"));
  return request;
}

/// From outside to port 22 of an instance.
host::Flow flowTo(net::Ipv4Address inside) {
  const auto client = testing::address("192.0.2.7");
  return {{client, inside, 6, 40000, 22}, {inside, client, 6, 22, 40000}, false};
}

bool isTableStep(const host::Step& step) {
  return step.phase == host::Phase::Tables;
}

TEST_F(ControllerTest, FirstStartBuildsTheHostAndTheNextFindsNothingToDo) {
  boot();
  EXPECT_THAT(host_.state.chains, Not(IsEmpty()));
  EXPECT_THAT(plan(), IsEmpty());
  const auto steps = host_.steps;
  boot();
  EXPECT_EQ(host_.steps, steps);
}

TEST_F(ControllerTest, AnAnswerComesWhenTheChangeIsInForce) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  const auto answer = answerTo(attach("i-00000001", "vnet0"));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(answer->outcome.changed);
  EXPECT_THAT(answer->not_in_force, IsEmpty());
  EXPECT_EQ(host_.state.ports.at("vnet0").bridge, "br0");
  EXPECT_THAT(plan(), IsEmpty());
}

// Who writes a table reads it: only the second look comes beside.
TEST_F(ControllerTest, AGroupsChainIsReadOnceBeforeItIsWritten) {
  const auto range = [](std::uint16_t first, std::uint16_t last) {
    auto request = tcp(first);
    request.ports = {first, last};
    return request;
  };
  const auto rules = [&] {
    std::size_t rules = 0;
    for (const auto& [id, chain] : host_.state.chains) {
      if (id.name.starts_with("NC_G_")) rules += chain.size();
    }
    return rules;
  };
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  ASSERT_TRUE(answerTo(cloud::Authorize{"alice", "default", {range(1000, 2000)}}));
  EXPECT_EQ(rules(), 1U);
  const auto looks = host_.table_looks;
  const auto commits = host_.table_commits;
  ASSERT_TRUE(answerTo(cloud::Authorize{"alice", "default", {range(3000, 4000)}}));
  EXPECT_EQ(rules(), 2U);
  EXPECT_EQ(host_.table_looks, looks + 1);
  EXPECT_EQ(host_.table_commits, commits + 1);
  ASSERT_TRUE(answerTo(cloud::Revoke{"alice", "default", {range(3000, 4000)}}));
  EXPECT_EQ(rules(), 1U);
  ASSERT_TRUE(answerTo(cloud::Revoke{"alice", "default", {range(1000, 2000)}}));
  EXPECT_EQ(rules(), 0U);
  EXPECT_THAT(plan(), IsEmpty());
}

TEST_F(ControllerTest, ARefusedCommandChangesNothingAndTheBatchGoesOn) {
  boot();
  const auto good = submit(account("alice", "000000000001"));
  const auto bad = submit(cloud::DeleteGroup{"nobody", "web"});
  const auto other = submit(account("bob", "000000000002"));
  ASSERT_TRUE(
      runUntil([&] { return good->has_value() && bad->has_value() && other->has_value(); }));
  EXPECT_TRUE(**good);
  EXPECT_FALSE(**bad);
  EXPECT_TRUE(**other);
}

TEST_F(ControllerTest, WhatWaitsMakesOneBatchWithOneCommitPerTable) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  const auto commits = host_.table_commits;
  const auto first = submit(attach("i-00000001", "vnet0"));
  const auto second = submit(attach("i-00000002", "vnet1"));
  ASSERT_TRUE(runUntil([&] { return first->has_value() && second->has_value(); }));
  EXPECT_LE(host_.table_commits, commits + 3);
  read([](const View& view) { EXPECT_EQ(view.metrics.batches, 2U); });
}

TEST_F(ControllerTest, AcknowledgedChangesSurviveARestart) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  boot();
  EXPECT_THAT(plan(), IsEmpty());
  read([](const View& view) { EXPECT_EQ(view.cloud.instances().size(), 1U); });
}

TEST_F(ControllerTest, AnEmptiedHostIsBuiltAgainAtTheNextStart) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  const auto before = host_.state;
  host_.state = {};
  boot();
  EXPECT_EQ(host_.state, before);
}

TEST_F(ControllerTest, AFailedStepIsSaidAndLaterBroughtAbout) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  host_.fault = isTableStep;
  const auto answer = answerTo(attach("i-00000001", "vnet0"));
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_THAT(answer->not_in_force, Not(IsEmpty()));
  EXPECT_TRUE(answer->not_in_force.front().retryable);
  EXPECT_FALSE(host_.state.ports.contains("vnet0")) << "a port opened without its rules";
  host_.fault = {};
  EXPECT_TRUE(runUntil([&] { return host_.state.ports.contains("vnet0"); }));
  EXPECT_THAT(plan(), IsEmpty());
}

TEST_F(ControllerTest, AShortFailureOnlyDelaysTheAnswer) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  int failures = 1;
  host_.fault = [&](const host::Step& step) { return isTableStep(step) && failures-- > 0; };
  const auto answer = answerTo(attach("i-00000001", "vnet0"));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_THAT(answer->not_in_force, IsEmpty());
}

TEST_F(ControllerTest, AFailedLookIsNeverTakenForAnEmptyHost) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  const auto steps = host_.steps;
  host_.failing_looks = 1;
  const auto answer = answerTo(attach("i-00000001", "vnet0"));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_THAT(answer->not_in_force, IsEmpty());
  EXPECT_GT(host_.steps, steps);
}

TEST_F(ControllerTest, OnePortsFailureKeepsNoOtherFromOpening) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  host_.fault = [](const host::Step& step) {
    const auto* open = std::get_if<host::OpenPort>(&step.action);
    return open != nullptr && open->device == "vnet0";
  };
  const auto bad = submit(attach("i-00000001", "vnet0"));
  const auto good = submit(attach("i-00000002", "vnet1"));
  ASSERT_TRUE(runUntil([&] { return good->has_value() && bad->has_value(); }));
  EXPECT_THAT((**good)->not_in_force, IsEmpty());
  EXPECT_THAT((**bad)->not_in_force, Not(IsEmpty()));
  EXPECT_TRUE(host_.state.ports.contains("vnet1"));
  read([](const View& view) {
    EXPECT_EQ(view.ports.at(testing::instance("i-00000001")).state, PortState::Failed);
    EXPECT_EQ(view.ports.at(testing::instance("i-00000002")).state, PortState::Open);
  });
}

TEST_F(ControllerTest, AnAbsentDeviceIsAwaitedAndPluggedWhenItComes) {
  host_.devices.clear();
  options_.wait = std::chrono::hours(1);  // the answer does not wait for the device
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  const auto answer = answerTo(attach("i-00000001", "vnet0"));
  ASSERT_TRUE(answer) << answer.error().message;
  ASSERT_THAT(answer->not_in_force, Not(IsEmpty()));
  EXPECT_EQ(answer->not_in_force.front().object, "port vnet0");
  host_.devices.insert("vnet0");
  controller_->devicesChanged({{{"vnet0", testing::mac("fe:00:00:00:00:01")}, {"eth7", {}}}});
  EXPECT_TRUE(runUntil([&] { return host_.state.ports.contains("vnet0"); }));
  read([](const View& view) {
    EXPECT_EQ(view.ports.at(testing::instance("i-00000001")).state, PortState::Open);
    for (const auto& event : view.events.since(0, 100)) {
      EXPECT_NE(event.kind, EventKind::Drift) << event.object;
    }
  });
}

TEST_F(ControllerTest, AnInstanceWithoutANamedDeviceIsKnownByItsMac) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  const auto id = testing::instance("i-0a1b2c3d");
  const auto portOf = [&] {
    std::string device;
    read([&](const View& view) { device = view.cloud.instance(id)->portDevice(); });
    return device;
  };
  controller_->devicesChanged({{{"vnet7", testing::mac("fe:0d:0a:1b:2c:3e")}}, true});
  ASSERT_TRUE(answerTo(attach("i-0a1b2c3d", "")));
  EXPECT_EQ(portOf(), "");

  host_.devices = {"vnet1", "vnet2"};
  controller_->devicesChanged({{{"vnet1", testing::mac("fe:0d:0a:1b:2c:3d")}}});
  EXPECT_TRUE(runUntil([&] { return host_.state.ports.contains("vnet1"); }));
  EXPECT_EQ(portOf(), "vnet1");

  // The machine starts anew and gets another tap.
  host_.devices.erase("vnet1");
  controller_->devicesChanged({{{"vnet1", {}}, {"vnet2", testing::mac("fe:0d:0a:1b:2c:3d")}}});
  EXPECT_TRUE(runUntil([&] { return host_.state.ports.contains("vnet2"); }));
  EXPECT_FALSE(host_.state.ports.contains("vnet1"));
}

TEST_F(ControllerTest, ADryRunLeavesNoTrace) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  const auto before = host_.state;
  const auto answer = answerTo(attach("i-00000001", "vnet0"), {.dry_run = true});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_THAT(answer->plan, Not(IsEmpty()));
  EXPECT_EQ(host_.state, before);
  read([](const View& view) { EXPECT_THAT(view.cloud.instances(), IsEmpty()); });
  boot();
  read([](const View& view) { EXPECT_THAT(view.cloud.instances(), IsEmpty()); });
}

TEST_F(ControllerTest, ADryRunSaysWhatTheChangeThenDoes) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  const auto dry = answerTo(attach("i-00000001", "vnet0"), {.dry_run = true});
  ASSERT_TRUE(dry);
  std::size_t steps = host_.steps;
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  steps = host_.steps - steps;
  EXPECT_GE(dry->plan.size(), steps);
}

TEST_F(ControllerTest, DriftIsRepairedAndReported) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  const auto before = host_.state;
  host_.state.chains.begin()->second.clear();
  host_.state.addresses.clear();
  EXPECT_THAT(plan(), Not(IsEmpty()));
  bool done = false;
  controller_->reconcile([&](auto steps) { done = steps.has_value() && !steps->empty(); });
  ASSERT_TRUE(runUntil([&] { return done; }));
  EXPECT_EQ(host_.state, before);
  read([](const View& view) {
    const auto events = view.events.since(0, 100);
    EXPECT_TRUE(std::any_of(events.begin(), events.end(),
                            [](const Event& event) { return event.kind == EventKind::Drift; }));
    EXPECT_GT(view.metrics.drift_repaired, 0U);
  });
}

TEST_F(ControllerTest, ALostSetIsRebuiltWholeNotFromTheMembersOfOneChange) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  ASSERT_TRUE(answerTo(cloud::Authorize{"alice", "default", {tcp(22)}}));
  host_.state.sets.erase("nc_allow");
  ASSERT_TRUE(answerTo(cloud::Authorize{"alice", "default", {tcp(80)}}));
  EXPECT_EQ(host_.state.sets.at("nc_allow").members.size(), 2U);
}

TEST_F(ControllerTest, TheDhcpServerIsStartedAgainWhenItEnds) {
  boot();
  host_.state.dhcp.server.reset();
  controller_->dhcpChanged({.running = true, .pid = 7, .restarts = 0});
  controller_->dhcpChanged({.running = false, .pid = 0, .restarts = 0});
  EXPECT_TRUE(runUntil([&] { return host_.state.dhcp.server.has_value(); }));
}

TEST_F(ControllerTest, IllegalFlowsAreCutAndBeginAnewWhenLegalAgain) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  const auto attached = answerTo(attach("i-00000001", "vnet0"));
  ASSERT_TRUE(attached);
  const auto ssh = tcp(22);
  ASSERT_TRUE(answerTo(cloud::Authorize{"alice", "default", {ssh}}));
  net::Ipv4Address inside;
  read([&](const View& view) {
    inside = view.cloud.instances().begin()->second->private_address.value();
  });
  host_.conntrack = {flowTo(inside)};

  ASSERT_TRUE(answerTo(cloud::Revoke{"alice", "default", {ssh}, true}));
  EXPECT_FALSE(host_.conntrack.begin()->cut) << "keep_flows keeps them";
  EXPECT_TRUE(host_.conntrack.begin()->kept);
  ASSERT_TRUE(answerTo(cloud::Authorize{"alice", "default", {ssh}}));
  EXPECT_FALSE(host_.conntrack.begin()->kept) << "it is legal as any other";
  ASSERT_TRUE(answerTo(cloud::Revoke{"alice", "default", {ssh}}));
  ASSERT_EQ(host_.conntrack.size(), 1U);
  EXPECT_TRUE(host_.conntrack.begin()->cut);
  ASSERT_TRUE(answerTo(cloud::Authorize{"alice", "default", {ssh}}));
  EXPECT_THAT(host_.conntrack, IsEmpty());
}

TEST_F(ControllerTest, FlowsAreCutThoughSomethingElseIsNotInForce) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  const auto inside = host_.state.dhcp.hosts.begin()->second.address;
  host_.conntrack = {flowTo(inside)};
  host_.fault = [](const host::Step& step) {
    return std::holds_alternative<host::OpenPort>(step.action);
  };
  const auto other = answerTo(attach("i-00000002", "vnet1"));
  ASSERT_TRUE(other);
  ASSERT_THAT(other->not_in_force, Not(IsEmpty()));
  const auto detached = answerTo(cloud::DetachInstance{testing::instance("i-00000001")});
  ASSERT_TRUE(detached);
  EXPECT_THAT(detached->not_in_force, IsEmpty());
  EXPECT_THAT(host_.conntrack, IsEmpty()) << "nobody is left who could talk";
}

TEST_F(ControllerTest, KeptFlowsOutliveTheReviewsThatFollow) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  const auto inside = host_.state.dhcp.hosts.begin()->second.address;
  ASSERT_TRUE(answerTo(cloud::Authorize{"alice", "default", {tcp(22), tcp(80)}}));
  host_.conntrack = {flowTo(inside)};
  // Both in one batch or not, the second is about the same address.
  submit(cloud::Revoke{"alice", "default", {tcp(22)}, true});
  ASSERT_TRUE(runUntil([&] { return host_.conntrack.begin()->kept; }));
  ASSERT_TRUE(answerTo(cloud::Revoke{"alice", "default", {tcp(80)}}));
  EXPECT_FALSE(host_.conntrack.begin()->cut);
  boot();
  ASSERT_TRUE(answerTo(cloud::DetachInstance{testing::instance("i-00000001")}));
  EXPECT_THAT(host_.conntrack, IsEmpty());
}

TEST_F(ControllerTest, ARepairOfRulesReviewsAllFlows) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  ASSERT_TRUE(answerTo(cloud::Authorize{"alice", "default", {tcp(22)}}));
  const auto inside = host_.state.dhcp.hosts.begin()->second.address;
  auto legal = flowTo(inside);
  auto illegal = legal;
  illegal.original.destination_port = illegal.reply.source_port = 80;
  auto kept = illegal;
  kept.original.source_port = kept.reply.destination_port = 1;
  kept.kept = true;
  auto foreign = illegal;
  foreign.original.destination = foreign.reply.source = testing::address("192.0.2.99");
  const auto fate = [&](const host::Flow& flow) {
    return *std::find_if(host_.conntrack.begin(), host_.conntrack.end(),
                         [&](const auto& one) { return one.original == flow.original; });
  };
  const auto reconcile = [&] {
    bool done = false;
    controller_->reconcile([&](auto steps) { done = steps.has_value(); });
    return runUntil([&] { return done; });
  };
  host_.conntrack = {legal, illegal, kept, foreign};
  ASSERT_TRUE(reconcile());
  EXPECT_FALSE(fate(illegal).cut) << "there was nothing to repair";
  host_.state.chains.begin()->second.clear();
  ASSERT_TRUE(reconcile());
  EXPECT_TRUE(fate(illegal).cut);
  EXPECT_TRUE(fate(legal).admitted);
  EXPECT_EQ(fate(kept), kept);
  EXPECT_EQ(fate(foreign), foreign);
}

TEST_F(ControllerTest, AStartJudgesWhatIsOlderThanAllRulesAndLeavesWhatAFormerVersionKept) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  const auto inside = host_.state.dhcp.hosts.begin()->second.address;
  host_.conntrack = {flowTo(inside)};
  // As a former version had them.
  host_.state.chains.begin()->second.clear();
  boot();
  EXPECT_FALSE(host_.conntrack.begin()->cut);
  host_.state.jumps.clear();
  boot();
  EXPECT_TRUE(host_.conntrack.begin()->cut);
}

TEST_F(ControllerTest, AMarkThatSomebodyTookComesBack) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  auto flow = flowTo(host_.state.dhcp.hosts.begin()->second.address);
  flow.cut = true;
  host_.conntrack = {flow};
  boot();
  EXPECT_TRUE(host_.conntrack.begin()->marked);
}

TEST_F(ControllerTest, OneWalkDoesForCommandsThatCameMeanwhile) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  ASSERT_TRUE(answerTo(cloud::Authorize{"alice", "default", {tcp(22), tcp(80)}}));
  const auto before = host_.walks;
  std::shared_ptr<std::optional<Result<Applied>>> second;
  host_.fault = [&](const host::Step&) {
    // While the first is being applied.
    if (!second) second = submit(cloud::Revoke{"alice", "default", {tcp(80)}});
    return false;
  };
  const auto first = submit(cloud::Revoke{"alice", "default", {tcp(22)}});
  ASSERT_TRUE(runUntil([&] { return first->has_value() && second && second->has_value(); }));
  EXPECT_EQ(host_.walks, before + 1);
}

TEST_F(ControllerTest, FlowsOfAnInstanceThatWentAreNotTheNextOnes) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  const auto inside = host_.state.dhcp.hosts.begin()->second.address;
  const auto outside = testing::address("192.0.2.7");
  // From the inside, which is always legal.
  host_.conntrack = {{{inside, outside, 17, 40000, 53}, {outside, inside, 17, 53, 40000}, false}};
  std::shared_ptr<std::optional<Result<Applied>>> next;
  host_.fault = [&](const host::Step&) {
    if (!next) next = submit(attach("i-00000002", "vnet1"));
    return false;
  };
  const auto gone = submit(cloud::DetachInstance{testing::instance("i-00000001")});
  ASSERT_TRUE(runUntil([&] { return gone->has_value() && next && next->has_value(); }));
  ASSERT_EQ(host_.state.dhcp.hosts.begin()->second.address, inside) << "the next one has it";
  EXPECT_THAT(host_.conntrack, IsEmpty()) << "begins anew, by the rules";
}

TEST_F(ControllerTest, WhoRepeatsAChangeWaitsForItsReviewToo) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  const auto ssh = tcp(22);
  ASSERT_TRUE(answerTo(cloud::Authorize{"alice", "default", {ssh}}));
  const auto inside = host_.state.dhcp.hosts.begin()->second.address;
  host_.conntrack = {flowTo(inside)};
  bool cut_at_answer = false;
  bool is_repeated = false;
  host_.fault = [&](const host::Step&) {
    if (std::exchange(is_repeated, true)) return false;
    controller_->submit(cloud::Revoke{"alice", "default", {ssh}}, {},
                        [&](const View&, const Result<Applied>& answer) {
                          cut_at_answer = answer && host_.conntrack.begin()->cut;
                        });
    return false;
  };
  ASSERT_TRUE(answerTo(cloud::Revoke{"alice", "default", {ssh}}));
  EXPECT_TRUE(runUntil([&] { return cut_at_answer; }));
}

TEST_F(ControllerTest, WithoutAnyWaitAReviewIsWaitedFor) {
  options_.wait = std::chrono::milliseconds(0);
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  const auto detached = answerTo(cloud::DetachInstance{testing::instance("i-00000001")});
  ASSERT_TRUE(detached);
  EXPECT_THAT(detached->not_in_force, IsEmpty());
}

TEST_F(ControllerTest, ACrashBetweenCommitAndCutIsMadeUpForAtTheNextStart) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  const auto inside = host_.state.dhcp.hosts.begin()->second.address;
  host_.conntrack = {flowTo(inside)};
  ASSERT_TRUE(store_->commit({}, {inside}));
  boot();
  EXPECT_TRUE(host_.conntrack.begin()->cut);
  boot();
  EXPECT_THAT(*store_->pendingReviews(), IsEmpty());
}

TEST_F(ControllerTest, ACrashBetweenCommitAndWalkKeepsWhatWasToBeKept) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  const auto inside = host_.state.dhcp.hosts.begin()->second.address;
  auto flow = flowTo(inside);
  flow.admitted = true;
  host_.conntrack = {flow};
  ASSERT_TRUE(store_->commit({}, {}, {inside}));
  // As after a repair of rules, which reviews all.
  host_.state.jumps.clear();
  boot();
  ASSERT_EQ(host_.conntrack.size(), 1U);
  EXPECT_FALSE(host_.conntrack.begin()->cut);
  EXPECT_TRUE(host_.conntrack.begin()->kept);
  boot();
  EXPECT_THAT(*store_->pendingKept(), IsEmpty());
}

}  // namespace
}  // namespace netctl::controller
