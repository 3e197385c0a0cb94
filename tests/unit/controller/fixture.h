#pragma once

#include "netctl/controller/controller.h"
#include "netctl/store/sqlite_store.h"
#include "tests/support/example_cloud.h"
#include "tests/support/fake_host.h"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace netctl::controller {

/// A controller on a host in memory and a real store in a directory of its own.
class ControllerTest : public ::testing::Test {
 protected:
  ControllerTest() {
    settings_ = testing::smallSettings();
    settings_.host.role = cloud::Role::All;
    settings_.host.node_name = "n1";
    settings_.host.bridge = "br0";
    char name[] = "/tmp/netctl-controller-XXXXXX";
    directory_ = mkdtemp(name);
    host_.bridges = {"br0"};
    host_.devices = {"vnet0", "vnet1"};
    options_.wait = std::chrono::milliseconds(400);
    options_.audit = {std::chrono::hours(1), std::chrono::hours(1)};
  }

  ~ControllerTest() override {
    controller_.reset();
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  /// A first or a further life of the daemon, on the same store and host.
  void boot() {
    controller_.reset();
    store_.reset();
    auto store = store::SqliteStore::open(directory_ / "state.db");
    ASSERT_TRUE(store) << store.error().message;
    store_ = std::move(*store);
    auto cloud = store_->load(settings_);
    ASSERT_TRUE(cloud) << cloud.error().message;
    auto mode = makeMode(settings_, facts_);
    controller_ = std::make_unique<Controller>(io_, std::move(*cloud), *store_, host_,
                                               std::move(mode), options_);
    onMade();
    const auto started = controller_->start();
    ASSERT_TRUE(started) << started.error().message;
  }

  /// What a test sets before the start.
  virtual void onMade() {}

  /// Runs the loop until the condition holds, for at most thirty seconds.
  template <class Condition>
  bool runUntil(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition() && std::chrono::steady_clock::now() < deadline) {
      io_.restart();
      io_.run_one_for(std::chrono::milliseconds(20));
    }
    return condition();
  }

  std::shared_ptr<std::optional<Result<Applied>>> submit(cloud::Command command,
                                                         SubmitOptions options = {}) {
    auto answer = std::make_shared<std::optional<Result<Applied>>>();
    controller_->submit(std::move(command), options,
                        [answer](const View&, Result<Applied> result) { *answer = result; });
    return answer;
  }

  Result<Applied> answerTo(cloud::Command command, SubmitOptions options = {}) {
    const auto answer = submit(std::move(command), options);
    if (!runUntil([&] { return answer->has_value(); })) {
      return Error{ErrorCode::Timeout, "", "no answer"};
    }
    return **answer;
  }

  std::vector<host::StepDescription> plan() {
    std::optional<Result<std::vector<host::StepDescription>>> answer;
    controller_->plan([&](auto result) { answer = std::move(result); });
    EXPECT_TRUE(runUntil([&] { return answer.has_value(); }));
    return answer && *answer ? **answer : std::vector<host::StepDescription>{};
  }

  template <class Read>
  void read(Read reader) {
    bool done = false;
    controller_->read([&](const View& view) {
      reader(view);
      done = true;
    });
    EXPECT_TRUE(runUntil([&] { return done; }));
  }

  static cloud::CreateAccount account(const std::string& name, const std::string& id) {
    return {name, cloud::AccountId{id}, "AKI" + id, "secret"};
  }
  static cloud::AttachInstance attach(std::string_view id, const std::string& device) {
    cloud::AttachInstance command{testing::instance(id), "alice"};
    command.device = device;
    return command;
  }

  cloud::Settings settings_;
  HostFacts facts_{"br0", "eth1", 1500, false};
  std::filesystem::path directory_;
  testing::FakeHost host_;
  boost::asio::io_context io_;
  Controller::Options options_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Controller> controller_;
};

}  // namespace netctl::controller
