#include "base/durable_file.h"
#include "base/file.h"
#include "netctl/metadata/keeper/keeper.h"
#include "netctl/metadata/read_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

// The files of Keeper.
namespace netctl::metadata {
namespace {

constexpr const char* kTemporary = "temporary";
constexpr mode_t kReadByGroup = 0640;
constexpr mode_t kEnteredByGroup = 0750;
constexpr mode_t kEnteredByAll = 0755;

/// Whether a file is this user's, and nobody else may read it but the group.
bool isAsWritten(const files::OwnedText& file, uid_t owner, gid_t readers) {
  return S_ISREG(file.mode) && file.owner == owner && file.group == readers &&
         (file.mode & 07777) == kReadByGroup;
}

/// Makes it where it is missing. Its mode and group are put right in any case.
Result<void> makeDirectory(const std::string& path, gid_t readers) {
  if (auto made = files::makeDirectory(path, kEnteredByGroup); !made) return made;
  if (::chown(path.c_str(), static_cast<uid_t>(-1), readers) == 0 &&
      ::chmod(path.c_str(), kEnteredByGroup) == 0) {
    return {};
  }
  return Error{ErrorCode::Kernel, "",
               fmt::format("cannot set the mode and group of {}: {}", path, std::strerror(errno))};
}

}  // namespace

Result<void> Keeper::look(const host::Scope& scope, host::HostState& into) const {
  const auto owner = ::geteuid();
  if ((scope.everything || scope.metadata_server) && alive()) {
    const auto file = files::readOwned(layout_.settings());
    if (!file) return file.error();
    const auto settings = parseSettings(*file ? (*file)->text : std::string());
    into.metadata.server.emplace();
    if (settings && *file && isAsWritten(**file, owner, readers_) && isKnown()) {
      into.metadata.server = *settings;
    } else {
      into.foreign.metadata_server = true;
    }
  }
  const auto add = [&](net::Ipv4Address address, Result<std::optional<files::OwnedText>> file) {
    if (!file) return Result<void>(file.error());
    if (!*file) return Result<void>();
    if (!isAsWritten(**file, owner, readers_)) into.foreign.metadata_documents.insert(address);
    into.metadata.documents.insert_or_assign(address, std::move((*file)->text));
    return Result<void>();
  };
  if (!scope.everything) {
    for (const auto address : scope.metadata_documents) {
      auto added = add(address, files::readOwned(layout_.document(address)));
      if (!added) return added;
    }
    return {};
  }
  auto directory = files::Directory::open(layout_.documents());
  if (!directory) return directory.error();
  if (!*directory) return {};
  const auto names = (*directory)->names();
  if (!names) return names.error();
  for (const auto& name : *names) {
    const auto address = net::parseIpv4Address(name);
    if (!address) continue;  // not ours
    if (auto added = add(*address, (*directory)->readOwned(name)); !added) return added;
  }
  return {};
}

Result<void> Keeper::apply(const host::SetMetadataDocument& step) const {
  const auto path = layout_.document(step.address);
  auto written = Result<void>();
  if (step.text) {
    written = makeDirectories();
    if (written) written = put(path, *step.text);
    if (written) return written;
  }
  const auto removed = files::remove(path);
  if (!removed) return removed.error();
  return written;
}

std::vector<std::string> Keeper::directories() const {
  return {layout_.directory, layout_.documents()};
}

std::vector<std::string> Keeper::unimportantNames() {
  const Layout layout;
  return {std::filesystem::path(layout.log()).filename(),
          std::filesystem::path(layout.pid()).filename(),
          std::filesystem::path(layout.counts()).filename(), kTemporary};
}

Result<void> Keeper::makeDirectories() const {
  // Others have their files beside ours.
  const auto run_directory = std::filesystem::path(layout_.directory).parent_path();
  if (auto made = files::makeDirectory(run_directory, kEnteredByAll); !made) return made;
  if (auto made = makeDirectory(layout_.directory, readers_); !made) return made;
  return makeDirectory(layout_.documents(), readers_);
}

Result<void> Keeper::put(const std::string& path, std::string_view text) const {
  return files::replace(path, text, kReadByGroup, layout_.directory + "/" + kTemporary, readers_);
}

}  // namespace netctl::metadata
