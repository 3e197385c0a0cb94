#pragma once

#include "modes/cloud/commands.h"
#include "netctl/store/sqlite_store.h"
#include "tests/support/example_cloud.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <memory>
#include <string>

namespace netctl::store {

/// A directory of the test's own with a state file in it.
class StoreTest : public ::testing::Test {
 protected:
  StoreTest() {
    auto name = (std::filesystem::temp_directory_path() / "netctl-store-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    directory_ = name;
    file_ = directory_ / "state" / "netctl.db";
  }
  ~StoreTest() override { std::filesystem::remove_all(directory_); }

  std::unique_ptr<Store> open() const {
    auto store = SqliteStore::open(file_, directory_);
    if (!store) throw std::runtime_error(store.error().message);
    return std::move(*store);
  }

  static cloud::Cloud load(Store& store,
                           const cloud::Settings& settings = netctl::testing::smallSettings()) {
    auto cloud = store.load(settings);
    if (!cloud) throw std::runtime_error(cloud.error().message);
    return std::move(*cloud);
  }

  /// Runs a command that must succeed, and commits it.
  static void commit(Store& store, cloud::Cloud& cloud, const cloud::Command& command) {
    const auto outcome = cloud::run(cloud, command);
    ASSERT_TRUE(outcome) << outcome.error().message;
    const auto committed = store.commit(cloud.takeChanges());
    ASSERT_TRUE(committed) << committed.error().message;
  }

  /// Edits the file behind the store's back. No Store may be open.
  void edit(const char* sql) const {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(file_.c_str(), &handle), SQLITE_OK);
    char* message = nullptr;
    EXPECT_EQ(sqlite3_exec(handle, sql, nullptr, nullptr, &message), SQLITE_OK) << message;
    sqlite3_free(message);
    sqlite3_close(handle);
  }

  std::filesystem::path directory_;
  std::filesystem::path file_;
};

}  // namespace netctl::store
