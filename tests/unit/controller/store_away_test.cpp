#include "tests/unit/controller/fixture.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

namespace netctl::controller {
namespace {

using ::testing::HasSubstr;

/// A store that is elsewhere: it may be away, and its transactions have bounds.
class DistantStore : public store::Store {
 public:
  enum class Answer { Takes, Refuses, IsSilent };

  explicit DistantStore(store::Store& store) : store_(store) {}

  using Store::load;
  Result<cloud::Cloud> load(cloud::Settings settings, store::Damage damage) override {
    return store_.load(std::move(settings), damage);
  }
  Result<bool> isNew() override { return store_.isNew(); }
  Result<std::optional<std::string>> formerSubnet() override { return store_.formerSubnet(); }
  Result<std::string> identity() override { return store_.identity(); }
  [[nodiscard]] Result<store::Weight> weigh(const cloud::Changes& changes) const override {
    const store::Weight weight{changes.accounts.size() + changes.groups.size()};
    if (weight.operations <= 2) return weight;
    return Error{ErrorCode::InvalidArgument, "RequestTooLarge", "that is too much"};
  }
  [[nodiscard]] bool holds(const store::Weight& batch) const override {
    return batch.operations <= 4;
  }
  Result<void> commit(const cloud::Changes& changes, const std::set<net::Ipv4Address>& reviews,
                      const std::set<net::Ipv4Address>& kept) override {
    if (doubt_ == store::Doubt::Passing && answer == Answer::IsSilent) {
      return Error{ErrorCode::Busy, "Unavailable", "it is not known yet"};
    }
    batches.push_back(changes.accounts.size());
    doubt_ = answer == Answer::IsSilent ? store::Doubt::Passing : store::Doubt::None;
    if (answer == Answer::Takes) return store_.commit(changes, reviews, kept);
    return Error{ErrorCode::Busy, "Unavailable", "the store is away"};
  }
  [[nodiscard]] store::Doubt doubt() const override { return doubt_; }
  Result<std::optional<store::Return>> look(const cloud::Cloud& /*cloud*/) override {
    if (returns) doubt_ = store::Doubt::None;
    return std::exchange(returns, std::nullopt);
  }
  [[nodiscard]] std::vector<store::Trouble> troubles() const override {
    if (answer == Answer::Takes) return {};
    return {{"etcd", "cannot be reached", "changes are refused", "start it"}};
  }
  Result<std::string> image() override { return store_.image(); }
  Result<std::set<net::Ipv4Address>> pendingReviews() override { return store_.pendingReviews(); }
  Result<std::set<net::Ipv4Address>> pendingKept() override { return store_.pendingKept(); }
  Result<void> finishReviews(const std::set<net::Ipv4Address>& addresses) override {
    return store_.finishReviews(addresses);
  }

  Answer answer = Answer::Takes;
  std::optional<store::Return> returns;
  std::vector<std::size_t> batches;  ///< how many accounts each had

 private:
  store::Store& store_;
  store::Doubt doubt_ = store::Doubt::None;
};

class StoreAwayTest : public ControllerTest {
 protected:
  void SetUp() override {
    options_.wait = std::chrono::seconds(3);
    auto file = store::SqliteStore::open(directory_ / "state.db");
    ASSERT_TRUE(file) << file.error().message;
    file_ = *std::move(file);
    distant_ = std::make_unique<DistantStore>(*file_);
    auto cloud = distant_->load(settings_);
    ASSERT_TRUE(cloud) << cloud.error().message;
    controller_ = std::make_unique<Controller>(io_, std::move(*cloud), *distant_, host_,
                                               makeMode(settings_, facts_), options_);
    const auto started = controller_->start();
    ASSERT_TRUE(started) << started.error().message;
    distant_->batches.clear();
  }
  void TearDown() override {
    controller_.reset();
    distant_.reset();
    file_.reset();
  }

  bool isThere(const std::string& name) {
    std::optional<bool> there;
    controller_->read([&](const View& view) { there = view.cloud.accountByName(name) != nullptr; });
    EXPECT_TRUE(runUntil([&] { return there.has_value(); }));
    return there.value_or(false);
  }
  std::size_t problems() {
    std::optional<std::size_t> count;
    controller_->read([&](const View& view) {
      count = static_cast<std::size_t>(std::ranges::count_if(
          view.status.problems, [](const Problem& problem) { return problem.object == "etcd"; }));
    });
    EXPECT_TRUE(runUntil([&] { return count.has_value(); }));
    return count.value_or(0);
  }

