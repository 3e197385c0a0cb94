#include "netctl/store/state_replacement.h"
#include "tests/support/disk/faulty_disk.h"
#include "tests/unit/store/store_fixture.h"

#include <fstream>

namespace netctl::store {
namespace {

using netctl::testing::DiskCall;
using netctl::testing::FaultyDisk;
using netctl::testing::smallSettings;

/// A file with one of everything.
class DamageTest : public StoreTest {
 protected:
  DamageTest() : cloud_(smallSettings()) {
    auto store = open();
    cloud_ = load(*store);
    identity_ = *store->identity();
    commit(*store, cloud_, cloud::CreateAccount{"alice", {"111111111111"}, "AK1", "s"});
    commit(*store, cloud_, cloud::CreateGroup{"alice", "web", "", {"sg-00000001"}});
    commit(*store, cloud_,
           cloud::Authorize{"alice",
                            "web",
                            {{.protocol = net::kTcp,
                              .ports = {22, 22},
                              .cidrs = {netctl::testing::prefix("192.0.2.0/24")}}}});
    commit(*store, cloud_,
           cloud::AttachInstance{.instance = netctl::testing::instance("i-00000001"),
                                 .owner = "alice",
                                 .groups = {"web"}});
  }

  /// Of the error of loading it after an edit by another program.
  Error damagedBy(const char* sql) const {
    edit(sql);
    const auto store = open();
    auto loaded = store->load(smallSettings());
    return loaded ? Error{ErrorCode::NotFound, "", "it was loaded"} : loaded.error();
  }

