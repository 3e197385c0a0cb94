// What was answered, what is stored and what is shown agree, whatever the disk refuses and
// whichever answers are lost on their way.
#include "netctl/controller/controller.h"
#include "netctl/store/sqlite_store.h"
#include "tests/support/disk/faulty_disk.h"
#include "tests/support/example_cloud.h"
#include "tests/support/fake_host.h"
#include "tests/support/random_commands.h"

#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <optional>
#include <random>
#include <vector>

namespace netctl::controller {
namespace {

using testing::DiskCall;
using testing::FaultyDisk;

/// A controller on a disk that fails at random, and a model of what its callers were told.
class FaultsHistory {
 public:
  explicit FaultsHistory(std::uint32_t seed)
      : disk_(seed), commands_(seed), random_(seed), model_(testing::smallSettings()) {
    settings_ = testing::smallSettings();
    settings_.host.role = cloud::Role::All;
    settings_.host.node_name = "n1";
    settings_.host.bridge = "br0";
    model_ = cloud::Cloud(settings_);
    char name[] = "/tmp/netctl-faults-XXXXXX";
    directory_ = mkdtemp(name);
    host_.bridges = {"br0"};
    for (int i = 0; i < 64; ++i) host_.devices.insert("vnet" + std::to_string(i));
    options_.wait = std::chrono::milliseconds(1);
    options_.audit = {std::chrono::hours(1), std::chrono::hours(1)};
    boot();
  }
  ~FaultsHistory() {
    controller_.reset();
    store_.reset();
    std::filesystem::remove_all(directory_);
    std::filesystem::remove_all(copy());
  }
  FaultsHistory(const FaultsHistory&) = delete;
  FaultsHistory& operator=(const FaultsHistory&) = delete;

  void boot() {
    controller_.reset();
    store_.reset();
    lost_ = false;
    store_ = *store::SqliteStore::open(directory_ / "state.db", directory_);
    controller_ = std::make_unique<Controller>(io_, *store_->load(settings_), *store_, host_,
                                               makeMode(settings_, facts_), options_);
    controller_->onLost([this](const Error&) { lost_ = true; });
    ASSERT_TRUE(controller_->start());
  }

  /// One batch of commands with a fault somewhere in it.
  void round() {
    const auto size = 1 + below(6);
    std::vector<cloud::Command> batch;
    for (std::size_t i = 0; i < size; ++i) batch.push_back(commands_.next(model_));
    std::vector<std::optional<Result<Applied>>> answers(size);
    std::size_t answered = 0;
    armAtRandom();
    controller_->read([&](const View&) {
      for (std::size_t i = 0; i < size; ++i) {
        controller_->submit(batch[i], {}, [&, i](const View&, const Result<Applied>& answer) {
          ++answered;
          answers[i] = answer;
        });
      }
    });
    while (answered < size && !lost_) {
      io_.restart();
      io_.run_one_for(std::chrono::milliseconds(50));
    }
    disk_.failBy({});
    // Who has lost its connection knows nothing.
    for (auto& answer : answers) {
      if (below(4) == 0) answer.reset();
    }
    if (lost_) {
      // What is in doubt is decided by the files that the next life opens.
      ++lost_rounds;
      boot();
    }
    check(batch, answers);
    if (below(10) == 0) boot();
    EXPECT_TRUE(shown() == model_);
  }

  std::size_t refused_rounds = 0;
  std::size_t lost_rounds = 0;

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }
  [[nodiscard]] std::filesystem::path copy() const { return directory_.string() + "-copy"; }

