#include "base/file.h"
#include "dhcp/dnsmasq.h"
#include "dhcp/loopback.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <random>
#include <thread>
#include <utility>

// The process of Dnsmasq: starting, adopting, replacing, ending.
namespace netctl::dhcp {
namespace {

using std::chrono::milliseconds;

// Reading takes 0.1 s at 5,000 hosts.
constexpr milliseconds kPatienceForAnswer{10000};
constexpr milliseconds kAskAgain{50};
constexpr milliseconds kPause{1};
constexpr off_t kTrimLogAt = 1 << 20;
// What guests can make dnsmasq log while nobody trims it; beyond, it logs to syslog.
constexpr std::uint64_t kMaxLogSize = 16 << 20;
constexpr int kBadConfiguration = 1;  // dnsmasq(8), exit codes

std::vector<std::string> argumentsOf(const Layout& layout) {
  return {"--conf-file=" + layout.configuration()};
}

std::string newWord() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

Error refusal(const std::string& binary, const Ended& ended) {
  auto message = ended.message;
  std::replace(message.begin(), message.end(), '\n', ' ');
  return {ended.exit_code == kBadConfiguration ? ErrorCode::InvalidArgument : ErrorCode::Kernel, "",
          fmt::format("{} failed with exit code {}:{}", binary, ended.exit_code, message)};
}

/// dnsmasq gives up root before it reads the directories: all above them must let anybody enter.
Result<void> checkWayTo(const std::filesystem::path& directory) {
  std::filesystem::path way;
  for (const auto& part : directory) {
    way /= part;
    std::error_code error;
    const auto permissions = std::filesystem::status(way, error).permissions();
    if (error) continue;  // What is missing or broken, the first write says better.
    if ((permissions & std::filesystem::perms::others_exec) == std::filesystem::perms::none) {
      return Error{ErrorCode::InvalidArgument, "",
                   fmt::format("dnsmasq's user cannot enter {}, on the way to {}: chmod o+x {}, or "
                               "set NETCTL_RUN_DIR to another place",
                               way.string(), directory.string(), way.string())};
    }
  }
  return {};
}

}  // namespace

Dnsmasq::Dnsmasq(Options options)
    : options_(std::move(options)),
      layout_{.directory = options_.directory, .log_requests = options_.log_requests},
      process_(processOfFile(layout_.pid(), argumentsOf(layout_))) {}

Result<void> Dnsmasq::apply(const host::SetDhcpServer& step) {
  if (!step.server) {
    // Else it would start it again.
    if (!options_.unit.empty() && alive()) {
      auto stopped = askSystemd(options_.systemctl, "stop", {options_.unit});
      if (!stopped) return stopped;
    }
    if (auto ended = killAllBut(0, argumentsOf(layout_), "dnsmasq"); !ended) return ended;
    process_.reset();
    auto removed = files::remove(layout_.configuration());
    if (!removed) return removed.error();
    return {};
  }
  const auto text = renderServer(*step.server, layout_);
  auto old = files::read(layout_.configuration());
  auto unsettled = files::read(layout_.unsettled());
  if (!old) return old.error();
  if (!unsettled) return unsettled.error();
  if (alive() && *old == text && !*unsettled) return {};

  if (auto made = makeDirectories(); !made) return made;
  if (auto passable = checkWayTo(layout_.directory); !passable) return passable;
  const auto next = layout_.configuration() + ".new";
  if (auto written = put(next, text); !written) return written;
  if (auto checked = checkConfiguration(next); !checked) return checked;
  if (auto marked = put(layout_.unsettled(), ""); !marked) return marked;
  if (auto written = put(layout_.configuration(), text); !written) return written;
  return replace();
}

Result<void> Dnsmasq::checkConfiguration(const std::string& path) const {
  if (::access(options_.binary.c_str(), X_OK) != 0) {
    return Error{ErrorCode::Kernel, "",
                 fmt::format("{} is missing: install the package dnsmasq-base", options_.binary)};
  }
  auto ended = runProgram({options_.binary, "--test", "--conf-file=" + path}, kMaxLogSize);
  if (!ended) return ended.error();
  if (ended->exit_code != 0) return refusal(options_.binary, *ended);
  return {};
}

Result<void> Dnsmasq::replace() {
  auto text = files::read(layout_.configuration());
  if (!text) return text.error();
  const auto server = parseServer(text->value_or(""), layout_);
  if (!server) return server.error();
  const auto word = newWord();
  if (auto written = put(layout_.generation(), renderGeneration(word)); !written) return written;
  const auto started = options_.unit.empty() ? runOurselves() : startUnit();
  if (!started) return started;
  auto process = processOfFile(layout_.pid(), argumentsOf(layout_));
  if (!process) {
    return Error{ErrorCode::Kernel, "",
                 fmt::format("dnsmasq ended at once, see {}", layout_.log())};
  }
  if (auto answered = waitForAnswer(*process, server->range.first(), word); !answered) {
    // The old one, if there is one, goes on.
    if (auto sent = process->signal(SIGKILL); !sent) return sent;
    return answered;
  }
  process_ = std::move(process);
  if (auto alone = killAllBut(process_->pid(), argumentsOf(layout_), "dnsmasq"); !alone)
    return alone;
  auto settled = files::remove(layout_.unsettled());
  if (!settled) return settled.error();
  return {};
}

Result<void> Dnsmasq::runOurselves() const {
  auto command = argumentsOf(layout_);
  command.insert(command.begin(), options_.binary);
  auto ended = runProgram(command, kMaxLogSize);
  if (!ended) return ended.error();
  if (ended->exit_code != 0) return refusal(options_.binary, *ended);
  return {};
}

// A reload starts one more process. systemd takes the one that the pid file names for the unit's
// main process, once the former has ended. One that waits to be started again is not reloaded, and
// would not be started before its time.
Result<void> Dnsmasq::startUnit() const {
  return askSystemd(options_.systemctl, alive() ? "reload-or-restart" : "restart", {options_.unit});
}

Result<void> Dnsmasq::waitForAnswer(const Process& process, net::Ipv4Address about,
                                    const std::string& word) const {
  Error reason{ErrorCode::Timeout, "", "it does not answer"};
  const auto deadline = std::chrono::steady_clock::now() + kPatienceForAnswer;
  while (process.alive() && std::chrono::steady_clock::now() < deadline) {
    auto answer = ask(about, kAskAgain);
    if (answer && answer->generation == word) return {};
    if (!answer) reason = answer.error();
    // The old one may have answered, and be asked again by chance.
    std::this_thread::sleep_for(kPause);
  }
  return Error{
      reason.code, "",
      fmt::format("dnsmasq was started and does not serve: {}; the interface lo must be up and "
                  "unfiltered, and dnsmasq's user must be able to read {}; see {}",
                  reason.message, layout_.directory, layout_.log())};
}

Result<void> Dnsmasq::restart() {
  if (alive()) return replace();
  return Error{ErrorCode::Unsupported, "UnsupportedOperation", "no DHCP server runs on this host"};
}

bool Dnsmasq::adopt() {
  if (alive()) return false;
  auto started = processOfFile(layout_.pid(), argumentsOf(layout_));
  if (!started) return false;
  process_ = std::move(started);
  return true;
}

std::optional<net::Ipv4Address> Dnsmasq::askableAddress() const {
  const auto text = files::read(layout_.configuration());
  if (!text || !*text) return std::nullopt;
  const auto server = parseServer(**text, layout_);
  if (!server) return std::nullopt;
  return server->range.first();
}

void Dnsmasq::end() const {
  // One that has ended meanwhile is what is wanted.
  if (process_) (void)process_->signal(SIGKILL);
}

void Dnsmasq::distrust() const {
  // Where that cannot be written the configuration is gone too, which a look finds as well.
  (void)put(layout_.unsettled(), "");
}

std::vector<std::string> Dnsmasq::directories() const {
  return {layout_.directory, layout_.hosts(), layout_.networks()};
}

std::vector<std::string> Dnsmasq::unimportantNames() {
  const Layout layout;
  std::vector<std::string> names;
  for (const auto& path : {layout.log(), layout.pid(), layout.unsettled()}) {
    names.push_back(std::filesystem::path(path).filename());
  }
  names.emplace_back("temporary");
  return names;
}

void Dnsmasq::trimLog() const {
  struct stat log {};
  if (::stat(layout_.log().c_str(), &log) != 0 || log.st_size < kTrimLogAt) return;
  // dnsmasq appends, and so goes on at the new end; it comes back to the file if it had left it for
  // syslog.
  if (::truncate(layout_.log().c_str(), 0) == 0 && process_) (void)process_->signal(SIGUSR2);
}

}  // namespace netctl::dhcp
