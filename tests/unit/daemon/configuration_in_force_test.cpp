#include "netctl/daemon/setup/configuration_in_force.h"

#include "netctl/daemon/setup/controller_setup.h"
#include "netctl/store/sqlite_store.h"
#include "tests/support/fake_host.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/daemon/configurations.h"

#include <gmock/gmock.h>
#include <boost/asio/io_context.hpp>

#include <algorithm>

namespace netctl::daemon {
namespace {

using test::address;
using test::allInOne;
using test::nodeHost;
using test::prescribed;
using test::sound;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAreArray;

/// A controller on a host in memory, whose files and network a test changes under it.
class ConfigurationInForceTest : public ::testing::Test {
 protected:
  ConfigurationInForceTest() {
    host_.bridges = {"br0"};
    host_.devices = {"vnet0"};
  }

  void start(const std::string& text, const std::optional<cloud::PartSettings>& part = {}) {
    text_ = text;
    const auto configuration = sound(text);
    auto setup = controllerSetup(configuration, part, network_);
    ASSERT_TRUE(setup) << setup.error().message;
    auto store = store::SqliteStore::open(directory_.path() / "cloud.db");
    ASSERT_TRUE(store) << store.error().message;
    store_ = *std::move(store);
    auto cloud = store_->load(setup->settings);
    ASSERT_TRUE(cloud) << cloud.error().message;
    auto of_host = ofHost(*setup);
    controller_ = std::make_unique<controller::Controller>(
        io_, *std::move(cloud), *store_, host_, std::move(setup->mode), std::move(setup->options));
    in_force_ = std::make_unique<ConfigurationInForce>(
        *controller_, configuration, part, std::move(of_host),
        [this] { return test::parsed(text_); },
        [this]() -> Result<config::HostNetwork> { return network_; });
    const auto started = controller_->start();
    ASSERT_TRUE(started) << started.error().message;
  }

  /// Runs what is posted; timers of later are not waited for.
  void run() {
    io_.restart();
    io_.poll();
  }

  Result<config::Reload> reload(const std::string& text) {
    text_ = text;
    std::optional<Result<config::Reload>> answer;
    in_force_->reload([&](auto reload) { answer = std::move(reload); });
    run();
    return answer.value();
  }

  Result<void> prescribe(const cloud::PartSettings& settings) {
    std::optional<Result<void>> answer;
    in_force_->prescribe(settings, [&](auto done) { answer = std::move(done); });
    run();
    return answer.value();
  }

  template <class Read>
  void read(Read reader) {
    bool done = false;
    controller_->read([&](const controller::View& view) {
      reader(view);
      done = true;
    });
    run();
    EXPECT_TRUE(done);
  }

  cloud::Settings settings() {
    cloud::Settings settings;
    read([&](const controller::View& view) { settings = view.cloud.settings(); });
    return settings;
  }

  /// What is in force is what a start with this configuration would bring into force.
  void expectAsStartedWith(const std::string& text,
                           const std::optional<cloud::PartSettings>& part = {}) {
    const auto setup = controllerSetup(sound(text), part, network_);
    ASSERT_TRUE(setup) << setup.error().message;
    read([&](const controller::View& view) {
      const auto desired = setup->mode->render(view.cloud.withSettings(setup->settings)).desired;
      EXPECT_EQ(host_.state.chains, desired.chains);
      EXPECT_EQ(host_.state.dhcp, desired.dhcp);
      EXPECT_EQ(host_.state.guards, desired.guards);
      EXPECT_THAT(view.status.notices, UnorderedElementsAreArray(setup->options.notices));
    });
  }

