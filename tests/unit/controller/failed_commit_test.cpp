#include "tests/support/disk/faulty_disk.h"
#include "tests/unit/controller/fixture.h"

namespace netctl::controller {
namespace {

using testing::DiskCall;

/// A controller whose disk can fail.
class FailedCommitTest : public ControllerTest {
 protected:
  // The store closes its files through the disk.
  void TearDown() override {
    controller_.reset();
    store_.reset();
    ControllerTest::TearDown();
  }
  void onMade() override {
    controller_->onLost([this](const Error& error) { lost_ = error.message; });
  }

  /// The next syncs fail, as many as these.
  void failSyncs(int count) {
    disk_.failBy([count](DiskCall call, const std::string&) mutable {
      return call == DiskCall::Sync && count-- > 0 ? SQLITE_IOERR_FSYNC : SQLITE_OK;
    });
  }

  /// What the next process finds after kill -9 now.
  cloud::Cloud stored() {
    const auto copy = directory_.string() + "-copy";
    testing::FaultyDisk::killed(directory_, copy);
    auto store = store::SqliteStore::open(std::filesystem::path(copy) / "state.db");
    auto cloud = (*store)->load(settings_);
    store->reset();
    std::filesystem::remove_all(copy);
    return *std::move(cloud);
  }

  testing::FaultyDisk disk_;
  std::string lost_;
};

TEST_F(FailedCommitTest, ARefusedPermissionIsNotThereAfterACrash) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  const cloud::Authorize authorize{
      "alice",
      "default",
      {{.protocol = net::kTcp, .ports = {22, 22}, .cidrs = {testing::prefix("192.0.2.0/24")}}}};
  failSyncs(1);
  const auto refused = answerTo(authorize);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().retryable());
  const auto found = stored();
  for (const auto& [id, group] : found.groups())
    EXPECT_THAT(group->permissions, ::testing::ElementsAre(cloud::everythingOut()));
  EXPECT_TRUE(answerTo(authorize));
  EXPECT_EQ(lost_, "");
}

TEST_F(FailedCommitTest, WhoWasRefusedForWhatIsNotStoredMayTryAgain) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  failSyncs(1);
  const auto first = submit(cloud::CreateGroup{"alice", "web", "one", {"sg-00000001"}});
  const auto second = submit(cloud::CreateGroup{"alice", "web", "two", {"sg-00000002"}});
  ASSERT_TRUE(runUntil([&] { return first->has_value() && second->has_value(); }));
  ASSERT_FALSE(**first);
  ASSERT_FALSE(**second);
  EXPECT_TRUE((**second).error().retryable()) << (**second).error().message;
}

TEST_F(FailedCommitTest, NothingIsAnsweredOnceItIsNotKnownWhatIsStored) {
  boot();
  ASSERT_TRUE(answerTo(account("alice", "000000000001")));
  failSyncs(1000);
  const auto answer = submit(cloud::CreateGroup{"alice", "web", "one", {"sg-00000001"}});
  ASSERT_TRUE(runUntil([&] { return !lost_.empty(); }));
  bool read = false;
  controller_->read([&](const View&) { read = true; });
  const auto later = submit(account("bob", "000000000002"));
  io_.restart();
  io_.poll();
  EXPECT_FALSE(answer->has_value());
  EXPECT_FALSE(later->has_value());
  EXPECT_FALSE(read);
  disk_.failBy({});
  boot();
  EXPECT_TRUE(answerTo(account("bob", "000000000002")));
}

}  // namespace
}  // namespace netctl::controller
