#include "tests/support/disk/faulty_disk.h"
#include "tests/unit/store/store_fixture.h"

#include <fmt/format.h>

#include <optional>
#include <ostream>
#include <vector>

namespace netctl::store {
namespace {

using netctl::testing::address;
using netctl::testing::DiskCall;
using netctl::testing::FaultyDisk;

struct FaultKind {
  const char* name;
  DiskCall call;
  int code;
  bool stays;    ///< also every later call fails
  int step = 1;  ///< from one call that is tried to the next: many are alike
};

void PrintTo(const FaultKind& kind, std::ostream* out) {
  *out << kind.name;
}

/// What is asked of the store in a test, one commit each.
std::vector<cloud::Command> commands() {
  const cloud::PermissionRequest ssh{
      .protocol = net::kTcp, .ports = {22, 22}, .cidrs = {netctl::testing::prefix("192.0.2.0/24")}};
  return {cloud::CreateAccount{"alice", {"111111111111"}, "AK1", "s"},
          cloud::CreateGroup{"alice", "web", "", {"sg-00000001"}},
          cloud::Authorize{"alice", "web", {ssh}},
          cloud::AttachInstance{.instance = netctl::testing::instance("i-00000001"),
                                .owner = "alice",
                                .groups = {"web"},
                                .user_data = std::string(9000, 'u')},
          cloud::Revoke{"alice", "web", {ssh}},
          cloud::DetachInstance{netctl::testing::instance("i-00000001")}};
}

/// A store whose disk fails, and what was answered by it.
class FaultsTest : public StoreTest, public ::testing::WithParamInterface<FaultKind> {
 protected:
  FaultsTest() : cloud_(netctl::testing::smallSettings()) {}

  /// Arms the fault for the call of this number; `fired_` is true once it has come to that.
  void arm(int number) {
    disk_.failBy([this, number, count = 0](DiskCall call, const std::string&) mutable {
      const auto& kind = GetParam();
      if (call != kind.call) return SQLITE_OK;
      const int now = count++;
      if (now != number && !(kind.stays && now > number)) return SQLITE_OK;
      fired_ = true;
      return kind.code;
    });
  }

  /// The cloud that the next process finds in a copy of the directory.
  cloud::Cloud cloudOf(const std::filesystem::path& directory) {
    auto store = SqliteStore::open(directory / file_.filename(), directory_);
    if (!store) throw std::runtime_error(store.error().message);
    return load(**store);
  }

  /// Both ends of the process leave what was answered, or `other`.
  void expectKept(const cloud::Cloud& other) {
    disk_.failBy({});
    const auto state = file_.parent_path();
    const auto expect = [&](const std::filesystem::path& copy, const char* end) {
      const auto found = cloudOf(copy);
      EXPECT_TRUE(found == cloud_ || found == other) << "after " << end;
      std::filesystem::remove_all(copy);
    };
    auto copy = directory_ / fmt::format("killed-{}", ++copies_);
    FaultyDisk::killed(state, copy);
    expect(copy, "kill -9");
    for (int i = 0; i < 2; ++i) {
      copy = directory_ / fmt::format("power-{}", ++copies_);
      disk_.powerLost(state, copy);
      expect(copy, "a power loss");
    }
  }

  /// One command, answered by what the store says.
  void answer(const cloud::Command& command) {
    auto former = cloud_;
    if (!cloud::run(cloud_, command)) return;  // since an earlier one was refused
    const auto changes = cloud_.takeChanges();
    const auto committed = store_->commit(changes, {address("10.0.0.9")});
    if (committed) return;
    EXPECT_TRUE(fired_) << committed.error().message;
    is_in_doubt_ = store_->doubt() == Doubt::Lasting;
    if (is_in_doubt_) return expectKept(former);  // and is not answered
    EXPECT_TRUE(committed.error().retryable()) << committed.error().message;
    cloud_ = std::move(former);
    expectKept(cloud_);
    if (GetParam().stays) arm(0);
  }