  void armAtRandom() {
    if (below(2) == 0) return;
    static constexpr std::pair<DiskCall, int> kFaults[] = {
        {DiskCall::Sync, SQLITE_IOERR_FSYNC},
        {DiskCall::Sync, SQLITE_IOERR_FSYNC},
        {DiskCall::Write, SQLITE_FULL},
        {DiskCall::Write, SQLITE_IOERR_WRITE},
        {DiskCall::Truncate, SQLITE_IOERR_TRUNCATE},
        {DiskCall::Read, SQLITE_IOERR_READ}};
    const auto [call, code] = kFaults[below(std::size(kFaults))];
    const bool stays = below(4) == 0;
    auto left = below(call == DiskCall::Write ? 30 : 2);
    disk_.failBy(
        [call = call, code = code, stays, left](DiskCall asked, const std::string&) mutable {
          if (asked != call) return SQLITE_OK;
          if (left > 0) {
            --left;
            return SQLITE_OK;
          }
          if (!stays) left = ~std::size_t{0};
          return code;
        });
  }

  /// What the next process finds after kill -9, or after a power loss.
  cloud::Cloud stored() {
    if (below(2) == 0) {
      FaultyDisk::killed(directory_, copy());
    } else {
      disk_.powerLost(directory_, copy());
    }
    const auto store = store::SqliteStore::open(copy() / "state.db", directory_);
    return *(*store)->load(settings_);
  }

  cloud::Cloud shown() {
    std::optional<cloud::Cloud> cloud;
    controller_->read([&](const View& view) { cloud.emplace(view.cloud); });
    while (!cloud) {
      io_.restart();
      io_.run_one_for(std::chrono::milliseconds(50));
    }
    return *std::move(cloud);
  }

  /// The batch has happened in its order, as a whole or not at all, and nobody was told otherwise.
  void check(const std::vector<cloud::Command>& batch,
             const std::vector<std::optional<Result<Applied>>>& answers) {
    auto after = model_;
    std::vector<Result<cloud::Outcome>> outcomes;
    for (const auto& command : batch) {
      outcomes.push_back(cloud::run(after, command));
      (void)after.takeChanges();
    }
    const auto found = stored();
    const bool all = found == after;
    ASSERT_TRUE(all || found == model_) << "neither all of the batch is stored nor nothing";
    // With nothing to store, both are so.
    bool is_refused = !(after == model_) && !all;
    if (is_refused) ++refused_rounds;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (!answers[i]) continue;
      const auto& answer = *answers[i];
      if (!is_refused) {
        ASSERT_EQ(answer.has_value(), outcomes[i].has_value()) << "command " << i;
        if (answer) {
          EXPECT_EQ(answer->outcome.changed, outcomes[i]->changed) << "command " << i;
        } else {
          EXPECT_EQ(answer.error().message, outcomes[i].error().message);
        }
        continue;
      }
      ASSERT_FALSE(answer) << "command " << i << " was acknowledged and is not stored";
      if (answer.error().retryable()) continue;
      auto alone = model_;
      const auto outcome = cloud::run(alone, batch[i]);
      ASSERT_FALSE(outcome) << "command " << i
                            << " was refused for what is not stored: " << answer.error().message;
      EXPECT_EQ(answer.error().message, outcome.error().message);
    }
    if (all) model_ = std::move(after);
  }

  FaultyDisk disk_;
  testing::FakeHost host_;
  cloud::Settings settings_;
  HostFacts facts_{"br0", "eth1", 1500, false};
  Controller::Options options_;
  std::filesystem::path directory_;
  testing::RandomCommands commands_;
  std::mt19937 random_;
  cloud::Cloud model_;
  bool lost_ = false;
  boost::asio::io_context io_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Controller> controller_;
};

TEST(FaultsHistory, AnswersStoreAndShowAgree) {
  std::size_t refused_rounds = 0;
  std::size_t lost_rounds = 0;
  for (const std::uint32_t seed : {1U, 2U, 3U, 4U}) {
    SCOPED_TRACE(seed);
    FaultsHistory history(seed);
    for (int round = 0; round < 250; ++round) {
      history.round();
      ASSERT_FALSE(::testing::Test::HasFailure()) << "round " << round;
    }
    refused_rounds += history.refused_rounds;
    lost_rounds += history.lost_rounds;
  }
  EXPECT_GT(refused_rounds, 50U);
  EXPECT_GT(lost_rounds, 1U);
}

}  // namespace
}  // namespace netctl::controller
