#include "base/file.h"
#include "netctl/metadata/keeper/keeper.h"
#include "netctl/metadata/read_files.h"

#include <fmt/format.h>
#include <grp.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

// The process of Keeper: starting, adopting, replacing, ending.
namespace netctl::metadata {
namespace {

/// What guests can make it log while nobody looks.
constexpr std::uint64_t kMaxLogSize = 1 << 20;

/// The group of netctl-metadata's user; without it the process stays root's, without privileges.
gid_t groupOfReaders() {
  group entry{};
  group* found = nullptr;
  std::vector<char> buffer(16384);
  const int fault =
      ::getgrnam_r(std::string(kUser).c_str(), &entry, buffer.data(), buffer.size(), &found);
  return fault == 0 && found != nullptr ? entry.gr_gid : ::getegid();
}

Error refusal(const std::string& program, Ended ended) {
  std::ranges::replace(ended.message, '\n', ' ');
  while (ended.message.ends_with(' ')) ended.message.pop_back();
  if (ended.message.empty()) {
    ended.message = fmt::format("{} ended with exit code {}", program, ended.exit_code);
  }
  return {ErrorCode::Kernel, "", std::move(ended.message)};
}

}  // namespace

Keeper::Keeper(Options options)
    : options_(std::move(options)),
      layout_{options_.directory},
      readers_(groupOfReaders()),
      process_(processOfFile(layout_.pid(), layout_.arguments())) {}

Result<void> Keeper::apply(const host::SetMetadataServer& step) {
  if (!step.server) {
    // Else it would start it again.
    if (!options_.unit.empty() && alive()) {
      if (auto stopped = stopUnits(); !stopped) return stopped;
    }
    if (auto ended = killAllBut(0, layout_.arguments(), kUser); !ended) return ended;
    process_.reset();
    const auto removed = files::remove(layout_.settings());
    if (!removed) return removed.error();
    return {};
  }
  if (auto made = makeDirectories(); !made) return made;
  if (auto written = put(layout_.settings(), format(*step.server)); !written) return written;
  return isKnown() ? Result<void>() : start();
}

bool Keeper::isKnown() const {
  const auto known = processOfFile(layout_.pid(), layout_.arguments());
  return known && known->pid() == pid() && alive();
}

Result<void> Keeper::restart() {
  if (alive()) return start();
  return Error{ErrorCode::Unsupported, "UnsupportedOperation",
               "no metadata server runs on this host"};
}

bool Keeper::adopt() {
  if (alive()) return false;
  auto started = processOfFile(layout_.pid(), layout_.arguments());
  if (!started) return false;
  process_ = std::move(started);
  return true;
}

Result<void> Keeper::start() {
  if (auto started = options_.unit.empty() ? runOurselves() : startUnit(); !started) {
    return started;
  }
  auto process = processOfFile(layout_.pid(), layout_.arguments());
  if (!process) {
    return Error{ErrorCode::Kernel, "",
                 fmt::format("{} ended at once, see {}", options_.program, layout_.log())};
  }
  process_ = std::move(process);
  return killAllBut(process_->pid(), layout_.arguments(), kUser);
}

Result<void> Keeper::startUnit() const {
  // The socket with it, which the service requires. Who asks meanwhile waits in its queue.
  auto started = askSystemd(options_.systemctl, "restart", {options_.unit + ".service"});
  if (started) return started;
  return Error{
      ErrorCode::Kernel, "",
      fmt::format("{}; where another server of this host has port 80 at all addresses, name "
                  "those it needs, or let NETCTL_METADATA_ENDPOINT serve the instances",
                  started.error().message)};
}

// The socket, too: else the next who asks would have it started again.
Result<void> Keeper::stopUnits() const {
  return askSystemd(options_.systemctl, "stop",
                    {options_.unit + ".socket", options_.unit + ".service"});
}

Result<void> Keeper::runOurselves() const {
  if (::access(options_.program.c_str(), X_OK) != 0) {
    return Error{ErrorCode::Kernel, "",
                 fmt::format("{} is missing: install it beside netctld", options_.program)};
  }
  auto command = layout_.arguments();
  command.insert(command.begin(), options_.program);
  auto ended = runProgram(command, kMaxLogSize);
  if (!ended) return ended.error();
  if (ended->exit_code == 0) return {};
  return refusal(options_.program, *std::move(ended));
}

}  // namespace netctl::metadata
