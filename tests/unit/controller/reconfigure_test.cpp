#include "tests/unit/controller/fixture.h"

namespace netctl::controller {
namespace {

class ReconfigureTest : public ControllerTest {
 protected:
  Result<void> reconfigure(const Controller::MakeSetup& make) {
    std::optional<Result<void>> answer;
    controller_->reconfigure(make, [&](auto done) { answer = std::move(done); });
    EXPECT_TRUE(runUntil([&] { return answer.has_value(); }));
    return answer.value();
  }

  /// As a reload makes it.
  Controller::MakeSetup setup() {
    return [this](const View&) -> Result<std::optional<Controller::Setup>> {
      return Controller::Setup{settings_, makeMode(settings_, facts_), options_};
    };
  }

  PortStatus portOf(std::string_view id) {
    PortStatus status;
    read([&](const View& view) { status = view.ports.at(testing::instance(id)); });
    return status;
  }

  cloud::Settings settings() {
    cloud::Settings settings;
    read([&](const View& view) { settings = view.cloud.settings(); });
    return settings;
  }
};

TEST_F(ReconfigureTest, KeepsWhatNodesHaveReportedOfTheirPorts) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  auto elsewhere = attach("i-00000001", "vnet7");
  elsewhere.node = "n2";
  auto failing = attach("i-00000002", "vnet8");
  failing.node = "n2";
  ASSERT_TRUE(answerTo(elsewhere));
  ASSERT_TRUE(answerTo(failing));
  NodeReport report;
  report.ports = {{testing::instance("i-00000001"), {PortState::Open, ""}},
                  {testing::instance("i-00000002"), {PortState::Failed, "no bridge"}}};
  controller_->nodeChanged({"n2", true, report});
  ASSERT_EQ(portOf("i-00000001").state, PortState::Open);

  ASSERT_TRUE(reconfigure(setup()));
  EXPECT_EQ(portOf("i-00000001").state, PortState::Open) << portOf("i-00000001").reason;
  EXPECT_EQ(portOf("i-00000002").state, PortState::Failed);
  EXPECT_EQ(portOf("i-00000002").reason, "no bridge");
}

TEST_F(ReconfigureTest, LooksAtThePortsOfThisHostAgain) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  ASSERT_EQ(portOf("i-00000001").state, PortState::Open);
  host_.devices.clear();
  host_.state.ports.clear();
  ASSERT_TRUE(reconfigure(setup()));
  EXPECT_EQ(portOf("i-00000001").state, PortState::Waiting);
}

TEST_F(ReconfigureTest, RunsByTheNewSetup) {
  boot();
  settings_.zone = "other";
  ASSERT_TRUE(reconfigure(setup()));
  EXPECT_EQ(settings().zone, "other");
}

TEST_F(ReconfigureTest, ChangesNothingWhereNoneIsMade) {
  boot();
  const auto looks = host_.looks;
  const auto refused = reconfigure([](const View&) -> Result<std::optional<Controller::Setup>> {
    return Error{ErrorCode::InvalidArgument, "", "it will not do"};
  });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "it will not do");
  EXPECT_TRUE(reconfigure(
      [](const View&) { return Result<std::optional<Controller::Setup>>(std::nullopt); }));
  EXPECT_EQ(host_.looks, looks);
}

TEST_F(ReconfigureTest, RefusesSettingsThatTheStoredCloudHasNoPlaceIn) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  ASSERT_TRUE(answerTo(attach("i-00000001", "vnet0")));
  settings_.plan.tags.clear();
  EXPECT_FALSE(reconfigure(setup()));
  EXPECT_FALSE(settings().plan.tags.empty());
}

}  // namespace
}  // namespace netctl::controller
