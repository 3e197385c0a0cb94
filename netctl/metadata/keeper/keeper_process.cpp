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

/// A program that does not succeed is an error with what it says; `name` is for one that says
/// nothing.
Result<void> runToSuccess(const std::vector<std::string>& command, const std::string& name) {
  auto ended = runProgram(command, kMaxLogSize);
  if (!ended) return ended.error();
  if (ended->exit_code == 0) return {};
  return refusal(name, *std::move(ended));
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
      if (auto stopped = askSystemd("stop"); !stopped) return stopped;
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

Result<void> Keeper::start() {
  if (auto started = options_.unit.empty() ? runOurselves() : askSystemd("restart"); !started) {
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

Result<void> Keeper::askSystemd(const char* verb) const {
  return runToSuccess({options_.systemctl, verb, options_.unit},
                      fmt::format("{} {} {}", options_.systemctl, verb, options_.unit));
}

Result<void> Keeper::runOurselves() const {
  if (::access(options_.program.c_str(), X_OK) != 0) {
    return Error{ErrorCode::Kernel, "",
                 fmt::format("{} is missing: install it beside netctld", options_.program)};
  }
  auto command = layout_.arguments();
  command.insert(command.begin(), options_.program);
  return runToSuccess(command, options_.program);
}

}  // namespace netctl::metadata
