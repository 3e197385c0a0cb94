#include "netctl/store/schema.h"
#include "tests/unit/store/store_fixture.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

namespace netctl::store {
namespace {

using OpenTest = StoreTest;

mode_t modeOf(const std::filesystem::path& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777U : 0;
}

TEST_F(OpenTest, MakesAClosedFileInAClosedDirectory) {
  file_ = directory_ / "a" / "b" / "netctl.db";
  const auto store = open();
  EXPECT_EQ(modeOf(file_), 0600U);
  EXPECT_EQ(modeOf(file_.string() + "-wal"), 0600U);
  EXPECT_EQ(modeOf(file_.parent_path()), 0700U);
  EXPECT_EQ(modeOf(file_.parent_path().parent_path()), 0700U);
}

TEST_F(OpenTest, ClosesAFileThatOthersMayRead) {
  open().reset();
  std::filesystem::permissions(file_, std::filesystem::perms(0644));
  const auto store = open();
  EXPECT_EQ(modeOf(file_), 0600U);
}

TEST_F(OpenTest, StartsEmpty) {
  const auto store = open();
  EXPECT_TRUE(load(*store) == cloud::Cloud(netctl::testing::smallSettings()));
  EXPECT_TRUE(store->pendingReviews()->empty());
}

TEST_F(OpenTest, IsRefusedWhileAnotherHasIt) {
  const auto store = open();
  auto cloud = load(*store);
  const auto second = Store::open(file_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::Busy);

  // Another process too, and after the attempt of this one, which must not have freed the lock.
  const auto child = ::fork();
  if (child == 0) {
    const auto third = Store::open(file_);
    ::_exit(!third && third.error().code == ErrorCode::Busy ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  commit(*store, cloud, cloud::CreateAccount{"alice", {"111111111111"}, "AK1", "s"});
}

TEST_F(OpenTest, RefusesANewerSchema) {
  open().reset();
  edit("PRAGMA user_version = 1000");
  const auto store = Store::open(file_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::Unsupported);
  EXPECT_NE(store.error().message.find("1000"), std::string::npos) << store.error().message;
}

TEST_F(OpenTest, RefusesADatabaseThatIsNotOurs) {
  std::filesystem::create_directories(file_.parent_path());
  edit("CREATE TABLE other (x)");
  const auto store = Store::open(file_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::Unsupported);
}

TEST_F(OpenTest, RefusesAFileThatIsNoDatabase) {
  std::filesystem::create_directories(file_.parent_path());
  std::ofstream(file_) << std::string(8192, 'x');
  const auto store = Store::open(file_);
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().message.find(file_.string()), std::string::npos);
}

TEST_F(OpenTest, TellsThatADirectoryCannotBeMade) {
  std::ofstream(directory_ / "file") << "x";
  const auto store = Store::open(directory_ / "file" / "netctl.db");
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::Kernel);
}

TEST_F(OpenTest, WritesTheSchemaVersionThatItKnows) {
  open().reset();
  auto database = Database::open(file_);
  ASSERT_TRUE(database);
  std::int64_t version = -1;
  Statement statement(*database, "PRAGMA user_version");
  ASSERT_TRUE(statement.each([&](const Row& row) -> Result<void> {
    version = row.integer(0);
    return {};
  }));
  EXPECT_EQ(version, schemaVersion());
}

}  // namespace
}  // namespace netctl::store
