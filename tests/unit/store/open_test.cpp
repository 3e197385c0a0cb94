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

/// Makes of a file of today one of version 2, which had no instance without a tag or an address.
constexpr const char* kBackToVersion2 = R"sql(
PRAGMA foreign_keys = OFF;
DROP TABLE forwards;
DROP TABLE returned_addresses;
ALTER TABLE addresses DROP COLUMN long_id;
DROP TABLE prefix_list_tags;
DROP TABLE prefix_list_entries;
DROP TABLE prefix_lists;
DROP TABLE key_pair_tags;
DROP TABLE key_pairs;
DROP TABLE ended_instance_attributes;
DROP TABLE ended_instance_tags;
DROP TABLE ended_instances;
DROP TABLE account_limits;
DROP TABLE group_tags;
DROP TABLE instance_tags;
DROP TABLE address_tags;
DROP TABLE permission_tags;
CREATE TABLE old_permissions (
  group_id TEXT NOT NULL REFERENCES groups DEFERRABLE INITIALLY DEFERRED,
  protocol INTEGER NOT NULL,
  first_port INTEGER NOT NULL,
  last_port INTEGER NOT NULL,
  icmp_type INTEGER NOT NULL,
  icmp_code INTEGER NOT NULL,
  source TEXT NOT NULL,
  source_group TEXT GENERATED ALWAYS AS (CASE WHEN source LIKE 'sg-%' THEN source END) STORED
    REFERENCES groups DEFERRABLE INITIALLY DEFERRED,
  PRIMARY KEY (group_id, protocol, first_port, last_port, icmp_type, icmp_code, source)
) STRICT, WITHOUT ROWID;
INSERT INTO old_permissions (group_id, protocol, first_port, last_port, icmp_type, icmp_code,
    source)
  SELECT group_id, protocol, first_port, last_port, icmp_type, icmp_code, source
  FROM permissions WHERE egress = 0;
DROP TABLE permissions;
ALTER TABLE old_permissions RENAME TO permissions;
CREATE INDEX permissions_by_source_group ON permissions (source_group)
  WHERE source_group IS NOT NULL;
CREATE TABLE old_instances (
  id TEXT NOT NULL PRIMARY KEY,
  written_id TEXT NOT NULL,
  owner TEXT NOT NULL REFERENCES accounts DEFERRABLE INITIALLY DEFERRED,
  node TEXT NOT NULL,
  device TEXT NOT NULL,
  mac TEXT NOT NULL UNIQUE,
  tag INTEGER NOT NULL,
  address_index INTEGER NOT NULL,
  private_address TEXT NOT NULL UNIQUE,
  public_addressing INTEGER NOT NULL,
  user_data BLOB NOT NULL,
  seen_device TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
INSERT INTO old_instances SELECT id, written_id, owner, node, device, mac, tag, address_index,
  private_address, public_addressing, user_data, seen_device FROM instances;
DROP TABLE instances;
ALTER TABLE old_instances RENAME TO instances;
CREATE INDEX instances_by_owner ON instances (owner);
CREATE UNIQUE INDEX instances_by_device
  ON instances (node, iif(device = '', seen_device, device))
  WHERE device <> '' OR seen_device <> '';
PRAGMA user_version = 2;
)sql";

/// Makes of a file of today one of version 6, which knew of six kinds.
constexpr const char* kBackToVersion6 = R"sql(
PRAGMA foreign_keys = OFF;
DROP TABLE forwards;
DROP TABLE returned_addresses;
ALTER TABLE addresses DROP COLUMN long_id;
DROP TABLE prefix_list_tags;
DROP TABLE prefix_list_entries;
DROP TABLE prefix_lists;
DROP TABLE key_pair_tags;
DROP TABLE key_pairs;
DROP TABLE ended_instance_attributes;
DROP TABLE ended_instance_tags;
DROP TABLE ended_instances;
ALTER TABLE permissions DROP COLUMN source_prefix_list;
ALTER TABLE instances DROP COLUMN destination_node;
ALTER TABLE instances DROP COLUMN destination_device;
ALTER TABLE instances DROP COLUMN destination_seen_device;
ALTER TABLE instances DROP COLUMN metadata_needs_token;
ALTER TABLE instances DROP COLUMN metadata_token_hops;
ALTER TABLE instances DROP COLUMN metadata_enabled;
ALTER TABLE instances DROP COLUMN metadata_shows_tags;
UPDATE meta SET value = substr(value, 1, length(value) - length(' 0 0123456789abcdef') * 5)
  WHERE key = 'inventory';