  testing::TemporaryDirectory directory_;
  testing::FakeHost host_;
  config::HostNetwork network_ = test::network();
  std::string text_;
  boost::asio::io_context io_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<controller::Controller> controller_;
  std::unique_ptr<ConfigurationInForce> in_force_;
};

TEST_F(ConfigurationInForceTest, AReloadTakesWhatCanChangeAtRunTime) {
  start(allInOne());
  const auto changed = allInOne("NETCTL_DENY=192.0.2.0/24\nVNET_DNS=9.9.9.9\n");
  const auto taken = reload(changed);
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_EQ(taken->changes.size(), 2U);
  expectAsStartedWith(changed);
}

TEST_F(ConfigurationInForceTest, AReloadNamesAnAddressOfThePoolThatTheHostHas) {
  start(allInOne());
  ASSERT_TRUE(reload(allInOne("VNET_PUBLICIPS=203.0.113.4-203.0.113.60\n")));
  read([](const controller::View& view) {
    ASSERT_EQ(view.status.problems.size(), 1U);
    EXPECT_EQ(view.status.problems[0].object, "address 203.0.113.5");
    const auto* taken = view.cloud.takenOf(address("203.0.113.5"));
    ASSERT_NE(taken, nullptr) << "it is not handed out";
    EXPECT_EQ(view.cloud.takenOf(address("203.0.113.4")), nullptr);
  });
  ASSERT_TRUE(reload(allInOne()));
  read([](const controller::View& view) { EXPECT_TRUE(view.status.problems.empty()); });
}

TEST_F(ConfigurationInForceTest, AHostThatIsNotReadyIsWaitedFor) {
  const auto ready = network_;
  network_ = {};
  start(allInOne());
  read([](const controller::View& view) {
    EXPECT_FALSE(view.status.problems.empty());
    EXPECT_FALSE(controller::isHealthy(view.status));
  });
  network_ = ready;
  in_force_->hostChanged(ready);
  run();
  read([](const controller::View& view) {
    EXPECT_TRUE(view.status.problems.empty());
    EXPECT_TRUE(controller::isHealthy(view.status));
  });
  expectAsStartedWith(allInOne());
}

TEST_F(ConfigurationInForceTest, AHostThatIsAsBeforeCostsNoLook) {
  start(allInOne());
  auto other = network_;
  other.interfaces.push_back({"vnet7", false, "br0", 1500, {}});
  const auto looks = host_.looks;
  in_force_->hostChanged(other);
  run();
  EXPECT_EQ(host_.looks, looks);
}

TEST_F(ConfigurationInForceTest, AReloadSeesThatTheNameServerIsThisHost) {
  start(allInOne());
  const auto before = host_.state.chains;
  ASSERT_TRUE(reload(allInOne("VNET_DNS=10.0.0.2\n")));
  EXPECT_NE(host_.state.chains, before) << "instances may ask this host's name server now";
  expectAsStartedWith(allInOne("VNET_DNS=10.0.0.2\n"));
}

TEST_F(ConfigurationInForceTest, AReloadLooksAtTheHostAgain) {
  start(allInOne());
  network_.addresses.push_back({"br0", address("8.8.8.8")});
  ASSERT_TRUE(reload(allInOne()));
  expectAsStartedWith(allInOne());
  network_.interfaces.clear();
  ASSERT_TRUE(reload(allInOne()));
  read([](const controller::View& view) { EXPECT_FALSE(view.status.problems.empty()); });
}

TEST_F(ConfigurationInForceTest, AnotherMtuAndMacOfTheHostAreFollowed) {
  start(allInOne());
  int changes = 0;
  in_force_->onChanged([&](const auto&) { ++changes; });
  in_force_->hostChanged(network_);
  run();
  EXPECT_EQ(changes, 0) << "it is as it was";
  network_.interfaces[0].mtu = 1400;
  network_.interfaces[0].mac = {{2, 0, 0, 0, 0, 7}};
  in_force_->hostChanged(network_);
  run();
  EXPECT_EQ(changes, 1);
  EXPECT_EQ(host_.state.dhcp.server->mtu, 1400U);
  EXPECT_EQ(host_.state.guards.rules->gateway_macs,
            (std::set<net::MacAddress>{{{2, 0, 0, 0, 0, 7}}}));
  expectAsStartedWith(allInOne());
}

TEST_F(ConfigurationInForceTest, AReloadWithErrorsChangesNothing) {
  start(allInOne());
  const auto taken = reload(allInOne("VNET_DNS=9.9.9.9\nNETCTL_WAIT=soon\n"));
  ASSERT_FALSE(taken);
  EXPECT_THAT(taken.error().faults.at(0).message, HasSubstr("NETCTL_WAIT"));
  EXPECT_EQ(net::format(settings().dns), "8.8.8.8");
}

TEST_F(ConfigurationInForceTest, AReloadOnANodeKeepsWhatTheClusterPrescribes) {
  start(nodeHost(), prescribed());
  const auto taken = reload(nodeHost("NETCTL_WAIT=3\nNETCTL_ZONE=mine\n"));
  ASSERT_TRUE(taken) << taken.error().message;
  EXPECT_EQ(net::format(settings().plan.subnet), "10.9.0.0/16");
  EXPECT_EQ(settings().zone, "z7");
  EXPECT_EQ(settings().host.bridge, "br0");
}

TEST_F(ConfigurationInForceTest, ANodeTakesWhatItsClusterPrescribesAndKeepsWhatIsItsOwn) {
  start(nodeHost());
  auto settings_now = prescribed();
  ASSERT_TRUE(prescribe(settings_now));
  EXPECT_EQ(settings().zone, "z7");
  settings_now.zone = "z8";
  ASSERT_TRUE(prescribe(settings_now));
  EXPECT_EQ(settings().zone, "z8");
  EXPECT_EQ(settings().host.node_name, "n1");
  ASSERT_TRUE(reload(nodeHost("NETCTL_WAIT=3\n")));
  EXPECT_EQ(settings().zone, "z8");
}

TEST_F(ConfigurationInForceTest, ANodeTakesTheSameAgainWithoutALookAtAnything) {
  start(nodeHost(), prescribed());
  const auto looks = host_.looks;
  ASSERT_TRUE(prescribe(prescribed()));
  EXPECT_EQ(host_.looks, looks);
}

TEST_F(ConfigurationInForceTest, ANodeRefusesAnotherModeAndGoesOn) {
  start(nodeHost(), prescribed());
  auto other = prescribed();
  other.mode = cloud::NetworkMode::System;
  const auto done = prescribe(other);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::Conflict);
  EXPECT_EQ(settings().mode, cloud::NetworkMode::ManagedNoVlan);
  EXPECT_EQ(net::format(settings().plan.subnet), "10.9.0.0/16");
}

}  // namespace
}  // namespace netctl::daemon
