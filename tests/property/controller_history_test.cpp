#include "netctl/controller/controller.h"
#include "netctl/store/sqlite_store.h"
#include "tests/support/example_cloud.h"
#include "tests/support/fake_host.h"
#include "tests/support/random_commands.h"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <random>

namespace netctl::controller {
namespace {

/// A controller on a host in memory, driven by random commands in batches of random size.
class History {
 public:
  explicit History(std::uint32_t seed) : commands_(seed), random_(seed) {
    settings_ = testing::smallSettings();
    settings_.host.role = cloud::Role::All;
    settings_.host.node_name = "n1";
    settings_.host.bridge = "br0";
    char name[] = "/tmp/netctl-history-XXXXXX";
    directory_ = mkdtemp(name);
    store_ = std::move(*store::SqliteStore::open(directory_ / "state.db"));
    host_.bridges = {"br0"};
    for (int i = 0; i < 64; ++i) host_.devices.insert("vnet" + std::to_string(i));
    options_.wait = std::chrono::milliseconds(1);
    options_.audit = {std::chrono::hours(1), std::chrono::hours(1)};
    boot();
  }
  ~History() {
    controller_.reset();
    store_.reset();
    std::filesystem::remove_all(directory_);
  }
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  void boot() {
    controller_.reset();
    controller_ = std::make_unique<Controller>(io_, *store_->load(settings_), *store_, host_,
                                               makeMode(settings_, facts_), options_);
    EXPECT_TRUE(controller_->start());
  }

  /// Submits one batch and waits until each of its commands is answered.
  void batch(std::size_t size) {
    std::size_t waiting = size;
    controller_->read([&](const View& view) {
      for (std::size_t i = 0; i < size; ++i) {
        controller_->submit(commands_.next(view.cloud), {},
                            [&](const View&, const Result<Applied>& result) {
                              --waiting;
                              succeeded_ += result ? 1 : 0;
                            });
      }
    });
    while (waiting > 0) {
      io_.restart();
      io_.run_one_for(std::chrono::milliseconds(50));
    }
  }

  void repairAll() {
    bool done = false;
    controller_->reconcile([&](const auto& result) { done = result.has_value(); });
    while (!done) {
      io_.restart();
      io_.run_one_for(std::chrono::milliseconds(50));
    }
  }

  /// What a fresh process would render of the stored cloud, but for ports whose device is not
  /// there.
  [[nodiscard]] host::HostState fresh() const {
    auto desired = makeMode(settings_, facts_)->render(*store_->load(settings_)).desired;
    std::erase_if(desired.ports,
                  [&](const auto& entry) { return !host_.devices.contains(entry.first); });
    // The host in memory has no devices with sysctls of their own.
    std::erase_if(desired.sysctls, [](const auto& entry) { return host::isOfDevice(entry.first); });
    return desired;
  }

  std::size_t below(std::size_t limit) { return random_() % limit; }

  testing::FakeHost host_;
  std::size_t succeeded_ = 0;

 private:
  cloud::Settings settings_;
  HostFacts facts_{"br0", "eth1", 1500, false};
  Controller::Options options_;
  std::filesystem::path directory_;
  testing::RandomCommands commands_;
  std::mt19937 random_;
  boost::asio::io_context io_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Controller> controller_;
};

TEST(ControllerHistory, TenThousandCommandsEqualAFreshRendering) {
  History history(20261120);
  std::size_t submitted = 0;
  while (submitted < 10000) {
    const auto size = 1 + history.below(60);
    history.batch(size);
    submitted += size;
    ASSERT_EQ(history.host_.state, history.fresh()) << "after " << submitted << " commands";
  }
  EXPECT_GT(history.succeeded_, 3000U);
}

TEST(ControllerHistory, EveryFaultEndsClosedAndConvergesLater) {
  History history(7);
  for (int round = 0; round < 150; ++round) {
    const auto before = history.host_.state.ports;
    auto left = history.below(12);
    history.host_.fault = [&](const host::Step&) { return left-- == 0; };
    history.batch(1 + history.below(8));
    const auto fresh = history.fresh();
    for (const auto& [device, port] : history.host_.state.ports) {
      if (before.contains(device)) continue;  // or its closing was the fault; it is retried
      // A port that has opened may be answered for, so all sets must stand.
      for (const auto& [name, set] : fresh.sets)
        EXPECT_TRUE(history.host_.state.sets.contains(name));
    }
    history.host_.fault = {};
    history.repairAll();
    ASSERT_EQ(history.host_.state, history.fresh()) << "round " << round;
  }
}

TEST(ControllerHistory, ARestartInTheMiddleFindsNothingToDo) {
  History history(99);
  for (int round = 0; round < 40; ++round) {
    history.batch(1 + history.below(40));
    const auto steps = history.host_.steps;
    history.boot();
    // Ports whose device is not there are tried at each start.
    EXPECT_LE(history.host_.steps - steps, 64U);
    ASSERT_EQ(history.host_.state, history.fresh());
  }
}

}  // namespace
}  // namespace netctl::controller