PRAGMA user_version = 6;
)sql";

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
  const auto second = SqliteStore::open(file_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::Busy);

  // Another process too, and after the attempt of this one, which must not have freed the lock.
  const auto child = ::fork();
  if (child == 0) {
    const auto third = SqliteStore::open(file_);
    ::_exit(!third && third.error().code == ErrorCode::Busy ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  commit(*store, cloud, cloud::CreateAccount{"alice", {"111111111111"}, "AK1", "s"});
}

TEST_F(OpenTest, TakesOverAFileOfVersion2WithAllThatInstancesHave) {
  auto store = open();
  auto cloud = load(*store);
  commit(*store, cloud, cloud::CreateAccount{"alice", {"111111111111"}, "AK1", "s"});
  commit(*store, cloud, cloud::CreateGroup{"alice", "web", "", {"sg-00000001"}});
  commit(*store, cloud,
         cloud::AttachInstance{.instance = netctl::testing::instance("i-00000001"),
                               .owner = "alice",
                               .groups = {"web", "default"},
                               .device = "vnet0",
                               .user_data = "data",
                               .attributes = {{"ami-id", "emi-1"}}});
  store.reset();
  edit(kBackToVersion2);
  store = open();
  EXPECT_TRUE(std::filesystem::exists(file_.string() + ".schema-2")) << "for who goes back";
  EXPECT_EQ(modeOf(file_.string() + ".schema-2"), 0600U);
  EXPECT_TRUE(load(*store) == cloud);
  commit(*store, cloud, cloud::DetachInstance{netctl::testing::instance("i-00000001")});
  store.reset();
  EXPECT_TRUE(load(*open()) == cloud);
}

TEST_F(OpenTest, TakesOverAFileOfVersion6) {
  auto store = open();
  auto cloud = load(*store);
  const auto id = netctl::testing::instance("i-00000001");
  commit(*store, cloud, cloud::CreateAccount{"alice", {"111111111111"}, "AK1", "s"});
  commit(*store, cloud, cloud::AttachInstance{.instance = id, .owner = "alice"});
  store.reset();
  edit(kBackToVersion6);
  store = open();
  EXPECT_TRUE(load(*store) == cloud);
  commit(*store, cloud, cloud::ModifyInstance{.instance = id, .metadata = {.token_hops = 2}});
  commit(*store, cloud, cloud::DetachInstance{.instance = id, .now = std::chrono::sys_seconds{}});
  store.reset();
  EXPECT_TRUE(load(*open()) == cloud);
  EXPECT_TRUE(cloud.ended(id));
}

TEST_F(OpenTest, RefusesANewerSchema) {
  open().reset();
  edit("PRAGMA user_version = 1000");
  const auto store = SqliteStore::open(file_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::Unsupported);
  EXPECT_NE(store.error().message.find("1000"), std::string::npos) << store.error().message;
}

TEST_F(OpenTest, RefusesADatabaseThatIsNotOurs) {
  std::filesystem::create_directories(file_.parent_path());
  edit("CREATE TABLE other (x)");
  const auto store = SqliteStore::open(file_);
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code, ErrorCode::Unsupported);
}

TEST_F(OpenTest, RefusesAFileThatIsNoDatabase) {
  std::filesystem::create_directories(file_.parent_path());
  std::ofstream(file_) << std::string(8192, 'x');
  const auto store = SqliteStore::open(file_);
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().message.find(file_.string()), std::string::npos);
}

TEST_F(OpenTest, TellsThatADirectoryCannotBeMade) {
  std::ofstream(directory_ / "file") << "x";
  const auto store = SqliteStore::open(directory_ / "file" / "netctl.db");
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