  std::unique_ptr<store::SqliteStore> file_;
  std::unique_ptr<DistantStore> distant_;
};

TEST_F(StoreAwayTest, ABatchIsPartedWhereATransactionIsFull) {
  std::vector<std::shared_ptr<std::optional<Result<Applied>>>> answers;
  for (int i = 1; i <= 5; ++i) {
    answers.push_back(submit(account(fmt::format("a{}", i), fmt::format("{:012}", i))));
  }
  ASSERT_TRUE(runUntil([&] {
    return std::ranges::all_of(answers, [](const auto& answer) { return answer->has_value(); });
  }));
  for (const auto& answer : answers) EXPECT_TRUE(**answer);
  EXPECT_EQ(distant_->batches, (std::vector<std::size_t>{4, 1}));
}

TEST_F(StoreAwayTest, ACommandThatIsTooLargeIsRefusedAlone) {
  const auto first = submit(account("alice", "000000000001"));
  const auto edit = std::make_shared<std::optional<Result<Applied>>>();
  controller_->edit(
      [](cloud::Cloud& cloud) {
        for (int i = 10; i < 13; ++i) {
          cloud.put(cloud::Account{{fmt::format("{:012}", i)}, fmt::format("a{}", i)});
        }
      },
      [edit](const View&, Result<Applied> applied) { *edit = std::move(applied); });
  const auto last = submit(account("bob", "000000000002"));
  ASSERT_TRUE(
      runUntil([&] { return first->has_value() && edit->has_value() && last->has_value(); }));
  EXPECT_TRUE(**first);
  EXPECT_TRUE(**last);
  ASSERT_FALSE(**edit);
  EXPECT_THAT((**edit).error().message, HasSubstr("too much"));
  EXPECT_FALSE(isThere("a10"));
  EXPECT_TRUE(isThere("bob"));
}

TEST_F(StoreAwayTest, WhatAStoreThatIsAwayRefusesMayBeAskedAgain) {
  distant_->answer = DistantStore::Answer::Refuses;
  const auto refused = answerTo(account("alice", "000000000001"));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().retryable());
  EXPECT_FALSE(isThere("alice"));
  EXPECT_EQ(problems(), 1U);
  distant_->answer = DistantStore::Answer::Takes;
  EXPECT_TRUE(answerTo(account("alice", "000000000001")));
  EXPECT_EQ(problems(), 0U);
}

TEST_F(StoreAwayTest, ACommitInDoubtIsAnsweredWhenItIsKnown) {
  for (const bool was_committed : {true, false}) {
    const std::string name = was_committed ? "alice" : "bob";
    distant_->answer = DistantStore::Answer::IsSilent;
    const auto answer = submit(account(name, was_committed ? "000000000001" : "000000000002"));
    ASSERT_TRUE(runUntil([&] { return distant_->doubt() == store::Doubt::Passing; }));
    EXPECT_FALSE(isThere(name));
    EXPECT_FALSE(answer->has_value());
    // Whoever comes meanwhile is refused, and is not taken for the one in doubt.
    EXPECT_FALSE(answerTo(account("carol", "000000000003")));
    EXPECT_FALSE(answer->has_value());
    distant_->answer = DistantStore::Answer::Takes;
    distant_->returns = store::Return{was_committed, {}};
    ASSERT_TRUE(runUntil([&] { return answer->has_value(); }));
    EXPECT_EQ((**answer).has_value(), was_committed);
    EXPECT_EQ(isThere(name), was_committed);
    EXPECT_FALSE(isThere("carol"));
  }
}

TEST_F(StoreAwayTest, WhoAskedIsToldInTimeThatItIsNotKnown) {
  distant_->answer = DistantStore::Answer::IsSilent;
  const auto answer = answerTo(account("alice", "000000000001"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::Timeout);
  EXPECT_THAT(answer.error().message, HasSubstr("not known"));
}

TEST_F(StoreAwayTest, WhatWasStoredBeforeTheStartIsTaken) {
  cloud::Cloud other(settings_);
  other.put(cloud::Account{{"000000000009"}, "early"});
  distant_->returns = store::Return{false, other.takeChanges()};
  ASSERT_TRUE(runUntil([&] { return isThere("early"); }));
}

}  // namespace
}  // namespace netctl::controller
