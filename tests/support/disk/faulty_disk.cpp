#include "tests/support/disk/faulty_disk.h"

#include <cstddef>
#include <fstream>
#include <iterator>
#include <new>
#include <stdexcept>
#include <utility>

namespace netctl::testing {
namespace {

FaultyDisk* the_disk = nullptr;

/// SQLite gives the room for it, and for the real file behind it.
struct OpenFile {
  sqlite3_file base;
  std::string* path;

  sqlite3_file* real() {
    return reinterpret_cast<sqlite3_file*>(reinterpret_cast<std::byte*>(this) + sizeof(OpenFile));
  }
};

OpenFile& of(sqlite3_file* file) {
  return *reinterpret_cast<OpenFile*>(file);
}

/// SQLITE_OK, or the code that the call is to end with.
int ask(DiskCall call, sqlite3_file* file) {
  return the_disk->ask(call, *of(file).path);
}

int closeFile(sqlite3_file* file) {
  auto& open = of(file);
  const int code = open.real()->pMethods->xClose(open.real());
  delete open.path;
  return code;
}

int readFile(sqlite3_file* file, void* bytes, int size, sqlite3_int64 offset) {
  if (const int code = ask(DiskCall::Read, file); code != SQLITE_OK) return code;
  return of(file).real()->pMethods->xRead(of(file).real(), bytes, size, offset);
}

int writeFile(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  const int refused = ask(DiskCall::Write, file);
  const int done = refused == SQLITE_OK ? size : size / 2;
  auto& open = of(file);
  if (done > 0) {
    const int code = open.real()->pMethods->xWrite(open.real(), bytes, done, offset);
    if (code != SQLITE_OK) return code;
    the_disk->written(*open.path, offset,
                      {static_cast<const char*>(bytes), static_cast<std::size_t>(done)});
  }
  return refused;
}

int truncateFile(sqlite3_file* file, sqlite3_int64 size) {
  if (const int code = ask(DiskCall::Truncate, file); code != SQLITE_OK) return code;
  const int code = of(file).real()->pMethods->xTruncate(of(file).real(), size);
  if (code == SQLITE_OK) the_disk->truncated(*of(file).path, size);
  return code;
}

int syncFile(sqlite3_file* file, int /*flags*/) {
  const int refused = ask(DiskCall::Sync, file);
  the_disk->synced(*of(file).path, refused == SQLITE_OK);
  return refused;
}

int sizeOfFile(sqlite3_file* file, sqlite3_int64* size) {
  if (const int code = ask(DiskCall::Size, file); code != SQLITE_OK) return code;
  return of(file).real()->pMethods->xFileSize(of(file).real(), size);
}

int lockFile(sqlite3_file* file, int level) {
  if (const int code = ask(DiskCall::Lock, file); code != SQLITE_OK) return code;
  return of(file).real()->pMethods->xLock(of(file).real(), level);
}

int unlockFile(sqlite3_file* file, int level) {
  return of(file).real()->pMethods->xUnlock(of(file).real(), level);
}

int checkReservedLock(sqlite3_file* file, int* held) {
  return of(file).real()->pMethods->xCheckReservedLock(of(file).real(), held);
}

int controlFile(sqlite3_file* file, int operation, void* argument) {
  return of(file).real()->pMethods->xFileControl(of(file).real(), operation, argument);
}

int sectorSize(sqlite3_file* file) {
  return of(file).real()->pMethods->xSectorSize(of(file).real());
}

int deviceCharacteristics(sqlite3_file* file) {
  return of(file).real()->pMethods->xDeviceCharacteristics(of(file).real());
}

sqlite3_io_methods methods() {
  sqlite3_io_methods made{};
  made.iVersion = 1;
  made.xClose = closeFile;
  made.xRead = readFile;
  made.xWrite = writeFile;
  made.xTruncate = truncateFile;
  made.xSync = syncFile;
  made.xFileSize = sizeOfFile;
  made.xLock = lockFile;
  made.xUnlock = unlockFile;
  made.xCheckReservedLock = checkReservedLock;
  made.xFileControl = controlFile;
  made.xSectorSize = sectorSize;
  made.xDeviceCharacteristics = deviceCharacteristics;
  return made;
}

int openFile(sqlite3_vfs* /*vfs*/, const char* path, sqlite3_file* file, int flags, int* out) {
  static const auto kMethods = methods();
  file->pMethods = nullptr;
  const std::string name = path == nullptr ? "" : path;
  if (const int code = the_disk->ask(DiskCall::Open, name); code != SQLITE_OK) return code;
  auto& real = the_disk->real();
  const int code = real.xOpen(&real, path, of(file).real(), flags, out);
  if (code != SQLITE_OK) return code;
  of(file).path = new std::string(name);
  file->pMethods = &kMethods;
  the_disk->opened(name);
  return SQLITE_OK;
}

int deleteFile(sqlite3_vfs* /*vfs*/, const char* path, int /*sync_directory*/) {
  if (const int code = the_disk->ask(DiskCall::Delete, path); code != SQLITE_OK) return code;
  auto& real = the_disk->real();
  const int code = real.xDelete(&real, path, 0);
  if (code == SQLITE_OK) the_disk->deleted(path);
  return code;
}

int accessFile(sqlite3_vfs* /*vfs*/, const char* path, int flags, int* result) {
  if (const int code = the_disk->ask(DiskCall::Access, path); code != SQLITE_OK) return code;
  auto& real = the_disk->real();
  return real.xAccess(&real, path, flags, result);
}

std::string contentOf(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

FaultyDisk::FaultyDisk(unsigned seed)
    : real_(sqlite3_vfs_find(nullptr)), vfs_(*real_), random_(seed) {
  if (the_disk != nullptr) throw std::logic_error("there is a FaultyDisk already");
  vfs_.iVersion = 1;
  vfs_.zName = "faulty";
  vfs_.szOsFile = static_cast<int>(sizeof(OpenFile)) + real_->szOsFile;
  vfs_.xOpen = openFile;
  vfs_.xDelete = deleteFile;
  vfs_.xAccess = accessFile;
  the_disk = this;
  if (sqlite3_vfs_register(&vfs_, 1) != SQLITE_OK) throw std::runtime_error("no VFS");
}

FaultyDisk::~FaultyDisk() {
  sqlite3_vfs_unregister(&vfs_);
  sqlite3_vfs_register(real_, 1);
  the_disk = nullptr;
}

int FaultyDisk::ask(DiskCall call, const std::string& path) {
  return fault_ ? fault_(call, path) : SQLITE_OK;
}

void FaultyDisk::opened(const std::string& path) {
  if (!files_.contains(path)) files_[path].disk = contentOf(path);
}

void FaultyDisk::apply(const Edit& edit, std::string& bytes) {
  const auto offset = static_cast<std::size_t>(edit.offset);
  if (edit.truncates) {
    if (offset < bytes.size()) bytes.resize(offset);
    return;
  }
  if (bytes.size() < offset + edit.bytes.size()) bytes.resize(offset + edit.bytes.size());
  bytes.replace(offset, edit.bytes.size(), edit.bytes);
}

void FaultyDisk::written(const std::string& path, sqlite3_int64 offset, std::string bytes) {
  files_[path].cached.push_back({offset, std::move(bytes)});
}

void FaultyDisk::truncated(const std::string& path, sqlite3_int64 size) {
  files_[path].cached.push_back({size, {}, true});
}

void FaultyDisk::synced(const std::string& path, bool succeeded) {
  auto& file = files_[path];
  for (const auto& edit : std::exchange(file.cached, {})) {
    // The file's size is no page: its journal is tried again.
    if (succeeded || byChance()) {
      apply(edit, file.disk);
    } else if (edit.truncates) {
      file.cached.push_back(edit);
    }
  }
}

void FaultyDisk::killed(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::remove_all(to);
  std::filesystem::copy(from, to);
}

void FaultyDisk::powerLost(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::remove_all(to);
  std::filesystem::create_directories(to);
  for (const auto& [path, file] : files_) {
    const std::filesystem::path name(path);
    if (name.parent_path() != from) continue;
    auto left = file.disk;
    for (const auto& edit : file.cached) {
      if (byChance()) apply(edit, left);
    }
    std::ofstream(to / name.filename(), std::ios::binary) << left;
  }
}

}  // namespace netctl::testing
