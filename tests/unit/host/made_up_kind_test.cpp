// What a new kind of host object takes: its value, its steps and a row. All that is done with kinds
// holds for it then. Here with a state and a scope of its own; one of netctl's gets its members and
// its place in the table in host_state.h.

#include "modes/host/kind_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace netctl::host {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Tunnel {
  std::string peer;
  bool operator==(const Tunnel&) const = default;
};
struct OpenTunnel {
  std::string name;
  Tunnel tunnel;
  bool operator==(const OpenTunnel&) const = default;
};
struct CloseTunnel {
  std::string name;
  bool operator==(const CloseTunnel&) const = default;
};

/// By name.
struct TunnelKind {
  using Made = StepTypes<OpenTunnel, CloseTunnel>;
  static auto& objects(auto& state) { return state.tunnels; }
  static auto& names(auto& scope) { return scope.tunnels; }

  static void plan(auto& steps, const std::string& name, const Change<Tunnel>& change) {
    if (change.wanted == nullptr) {
      steps.add({Phase::ClosePorts}, CloseTunnel{name});
    } else {
      steps.add({Phase::OpenPorts}, OpenTunnel{name, *change.wanted});
    }
  }
  static void touched(const OpenTunnel& step, std::set<std::string>& names) {
    names.insert(step.name);
  }
  static void touched(const CloseTunnel& step, std::set<std::string>& names) {
    names.insert(step.name);
  }
  static void carryOut(const OpenTunnel& step, std::map<std::string, Tunnel>& tunnels) {
    tunnels[step.name] = step.tunnel;
  }
  static void carryOut(const CloseTunnel& step, std::map<std::string, Tunnel>& tunnels) {
    tunnels.erase(step.name);
  }
  static Bearing bearing(const OpenTunnel&) { return {Bearing::Gate::Opens}; }
  static Bearing bearing(const CloseTunnel&) { return {.together = "tunnels"}; }
  static void describe(const OpenTunnel& step, Lines& lines) {
    lines.add("add", "tunnel " + step.name, "to " + step.tunnel.peer);
  }
  static void describe(const CloseTunnel& step, Lines& lines) {
    lines.add("remove", "tunnel " + step.name);
  }
};

/// A cipher, and the keys that are within it: one transaction.
struct EditKeys {
  std::optional<EntryChange<std::string>> cipher;
  std::map<std::string, EntryChange<int>> keys;
  bool operator==(const EditKeys&) const = default;
};
struct CipherKind {
  using Made = StepTypes<EditKeys>;
  static auto& objects(auto& state) { return state.cipher; }
  static auto& names(auto& scope) { return scope.cipher; }

  static void plan(auto& steps, const Change<std::string>& change) {
    steps.template edit<EditKeys>({Phase::Guards}).cipher = entryChange(change);
  }
  static void touched(const EditKeys& step, bool& named) { named = named || step.cipher; }
  static void carryOut(const EditKeys& step, std::optional<std::string>& cipher) {
    if (step.cipher) cipher = step.cipher->after;
  }
  static Bearing bearing(const EditKeys&) { return {Bearing::Gate::Guards}; }
  static void describe(const EditKeys& step, Lines& lines) {
    if (step.cipher) lines.add(*step.cipher, "cipher");
  }
};
struct KeyKind {
  using Made = StepTypes<>;
  using Within = CipherKind;
  static auto& objects(auto& state) { return state.keys; }
  static auto& names(auto& scope) { return scope.keys; }

  static void plan(auto& steps, const std::string& peer, const Change<int>& change) {
    steps.template edit<EditKeys>({Phase::Guards}).keys[peer] = entryChange(change);
  }
  static void touched(const EditKeys& step, std::set<std::string>& names) {
    for (const auto& [peer, change] : step.keys) names.insert(peer);
  }
  static void carryOut(const EditKeys& step, std::map<std::string, int>& keys) {
    if (step.cipher) keys.clear();
    carryOutAll(step.keys, keys);
  }
  static void describe(const EditKeys& step, Lines& lines) {
    for (const auto& [peer, change] : step.keys) lines.add(change, "key of " + peer);
  }
};

struct LittleScope {
  bool everything = false;
  std::set<std::string> tunnels;
  bool cipher = false;
  std::set<std::string> keys;
  bool operator==(const LittleScope&) const = default;
};
struct LittleState {
  std::map<std::string, Tunnel> tunnels;
  std::optional<std::string> cipher;
  std::map<std::string, int> keys;
  LittleScope foreign;
  bool operator==(const LittleState&) const = default;
};
using LittleKinds = Rows<TunnelKind, CipherKind, KeyKind>;
struct LittleStep {
  Phase phase = Phase::Guards;
  ActionOf<LittleKinds> action;
  bool operator==(const LittleStep&) const = default;
};
using Little = KindTable<LittleState, LittleScope, LittleStep, LittleKinds>;

LittleState some() {
  return {
      .tunnels = {{"t1", {"n1"}}, {"t2", {"n2"}}}, .cipher = "aes", .keys = {{"n1", 1}, {"n2", 2}}};
}

std::vector<std::string> lines(const std::vector<LittleStep>& steps) {
  std::vector<StepDescription> described;
  for (const auto& step : steps) describe<Little>(step, described);
  std::vector<std::string> lines;
  for (const auto& [phase, action, object, detail] : described) {
    lines.push_back(std::string(phase) + ": " + std::string(action) + " " + object +
                    (detail.empty() ? "" : " " + detail));
  }
  return lines;
}

LittleScope scopeOf(const std::vector<LittleStep>& steps) {
  LittleScope scope;
  for (const auto& step : steps) addTouched<Little>(step, scope);
  return scope;
}

