#include "dhcp/dnsmasq.h"
#include "dhcp/files.h"
#include "dhcp/loopback.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <csignal>
#include <random>
#include <utility>

// The process of Dnsmasq: starting, ending, adopting, and having it forget.
namespace netctl::dhcp {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPatienceForEnd{2000};
// Rereading takes about 0.1 s at 5,000 hosts.
constexpr milliseconds kPatienceForReread{10000};
constexpr milliseconds kPatienceForAnswer{2000};
// So many releases fit dnsmasq's socket buffer (net.core.rmem_default, 208 KiB) at once.
constexpr std::size_t kReleasesAtOnce = 64;
constexpr int kReleaseTries = 3;
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

}  // namespace

Dnsmasq::Dnsmasq(Options options)
    : options_(std::move(options)),
      layout_{.directory = options_.directory, .log_requests = options_.log_requests} {
  adopt();
}

void Dnsmasq::adopt() {
  process_.reset();
  const auto text = readFile(layout_.pid());
  if (!text || !*text) return;
  int pid = 0;
  std::from_chars((*text)->data(), (*text)->data() + (*text)->size(), pid);
  auto process = Process::open(pid);
  if (!process || !process->sharesNetwork()) return;
  auto arguments = process->arguments();
  if (!arguments.empty()) arguments.erase(arguments.begin());
  if (arguments == argumentsOf(layout_)) process_ = std::move(process);
}

Result<void> Dnsmasq::apply(const host::SetDhcpServer& step) {
  if (!step.server) {
    if (auto stopped = stop(); !stopped) return stopped;
    auto removed = removeFile(layout_.configuration());
    if (!removed) return removed.error();
    return {};
  }
  const auto text = renderServer(*step.server, layout_);
  auto old = readFile(layout_.configuration());
  auto unsettled = readFile(layout_.unsettled());
  if (!old) return old.error();
  if (!unsettled) return unsettled.error();
  if (alive() && *old == text && !*unsettled) return {};

  if (auto made = makeDirectories(); !made) return made;
  const auto next = layout_.configuration() + ".new";
  if (auto written = put(next, text); !written) return written;
  if (auto checked = checkConfiguration(next); !checked) return checked;
  // The old one ends before its file changes: a running dnsmasq was always started from the file
  // that is there.
  if (auto stopped = stop(); !stopped) return stopped;
  if (auto written = put(layout_.configuration(), text); !written) return written;
  return start();
}

Result<void> Dnsmasq::checkConfiguration(const std::string& path) const {
  if (::access(options_.binary.c_str(), X_OK) != 0) {
    return Error{ErrorCode::Kernel, "",
                 fmt::format("{} is missing: install the package dnsmasq-base", options_.binary)};
  }
  auto ended = run({options_.binary, "--test", "--conf-file=" + path}, kMaxLogSize);
  if (!ended) return ended.error();
  if (ended->exit_code != 0) return refusal(options_.binary, *ended);
  return {};
}

Result<void> Dnsmasq::start() {
  // One that lost its pid file would share our port and answer from files that are gone.
  for (const auto& stray : processesCalledWith(argumentsOf(layout_))) {
    if (!stray.sharesNetwork()) continue;
    if (auto sent = stray.signal(SIGKILL); !sent) return sent;
    if (!stray.waitForEnd(kPatienceForEnd)) {
      return Error{ErrorCode::Busy, "", fmt::format("dnsmasq {} does not end", stray.pid())};
    }
  }
  const auto word = newWord();
  if (auto written = put(layout_.generation(), renderGeneration(word)); !written) return written;
  auto text = readFile(layout_.configuration());
  if (!text) return text.error();
  const auto server = parseServer(text->value_or(""), layout_);
  if (!server) return server.error();

  auto command = argumentsOf(layout_);
  command.insert(command.begin(), options_.binary);
  auto ended = run(command, kMaxLogSize);
  if (!ended) return ended.error();
  if (ended->exit_code != 0) return refusal(options_.binary, *ended);
  adopt();
  auto loopback = Loopback::open();
  if (!loopback) return loopback.error();
  auto answer = loopback->ask(server->range.first(), kPatienceForReread);
  if (!answer) return answer.error();
  if (!alive() || answer->generation != word) {
    return Error{
        ErrorCode::Kernel, "",
        fmt::format("dnsmasq was started and cannot work, see {}; it must be able to read {} "
                    "as the user that it runs as",
                    layout_.log(), layout_.directory)};
  }
  // A new process remembers no host and no lease.
  auto settled = removeFile(layout_.unsettled());
  if (!settled) return settled.error();
  return {};
}