  cloud::Cloud cloud_;
  std::string identity_;
};

TEST_F(DamageTest, ARowThatRefersToNothingIsNamed) {
  const auto error = damagedBy("DELETE FROM groups WHERE name = 'web'");
  EXPECT_EQ(error.code, ErrorCode::Internal);
  std::string all;
  for (const auto& fault : error.faults) all += fault.message + "\n";
  EXPECT_NE(all.find("table permissions, row 192.0.2.0/24: group_id is sg-00000001, which is not "
                     "in groups"),
            std::string::npos)
      << all;
  EXPECT_NE(all.find("table instance_groups, row i-00000001"), std::string::npos) << all;
}

TEST_F(DamageTest, EveryReferenceIsChecked) {
  for (const auto* sql : {"DELETE FROM accounts", "UPDATE addresses SET instance = 'i-0000000f'",
                          "UPDATE instance_groups SET instance = 'i-0000000f'",
                          "UPDATE permissions SET source = 'sg-0000000f'"}) {
    const auto kept = directory_ / "kept";
    std::filesystem::copy(file_.parent_path(), kept);
    EXPECT_FALSE(damagedBy(sql).faults.empty()) << sql;
    std::filesystem::remove_all(file_.parent_path());
    std::filesystem::rename(kept, file_.parent_path());
  }
}

TEST_F(DamageTest, RowsThatAreGoneAreNoticed) {
  const auto error = damagedBy("DELETE FROM permissions");
  EXPECT_NE(error.message.find("2 permissions were stored, 0 are there"), std::string::npos)
      << error.message;
  EXPECT_NE(error.message.find("netctl restore"), std::string::npos);
}

TEST_F(DamageTest, ARowThatWasChangedIsNoticed) {
  const auto error = damagedBy("UPDATE permissions SET last_port = 65535");
  EXPECT_NE(error.message.find("permissions are not as they were stored"), std::string::npos)
      << error.message;
}

TEST_F(DamageTest, WhatIsThereCanBeAccepted) {
  (void)damagedBy("DELETE FROM permissions");
  {
    auto store = open();
    const auto accepted = store->load(smallSettings(), Damage::Accepted);
    ASSERT_TRUE(accepted) << accepted.error().message;
  }
  auto store = open();
  const auto loaded = store->load(smallSettings());
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_TRUE(loaded->group({"sg-00000001"})->permissions.empty());
}

TEST_F(DamageTest, AnEmptyFileIsNew) {
  EXPECT_FALSE(*open()->isNew());
  std::filesystem::resize_file(file_, 0);
  auto store = open();
  EXPECT_TRUE(*store->isNew());
  ASSERT_TRUE(store->identity());
  EXPECT_FALSE(*store->isNew());
}

TEST_F(DamageTest, ToBeginAnewKeepsTheFormer) {
  const auto former = beginAnew(file_);
  ASSERT_TRUE(former) << former.error().message;
  {
    auto store = open();
    EXPECT_FALSE(*store->isNew());
    EXPECT_NE(*store->identity(), identity_);
    EXPECT_TRUE(load(*store).accounts().empty());
  }
  file_ = **former;
  EXPECT_TRUE(load(*open()) == cloud_);
}

TEST_F(DamageTest, ABackupTakesTheFilesPlace) {
  std::string image;
  {
    auto store = open();
    auto later = load(*store);
    image = *store->image();
    commit(*store, later, cloud::CreateAccount{"bob", {"222222222222"}, "AK2", "s"});
    EXPECT_EQ(replaceStateFile(file_, image).error().code, ErrorCode::Busy);
  }
  const auto former = replaceStateFile(file_, image);
  ASSERT_TRUE(former) << former.error().message;
  EXPECT_TRUE(load(*open()) == cloud_);
  EXPECT_EQ(*open()->identity(), identity_);
  file_ = **former;
  EXPECT_EQ(load(*open()).accounts().size(), 2U);
}

TEST_F(DamageTest, ABackupReplacesAFileThatIsNoDatabase) {
  const auto image = *open()->image();
  std::ofstream(file_) << std::string(8192, 'x');
  ASSERT_TRUE(replaceStateFile(file_, image));
  EXPECT_TRUE(load(*open()) == cloud_);
}

TEST_F(DamageTest, ADiskThatCannotBeWrittenIsReadUntilItCan) {
  // As kill -9 has left it: its log is to be emptied.
  const auto state = directory_ / "killed";
  {
    auto store = open();
    auto cloud = load(*store);
    commit(*store, cloud_, cloud::CreateAccount{"bob", {"222222222222"}, "AK2", "s"});
    FaultyDisk::killed(file_.parent_path(), state);
  }
  file_ = state / file_.filename();
  FaultyDisk disk;
  for (const auto& [call, code] :
       {std::pair(DiskCall::Write, SQLITE_FULL), std::pair(DiskCall::Sync, SQLITE_IOERR_FSYNC),
        std::pair(DiskCall::Open, SQLITE_CANTOPEN)}) {
    disk.failBy([&, call = call, code = code](DiskCall asked, const std::string& path) {
      return asked == call && path.starts_with(state.string()) ? code : SQLITE_OK;
    });
    auto opened = SqliteStore::open(file_, directory_);
    ASSERT_TRUE(opened) << opened.error().message;
    auto& store = **opened;
    ASSERT_TRUE(store.unwritable());
    auto cloud = load(store);
    EXPECT_TRUE(cloud == cloud_);
    const auto name = "c" + std::to_string(code);
    const cloud::CreateAccount create{
        name, {"33333333" + std::to_string(1000 + code % 1000)}, "AK" + name, "s"};
    ASSERT_TRUE(cloud::run(cloud, create));
    const auto changes = cloud.takeChanges();
    const auto refused = store.commit(changes);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().retryable()) << refused.error().message;
    disk.failBy({});
    const auto committed = store.commit(changes);
    ASSERT_TRUE(committed) << committed.error().message;
    EXPECT_FALSE(store.unwritable());
    cloud_ = cloud;
    // Left as kill -9 leaves it, for the next round.
    const auto copy = directory_ / "next";
    FaultyDisk::killed(state, copy);
    opened->reset();
    std::filesystem::remove_all(state);
    std::filesystem::rename(copy, state);
  }
  EXPECT_TRUE(load(*open()) == cloud_);
}

}  // namespace
}  // namespace netctl::store