TEST(MadeUpKind, GrowsAndShrinksInItsPlaces) {
  EXPECT_THAT(lines(diff<Little>(some(), {})),
              ElementsAre("guards: add cipher", "guards: add key of n1", "guards: add key of n2",
                          "open-ports: add tunnel t1 to n1", "open-ports: add tunnel t2 to n2"));
  EXPECT_THAT(lines(diff<Little>({}, some())),
              ElementsAre("close-ports: remove tunnel t1", "close-ports: remove tunnel t2",
                          "guards: remove cipher"));
  EXPECT_THAT(diff<Little>(some(), some()), IsEmpty());
}

TEST(MadeUpKind, WritesWhatDiffersOnly) {
  auto desired = some();
  desired.tunnels["t2"].peer = "n3";
  desired.keys.erase("n2");
  desired.keys["n3"] = 3;
  EXPECT_THAT(lines(diff<Little>(desired, some())),
              ElementsAre("guards: remove key of n2", "guards: add key of n3",
                          "open-ports: add tunnel t2 to n3"));
}

TEST(MadeUpKind, IsAsDesiredWhenItsStepsAreCarriedOut) {
  auto desired = some();
  desired.cipher = "chacha";
  desired.tunnels = {{"t2", {"n3"}}};
  desired.keys["n3"] = 3;
  auto foreign = some();
  foreign.foreign = {.tunnels = {"t1"}, .cipher = true, .keys = {"n1"}};
  for (const auto& [from, to] :
       {std::pair(some(), desired), {desired, some()}, {some(), {}}, {foreign, some()}}) {
    auto state = from;
    for (const auto& step : diff<Little>(to, from)) carryOut<Little>(step, state);
    EXPECT_EQ(state, to);
  }
}

TEST(MadeUpKind, BeginsAnewWithWhatItIsWithin) {
  auto desired = some();
  desired.cipher = "chacha";
  EXPECT_THAT(
      lines(diff<Little>(desired, some())),
      ElementsAre("guards: change cipher", "guards: add key of n1", "guards: add key of n2"));
}

TEST(MadeUpKind, IsMadeAnewWhereItIsForeign) {
  auto observed = some();
  observed.foreign.tunnels = {"t1"};
  EXPECT_THAT(lines(diff<Little>(some(), observed)),
              ElementsAre("open-ports: add tunnel t1 to n1"));
  observed.foreign.tunnels.clear();
  observed.foreign.cipher = true;
  EXPECT_THAT(
      lines(diff<Little>(some(), observed)),
      ElementsAre("guards: change cipher", "guards: add key of n1", "guards: add key of n2"));
}

TEST(MadeUpKind, HasItsPartOfAScope) {
  const auto scope = scopeOf(diff<Little>(some(), {}));
  EXPECT_EQ(scope, (LittleScope{.tunnels = {"t1", "t2"}, .cipher = true, .keys = {"n1", "n2"}}));
  EXPECT_EQ(restrict<Little>(some(), scope), some());
  EXPECT_EQ(restrict<Little>(some(), {.tunnels = {"t2", "t3"}}),
            (LittleState{.tunnels = {{"t2", {"n2"}}}}));
  auto observed = some();
  observed.foreign.tunnels = {"t1", "t2"};
  EXPECT_EQ(restrict<Little>(observed, {.tunnels = {"t2"}}).foreign,
            (LittleScope{.tunnels = {"t2"}}));
}

TEST(MadeUpKind, ScopesOfItMergeOverlapAndCover) {
  LittleScope scope{.tunnels = {"t1"}};
  merge<Little>(scope, {.tunnels = {"t2"}, .cipher = true});
  EXPECT_EQ(scope, (LittleScope{.tunnels = {"t1", "t2"}, .cipher = true}));
  EXPECT_TRUE(overlap<Little>(scope, {.tunnels = {"t2", "t3"}}));
  EXPECT_TRUE(overlap<Little>(scope, {.cipher = true}));
  EXPECT_FALSE(overlap<Little>(scope, {.tunnels = {"t3"}, .keys = {"t1"}}));
  EXPECT_TRUE(covers<Little>(scope, {.tunnels = {"t2"}}));
  EXPECT_FALSE(covers<Little>(scope, {.tunnels = {"t2", "t3"}}));
  EXPECT_FALSE(covers<Little>(scope, {.everything = true}));
}

TEST(MadeUpKind, IsNotOpenedWithoutItsGuard) {
  auto desired = some();
  desired.cipher = "chacha";
  desired.tunnels = {{"t3", {"n3"}}};
  const auto plan = diff<Little>(desired, some());
  std::vector<std::string> done;
  const auto failures = execute<Little>(plan, [&](std::span<const LittleStep> steps) {
    std::vector<Result<void>> results;
    std::string together;
    for (const auto& step : steps) {
      together += lines({step}).front() + ";";
      results.push_back({});
      if (step.phase == Phase::Guards) results.back() = Error{ErrorCode::Kernel, "", "refused"};
    }
    done.push_back(together);
    return results;
  });
  EXPECT_THAT(done, ElementsAre("close-ports: remove tunnel t1;close-ports: remove tunnel t2;",
                                "guards: change cipher;"));
  ASSERT_EQ(failures.size(), 2U);
  EXPECT_EQ(failures[0].error.message, "refused");
  EXPECT_EQ(lines({plan[failures[1].step]}).front(), "open-ports: add tunnel t3 to n3");
  EXPECT_THAT(failures[1].error.message, ::testing::HasSubstr("held back"));
}

}  // namespace
}  // namespace netctl::host
