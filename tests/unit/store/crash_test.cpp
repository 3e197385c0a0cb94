#include "tests/unit/store/store_fixture.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace netctl::store {
namespace {

using cloud::CreateGroup;
using netctl::testing::address;
using netctl::testing::smallSettings;
using CrashTest = StoreTest;

CreateGroup numbered(int number) {
  return {"alice", fmt::format("group {}", number), "", {fmt::format("sg-{:08x}", number)}};
}

/// In the child: commits groups from that number on, one batch of two each, and acknowledges each
/// batch by its number in the pipe, until it is killed.
[[noreturn]] void commitForever(const std::filesystem::path& file, int next, int pipe) {
  auto store = SqliteStore::open(file);
  if (!store) ::_exit(1);
  auto cloud = (*store)->load(smallSettings());
  if (!cloud) ::_exit(2);
  for (;; next += 2) {
    for (const int number : {next, next + 1}) {
      if (!cloud::run(*cloud, numbered(number))) ::_exit(3);
      if (number == next) continue;
      if (!(*store)->commit(cloud->takeChanges(),
                            {address("10.0.0.0") + static_cast<std::uint32_t>(number)})) {
        ::_exit(4);
      }
    }
    if (::write(pipe, &next, sizeof next) != sizeof next) ::_exit(5);
  }
}

TEST_F(CrashTest, WhatWasAcknowledgedSurvivesKilling) {
  {
    auto store = open();
    auto cloud = load(*store);
    commit(*store, cloud, cloud::CreateAccount{"alice", {"111111111111"}, "AK1", "s"});
  }
  int next = 0;
  for (int round = 0; round < 30; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const auto child = ::fork();
    if (child == 0) commitForever(file_, next, ends[1]);
    ::close(ends[1]);
    // Kills it at another moment each time, often while it commits.
    int acknowledged = -1;
    int word = 0;
    for (int i = 0; i < 5 && ::read(ends[0], &word, sizeof word) == sizeof word; ++i) {
      acknowledged = word;
    }
    ::usleep(static_cast<useconds_t>(round) * 137);
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself: " << WEXITSTATUS(status);
    while (::read(ends[0], &word, sizeof word) == sizeof word) acknowledged = word;
    ::close(ends[0]);

    auto store = open();
    const auto cloud = load(*store);
    const auto count = static_cast<int>(cloud.groups().size());
    ASSERT_GE(count, acknowledged + 2) << "an acknowledged batch is gone";
    ASSERT_EQ(count % 2, 0) << "half a batch is there";
    for (int number = 0; number < count; ++number) {
      ASSERT_TRUE(cloud.group(numbered(number).fresh_id));
    }
    ASSERT_EQ(store->pendingReviews()->size(), static_cast<std::size_t>(count / 2));
    next = count;
  }
}

/// What a power loss leaves: the files as they stood at some moment, with the log cut off or torn
/// anywhere after what was synced.
TEST_F(CrashTest, TornLogLosesNoSyncedBatch) {
  auto store = open();
  auto cloud = load(*store);
  commit(*store, cloud, cloud::CreateAccount{"alice", {"111111111111"}, "AK1", "s"});
  for (int number = 0; number < 20; ++number) commit(*store, cloud, numbered(number));
  const auto log = file_.string() + "-wal";
  const auto synced = std::filesystem::file_size(log);
  const cloud::Cloud before = cloud;
  for (int number = 20; number < 23; ++number) commit(*store, cloud, numbered(number));
  const auto written = std::filesystem::file_size(log);
  ASSERT_GT(written, synced);

  const auto copy = directory_ / "copy.db";
  for (auto size = synced; size < written; size += 1999) {
    std::filesystem::copy_file(file_, copy, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::copy_file(log, copy.string() + "-wal",
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::resize_file(copy.string() + "-wal", size);
    auto torn = SqliteStore::open(copy);
    ASSERT_TRUE(torn) << torn.error().message;
    const auto loaded = load(**torn);
    ASSERT_GE(loaded.groups().size(), before.groups().size());
    ASSERT_LT(loaded.groups().size(), cloud.groups().size());
    for (const auto& [id, group] : before.groups()) ASSERT_TRUE(loaded.group(id));
    torn->reset();
  }
}

}  // namespace
}  // namespace netctl::store