  FaultyDisk disk_;
  cloud::Cloud cloud_;
  std::unique_ptr<Store> store_;
  bool fired_ = false;
  bool is_in_doubt_ = false;
  int copies_ = 0;
};

TEST_P(FaultsTest, LeaveWhatWasAnsweredAtEachCall) {
  // Made once: that takes most of the calls, and has a test of its own.
  open().reset();
  const auto made = file_.parent_path();
  bool fired = true;
  int number = 0;
  for (; fired; number += GetParam().step) {
    SCOPED_TRACE(fmt::format("at call {}", number));
    const auto state = directory_ / std::to_string(number);
    std::filesystem::copy(made, state);
    file_ = state / file_.filename();
    cloud_ = cloud::Cloud(netctl::testing::smallSettings());
    is_in_doubt_ = false;
    fired_ = false;
    arm(number);
    auto opened = SqliteStore::open(file_, directory_);
    if (!opened) {
      ASSERT_TRUE(fired_) << opened.error().message;
      disk_.failBy({});
      opened = SqliteStore::open(file_, directory_);
      ASSERT_TRUE(opened) << opened.error().message;
    }
    store_ = *std::move(opened);
    for (const auto& command : commands()) {
      answer(command);
      if (!is_in_doubt_) (void)store_->finishReviews({address("10.0.0.9")});
      if (is_in_doubt_ || HasFailure()) break;
    }
    fired = fired_;
    if (!is_in_doubt_) {
      expectKept(cloud_);
      // Once the disk works again, so does the store.
      answer(cloud::CreateAccount{"bob", {"222222222222"}, "AK2", "s"});
      EXPECT_FALSE(is_in_doubt_);
      expectKept(cloud_);
    }
    store_.reset();
    std::filesystem::remove_all(state);
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_GT(number, GetParam().step) << "there is no such call at all";
}

TEST_P(FaultsTest, LeaveAFileThatCanBeMadeLater) {
  fired_ = true;
  for (int number = 0; fired_; number += 2 * GetParam().step) {
    SCOPED_TRACE(fmt::format("at call {}", number));
    const auto state = directory_ / std::to_string(number);
    file_ = state / "netctl.db";
    fired_ = false;
    arm(number);
    const auto failed = SqliteStore::open(file_, directory_);
    disk_.failBy({});
    if (!failed) {
      EXPECT_TRUE(fired_) << failed.error().message;
      store_ = open();
      EXPECT_TRUE(load(*store_) == cloud_);
    }
    store_.reset();
    std::filesystem::remove_all(state);
    ASSERT_FALSE(HasFailure());
  }
}

constexpr FaultKind kFaults[] = {
    {"SyncFailsOnce", DiskCall::Sync, SQLITE_IOERR_FSYNC, false},
    {"SyncFailsFromThenOn", DiskCall::Sync, SQLITE_IOERR_FSYNC, true},
    {"WriteFailsOnce", DiskCall::Write, SQLITE_IOERR_WRITE, false, 3},
    {"WriteFailsFromThenOn", DiskCall::Write, SQLITE_IOERR_WRITE, true, 7},
    {"DiskIsFullOnce", DiskCall::Write, SQLITE_FULL, false, 5},
    {"DiskIsFullFromThenOn", DiskCall::Write, SQLITE_FULL, true, 8},
    {"TruncateFailsOnce", DiskCall::Truncate, SQLITE_IOERR_TRUNCATE, false},
    {"TruncateFailsFromThenOn", DiskCall::Truncate, SQLITE_IOERR_TRUNCATE, true},
    {"ReadFailsOnce", DiskCall::Read, SQLITE_IOERR_READ, false, 2},
    {"ReadFailsFromThenOn", DiskCall::Read, SQLITE_IOERR_READ, true, 3},
    {"SizeFailsOnce", DiskCall::Size, SQLITE_IOERR_FSTAT, false},
    {"OpenFailsOnce", DiskCall::Open, SQLITE_CANTOPEN, false},
    {"AccessFailsOnce", DiskCall::Access, SQLITE_IOERR_ACCESS, false},
    {"LockIsHeldOnce", DiskCall::Lock, SQLITE_BUSY, false},
    {"LockFailsOnce", DiskCall::Lock, SQLITE_IOERR_LOCK, false},
};

INSTANTIATE_TEST_SUITE_P(OfTheDisk, FaultsTest, ::testing::ValuesIn(kFaults),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace netctl::store