Result<void> Dnsmasq::stop() {
  if (!process_) return {};
  for (const int number : {SIGTERM, SIGKILL}) {
    if (auto sent = process_->signal(number); !sent) return sent;
    if (process_->waitForEnd(kPatienceForEnd)) {
      process_.reset();
      return {};
    }
  }
  return Error{ErrorCode::Busy, "", fmt::format("dnsmasq {} does not end", process_->pid())};
}

Result<void> Dnsmasq::settle(std::span<const Former> gone) {
  const auto forget = [this, gone]() -> Result<void> {
    auto text = readFile(layout_.configuration());
    if (!text) return text.error();
    const auto server = parseServer(text->value_or(""), layout_);
    if (!server) return server.error();
    auto loopback = Loopback::open();
    if (!loopback) return loopback.error();
    if (auto read = reread(*loopback, server->range.first()); !read) return read;
    for (auto rest = gone; !rest.empty();) {
      const auto now = rest.first(std::min(rest.size(), kReleasesAtOnce));
      rest = rest.subspan(now.size());
      for (const auto& former : now) {
        if (auto sent = loopback->release(former.address, former.mac); !sent) return sent;
      }
      for (const auto& former : now) {
        // Nothing outside the range is ever leased, and a question about it would get no answer.
        if (!server->range.contains(former.address)) continue;
        if (auto freed = checkFree(*loopback, former); !freed) return freed;
      }
    }
    return {};
  };
  if (!forget()) {
    // Whatever hindered it, a new process has nothing to forget.
    if (auto stopped = stop(); !stopped) return stopped;
    return start();
  }
  auto settled = removeFile(layout_.unsettled());
  if (!settled) return settled.error();
  return {};
}

Result<void> Dnsmasq::checkFree(Loopback& loopback, const Former& former) {
  for (int i = 0; i < kReleaseTries; ++i) {
    auto answer = loopback.ask(former.address, kPatienceForAnswer);
    if (!answer) return answer.error();
    if (!answer->leased) return {};
    if (auto sent = loopback.release(former.address, former.mac); !sent) return sent;
  }
  return Error{ErrorCode::Verification, "",
               fmt::format("dnsmasq does not free {}", net::format(former.address))};
}

Result<void> Dnsmasq::reread(Loopback& loopback, net::Ipv4Address inside) {
  const auto word = newWord();
  if (auto written = put(layout_.generation(), renderGeneration(word)); !written) return written;
  if (auto sent = process_->signal(SIGHUP); !sent) return sent;
  const auto deadline = std::chrono::steady_clock::now() + kPatienceForReread;
  while (std::chrono::steady_clock::now() < deadline) {
    auto answer = loopback.ask(inside, kPatienceForReread);
    if (!answer) return answer.error();
    if (answer->generation == word) return {};
  }
  return Error{ErrorCode::Timeout, "", "dnsmasq did not obey SIGHUP"};
}

void Dnsmasq::trimLog() const {
  struct stat log {};
  if (::stat(layout_.log().c_str(), &log) != 0 || log.st_size < kTrimLogAt) return;
  // dnsmasq appends, and so goes on at the new end; it comes back to the file if it had left it for
  // syslog.
  if (::truncate(layout_.log().c_str(), 0) == 0 && process_) (void)process_->signal(SIGUSR2);
}

}  // namespace netctl::dhcp
