#pragma once

#include <sqlite3.h>

#include <filesystem>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace netctl::testing {

/// What SQLite asks of the system.
enum class DiskCall { Open, Delete, Access, Read, Write, Truncate, Sync, Size, Lock };

/// While it lives, all files of SQLite go through it: any call can be made to fail as the real one
/// fails, and a power loss can be had at any moment. Only one can live at a time.
///
/// A write that fails has written its first half at most. After a sync that fails the kernel holds
/// the pages for written (lwn.net/Articles/752063): some of them are on the disk, the others are in
/// the cache only, and no later sync writes them.
class FaultyDisk {
 public:
  explicit FaultyDisk(unsigned seed = 1);
  ~FaultyDisk();
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  /// The code of SQLite that a call ends with, SQLITE_OK where it is to be done; none: all are
  /// done.
  using Fault = std::function<int(DiskCall, const std::string& path)>;
  void failBy(Fault fault) { fault_ = std::move(fault); }

  /// The files of this directory as the next process finds them after kill -9.
  static void killed(const std::filesystem::path& from, const std::filesystem::path& to);
  /// And as a power loss leaves them: what was synced, and of the rest anything.
  void powerLost(const std::filesystem::path& from, const std::filesystem::path& to);

  // What follows is for the functions that SQLite calls.
  [[nodiscard]] sqlite3_vfs& real() const { return *real_; }
  int ask(DiskCall call, const std::string& path);
  void opened(const std::string& path);
  void deleted(const std::string& path) { files_.erase(path); }
  void written(const std::string& path, sqlite3_int64 offset, std::string bytes);
  void truncated(const std::string& path, sqlite3_int64 size);
  void synced(const std::string& path, bool succeeded);

 private:
  struct Edit {
    sqlite3_int64 offset;
    std::string bytes;
    bool truncates = false;
  };
  struct File {
    std::string disk;
    std::vector<Edit> cached;  ///< and not on the disk
  };

  static void apply(const Edit& edit, std::string& bytes);
  bool byChance() { return (random_() & 1U) != 0; }

  sqlite3_vfs* real_;
  sqlite3_vfs vfs_;
  Fault fault_;
  std::map<std::string, File> files_;
  std::mt19937 random_;
};

}  // namespace netctl::testing
