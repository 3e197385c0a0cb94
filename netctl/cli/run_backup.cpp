#include "netctl/cli/run_backup.h"

#include "base/base64.h"
#include "base/durable_file.h"
#include "base/file.h"
#include "base/progress.h"
#include "netctl/cli/answer_text.h"
#include "netctl/cli/command_line.h"
#include "netctl/cli/exit_code.h"
#include "netctl/cli/offline_words.h"
#include "netctl/cli/refusal_text.h"
#include "netctl/cli/restore_plan.h"
#include "netctl/cli/rpc_client.h"
#include "netctl/store/etcd/local_copy.h"
#include "netctl/store/sqlite_store.h"
#include "netctl/store/state_replacement.h"

#include <stdlib.h>

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <system_error>

namespace netctl::cli {
namespace {

namespace fs = std::filesystem;

/// A directory for a copy, gone with this.
class Scratch {
 public:
  Scratch() : path_((fs::temp_directory_path() / "netctl-restore-XXXXXX").string()) {
    made_ = ::mkdtemp(path_.data()) != nullptr;
  }
  ~Scratch() {
    std::error_code ignored;
    if (made_) fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  [[nodiscard]] fs::path file() const { return fs::path(path_) / "cloud.db"; }

 private:
  std::string path_;
  bool made_ = false;
};

/// A cloud and the file that holds it, of today's schema.
struct Backup {
  cloud::Cloud cloud;
  std::string image;
};

/// All checks that a start makes, of a copy.
Result<Backup> readBackup(const fs::path& file, const cloud::Settings& settings) {
  const auto read = files::read(file);
  if (!read) return read.error();
  const auto& bytes = *read;
  if (!bytes || bytes->empty()) {
    return Error{ErrorCode::InvalidArgument, "",
                 fmt::format("{} is empty or not there; name a file that netctl backup has written",
                             file.string())};
  }
  const Scratch scratch;
  if (auto copied = files::write(scratch.file(), *bytes, 0600); !copied) return copied.error();
  auto store = store::SqliteStore::open(scratch.file());
  if (!store) return store.error();
  const auto is_new = (*store)->isNew();
  if (!is_new) return is_new.error();
  if (*is_new) {
    return Error{
        ErrorCode::InvalidArgument, "",
        fmt::format("{} has no cloud; name a file that netctl backup has written", file.string())};
  }
  auto cloud = (*store)->load(settings);
  if (!cloud) return cloud.error();
  // A copy of what was in etcd is a cloud of its own from here on.
  if (auto marked = store::markAsStore(**store); !marked) return marked.error();
  auto image = (*store)->image();
  if (!image) return image.error();
  return Backup{*std::move(cloud), *std::move(image)};
}

/// Prints what would change. An error where nothing may: another process has the file.
Result<void> printPlan(const fs::path& file, const cloud::Cloud& backup) {
  cloud::Cloud there(backup.settings());
  std::error_code ignored;
  if (fs::exists(file, ignored)) {
    auto store = store::SqliteStore::open(file);
    if (!store && store.error().code == ErrorCode::Busy) {
      return Error{ErrorCode::Busy, "",
                   fmt::format("{} is in use: stop netctld first (systemctl stop netctld); the "
                               "data plane stays as it is",
                               file.string())};
    }
    auto loaded = store ? (*store)->load(backup.settings()) : Result<cloud::Cloud>(store.error());
    if (loaded) {
      there = *std::move(loaded);
    } else {
      std::cout << "what is there cannot be read, and all of it is replaced: "
                << loaded.error().message << "\n";
    }
  }
  const auto lines = restorePlan(there, backup);
  for (const auto& line : lines) std::cout << line << "\n";
  if (lines.empty()) std::cout << "the backup is what is there\n";
  return {};
}

}  // namespace

std::string helpBackup() {
  return "Writes the cloud as it is now to a file, while netctld serves. The file has the secrets "
         "of keys;\n"
         "it is made with mode 0600.\n\n"
         "usage: netctl backup FILE [--socket PATH | --url URL ...]\n\n"
         "example:\n  netctl backup /var/backups/cloud.db\n";
}

std::string helpRestore() {
  return "Puts a backup in the place of the cloud, while netctld is stopped. Without --yes it only "
         "shows\n"
         "what would come (+), go (-) and change (~). What was there stays beside it.\n\n"
         "usage: netctl restore FILE [--yes] [--config FILE]\n\n"
         "options:\n"
         "  --yes                    does it\n"
         "  --config FILE            the configuration; without it as netctld\n\n"
         "example:\n  netctl restore /var/backups/cloud.db --yes\n";
}

int runBackup(const std::vector<std::string>& words) {
  auto rest = words;
  const auto file = std::ranges::find_if(rest, [](const auto& w) { return !w.starts_with("-"); });
  if (std::ranges::find(words, "--help") != words.end()) {
    std::cout << helpBackup();
    return kDone;
  }
  if (file == rest.end() || file != rest.begin()) {
    return printUsage("backup: name the file to write first", helpBackup());
  }
  const fs::path path = *file;
  rest.erase(file);
  const auto* const method = api::findMethod("system.backup");
  const auto invocation = parse(*method, rest);
  if (!invocation) return printUsage("backup: " + invocation.error().message, helpBackup());
  const auto answer = [&] {
    const Progress progress("waits for netctld: the backup");
    return call(invocation->common.target, method->name, invocation->parameters);
  }();
  if (!answer) {
    std::cerr << "netctl: " << answer.error().message << "\n";
    return kNoDaemon;
  }
  if (answer->is_error) {
    std::cerr << "netctl: " << refusalText(answer->value, *method);
    return kRefused;
  }
  const auto image = decodeBase64(std::string(answer->value.as_object().at("state").as_string()));
  if (!image) {
    return printRefusal({ErrorCode::Internal, "", "netctld's answer is not Base64"});
  }
  if (const auto written = files::write(path, *image, 0600); !written) {
    return printRefusal(written.error());
  }
  std::cout << "made " << path.string() << "\n";
  return kDone;
}

int runRestore(const std::vector<std::string>& words) {
  const auto read = readOfflineWords(words, "the file to restore");
  if (!read) return printUsage("restore: " + read.error().message, helpRestore());
  if (read->help) {
    std::cout << helpRestore();
    return kDone;
  }
  const auto configuration = configurationOf(*read);
  if (!configuration) return printRefusal(configuration.error());
  if (configuration->settings.host.role == cloud::Role::Node) {
    return printRefusal(
        {ErrorCode::Unsupported, "",
         "this is a node host, which has its part of the cloud from its cluster host; "
         "restore there, or begin anew here with netctl state new"});
  }
  if (configuration->services.store == config::StoreKind::Etcd) {
    return printRefusal(
        {ErrorCode::Unsupported, "",
         "the cloud is in etcd: restore with NETCTL_STORE=\"sqlite\", and take it to a prefix "
         "without a cloud then (netctl store move --to etcd)"});
  }
  const auto backup = [&] {
    const Progress progress("reads the backup");
    return readBackup(read->what, configuration->settings);
  }();
  if (!backup) return printRefusal(backup.error());
  const auto file = stateFile(*configuration);
  if (const auto shown = printPlan(file, backup->cloud); !shown) return printRefusal(shown.error());
  if (!read->yes) {
    std::cout << "nothing is changed; --yes does it\n";
    return kDone;
  }
  const auto former = [&] {
    const Progress progress("puts the backup in place");
    return store::replaceStateFile(file, backup->image);
  }();
  if (!former) return printRefusal(former.error());
  printFormer(*former);
  std::cout << "restored; start netctld\n";
  return kDone;
}

}  // namespace netctl::cli
