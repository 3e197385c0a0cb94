#include "modes/host/execution.h"

#include "modes/host/describe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace netctl::host {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const InterfaceAddress kAddress{"eth0", {0xc0000207}, 32};

/// Notes what it is to do, and fails where it is told to.
class Runner : public StepRunner {
 public:
  Result<void> run(const Step& step) override {
    done.push_back(object(step));
    if (!fails(step)) return {};
    return Error{code, "", "refused"};
  }
  std::vector<Result<void>> runTogether(std::span<const Step> steps) override {
    done.push_back("together:");
    return StepRunner::runTogether(steps);
  }
  static std::string object(const Step& step) { return describe(step).front().object; }

  std::vector<std::string> done;
  std::function<bool(const Step&)> fails = [](const Step&) { return false; };
  ErrorCode code = ErrorCode::Kernel;
};

std::function<bool(const Step&)> in(Phase phase) {
  return [phase](const Step& step) { return step.phase == phase; };
}

/// Something of all that guards, and of all that opens.
HostState guarded() {
  HostState state;
  state.guards.rules = GuardRules{.shared_bridge = "br0"};
  state.sets["nc_a"] = {};
  state.chains[{Table::Filter, "NC_FORWARD"}] = {};
  state.nat.rules = NatRules{};
  state.addresses.insert(kAddress);
  state.ports["vnet0"] = {"i-1", "br0"};
  return state;
}

std::vector<std::string> messages(const std::vector<FailedStep>& failed) {
  std::vector<std::string> messages;
  for (const auto& [step, error] : failed) {
    messages.push_back(Runner::object(step) + ": " + error.message);
  }
  return messages;
}

TEST(Execution, RunsAllStepsInTheirOrder) {
  Runner runner;
  EXPECT_THAT(execute(diff(guarded(), {}), runner), IsEmpty());
  EXPECT_THAT(runner.done, ElementsAre("guard rules", "set nc_a", "nat rules and wall",
                                       "chain filter NC_FORWARD", "address eth0 192.0.2.7/32",
                                       "neighbours of eth0", "port vnet0"));
}

TEST(Execution, NothingOpensAfterAGuardASetOrATableThatFailed) {
  for (const auto phase : {Phase::Guards, Phase::AddSets, Phase::Tables}) {
    Runner runner;
    runner.fails = in(phase);
    const auto failed = messages(execute(diff(guarded(), {}), runner));
    EXPECT_THAT(failed, ::testing::Contains(HasSubstr("held back")).Times(3)) << format(phase);
    EXPECT_EQ(runner.done.size(), 4U) << "the other guards stand all the same";
  }
}

TEST(Execution, AMemberThatStaysKeepsPortsClosed) {
  auto observed = guarded();
  observed.ports.clear();
  observed.sets["nc_a"].members = {{.address = {1}}};
  Runner runner;
  runner.fails = in(Phase::RemoveMembers);
  EXPECT_THAT(messages(execute(diff(guarded(), observed), runner)),
              ElementsAre("set nc_a: refused", HasSubstr("port vnet0: held back")));
}

TEST(Execution, ATableThatIsWrittenButForWhatHadToStayKeepsNothingClosed) {
  Runner runner;
  runner.fails = in(Phase::Tables);
  runner.code = ErrorCode::Conflict;
  EXPECT_EQ(execute(diff(guarded(), {}), runner).size(), 2U);
  EXPECT_EQ(runner.done.back(), "port vnet0");
}

TEST(Execution, WhatClosesIsDoneWhateverFailed) {
  Runner runner;
  runner.fails = [](const Step&) { return true; };
  const auto plan = diff({}, guarded());
  EXPECT_EQ(execute(plan, runner).size(), plan.steps.size());
  EXPECT_EQ(runner.done.size(), plan.steps.size());
}

TEST(Execution, AnAddressThatCouldNotBeAddedIsNotAnnounced) {
  auto desired = guarded();
  desired.addresses.insert({"eth0", {0xc0000208}, 32});
  Runner runner;
  runner.fails = [](const Step& step) {
    const auto* addition = std::get_if<AddAddress>(&step.action);
    return addition != nullptr && addition->address == kAddress;
  };
  const auto failed = execute(diff(desired, {}), runner);
  EXPECT_THAT(messages(failed),
              ElementsAre("address eth0 192.0.2.7/32: refused",
                          "neighbours of eth0: not announced, because the address could not be "
                          "added"));
  EXPECT_THAT(runner.done, ::testing::Contains("neighbours of eth0").Times(1));
  EXPECT_EQ(runner.done.back(), "port vnet0") << "one port's failure keeps no other closed";
}

TEST(Execution, HandsOverTogetherWhatCostsLessTogether) {
  HostState state;
  for (const std::uint16_t tag : {2, 3}) {
    state.segments[net::Tag{tag}] = {};
    state.dhcp.networks[net::Tag{tag}] = {};
  }
  state.dhcp.server.emplace();
  Runner runner;
  EXPECT_THAT(execute(diff(state, {}), runner), IsEmpty());
  EXPECT_THAT(runner.done, ElementsAre("segment 2", "segment 3", "together:", "dhcp network 2",
                                       "dhcp network 3", "dhcp server"));
  runner.done.clear();
  EXPECT_THAT(execute(diff({}, state), runner), IsEmpty());
  EXPECT_THAT(runner.done, ElementsAre("together:", "segment 2", "segment 3", "together:",
                                       "dhcp network 2", "dhcp network 3", "dhcp server"));
}

}  // namespace
}  // namespace netctl::host
