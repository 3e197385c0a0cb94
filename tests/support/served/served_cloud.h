#pragma once

#include "modes/mode.h"
#include "netctl/api/api.h"
#include "netctl/controller/controller.h"
#include "netctl/store/sqlite_store.h"
#include "tests/support/example_cloud.h"
#include "tests/support/fake_host.h"
#include "tests/support/temporary_directory.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace netctl::testing {

/// New ids that count: the same in every run.
class CountedFresh {
 public:
  api::Fresh operator()() {
    ++count_;
    return {{fmt::format("{:012}", count_)},
            {fmt::format("sg-{:08x}", count_)},
            fmt::format("AKI{:017}", count_),
            fmt::format("secret{:034}", count_),
            {},
            {fmt::format("key-{:017x}", count_)},
            {fmt::format("pl-{:017x}", count_)}};
  }

 private:
  std::uint64_t count_ = 0;
};

/// The API on a real controller, over a host in memory with the devices vnet0 and vnet1.
class ServedCloud {
 public:
  explicit ServedCloud(const cloud::Settings& settings = usualSettings(),
                       std::function<api::Fresh()> fresh = CountedFresh())
      : store_(store::SqliteStore::open(directory_.path() / "cloud.db").value()) {
    host.bridges = {"br0"};
    host.devices = {"vnet0", "vnet1"};
    HostFacts facts;
    facts.private_interface = "br0";
    facts.public_interface = "eth1";
    controller_ = std::make_unique<controller::Controller>(
        io, store_->load(settings).value(), *store_, host, makeMode(settings, facts),
        controller::Controller::Options{.wait = std::chrono::milliseconds(1000)});
    api_ = std::make_unique<api::Api>(
        *controller_, [this](const api::Api::ReloadReply& reply) { reply(reload); },
        [this](api::Service service, const auto& reply) {
          restarted.push_back(service);
          reply(restart);
        },
        std::move(fresh));
    const auto started = controller_->start();
    if (!started) throw std::runtime_error(started.error().message);
  }

  api::Api& api() { return *api_; }
  controller::Controller& controller() { return *controller_; }

  /// Runs the controller on this thread until the answer is there.
  Result<boost::json::value> call(std::string_view method, const boost::json::value& parameters) {
    std::optional<Result<boost::json::value>> answer;
    api_->call(method, parameters, [&answer](Result<boost::json::value> result) {
      EXPECT_FALSE(answer) << "a second answer";
      answer = std::move(result);
    });
    while (!answer) io.run_one();
    return *std::move(answer);
  }
  /// As `call`, with the parameters as text.
  Result<boost::json::value> ask(std::string_view method, std::string_view parameters) {
    return call(method, boost::json::parse({parameters.data(), parameters.size()}));
  }
  /// The answer of a call that is expected to succeed.
  boost::json::value must(std::string_view method, std::string_view parameters) {
    auto answer = ask(method, parameters);
    if (!answer) {
      ADD_FAILURE() << method << " " << parameters << ": " << answer.error().message;
      return boost::json::object{};
    }
    return *std::move(answer);
  }

  /// Looks at what the controller holds.
  void read(const controller::Controller::Reader& reader) {
    bool done = false;
    controller_->read([&](const controller::View& view) {
      reader(view);
      done = true;
    });
    while (!done) io.run_one();
  }
  /// Changes the cloud as a node host does with its part.
  void hold(controller::Controller::Edit edit) {
    bool done = false;
    controller_->edit(std::move(edit),
                      [&](const controller::View&, const Result<controller::Applied>& held) {
                        EXPECT_TRUE(held);
                        done = true;
                      });
    while (!done) io.run_one();
  }

  boost::asio::io_context io;
  FakeHost host;
  Result<api::ReloadReport> reload = api::ReloadReport{};
  Result<void> restart = {};
  std::vector<api::Service> restarted;

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<controller::Controller> controller_;
  std::unique_ptr<api::Api> api_;
};

}  // namespace netctl::testing
