#include "base/process.h"

#include "base/descriptor.h"
#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <ctime>
#include <ratio>
#include <utility>

namespace netctl {
namespace {

constexpr int kExecFailed = 127;
constexpr int kLink = STDERR_FILENO + 1;  ///< of a program that talks with us
constexpr int kPatienceMilliseconds = 10000;
constexpr std::chrono::milliseconds kPatienceForEnd{5000};

// glibc 2.36 declares both without C linkage, so that C++ cannot link them.
int openPidfd(int pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}
int sendSignal(int fd, int number) {
  return static_cast<int>(::syscall(SYS_pidfd_send_signal, fd, number, nullptr, 0));
}

// Between fork and exec of a program with threads: system calls only.
[[noreturn]] void becomeProgram(char* const* arguments, char* const* environment, int null,
                                int output, int errors, int link, rlim_t max_file_size) {
  ::setsid();
  ::dup2(null, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  if (link >= 0) {
    ::dup2(link, kLink);
    ::fcntl(kLink, F_SETFD, 0);  // where it was that one already
  }
  ::close_range(link >= 0 ? kLink + 1 : kLink, ~0U, 0);
  const rlimit limit{max_file_size, max_file_size};
  ::setrlimit(RLIMIT_FSIZE, &limit);
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  ::signal(SIGXFSZ, SIG_IGN);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(arguments[0], arguments, environment);
  ::_exit(kExecFailed);
}

bool isCalled(int pid, const std::vector<std::string>& arguments) {
  const auto text = files::read(fmt::format("/proc/{}/cmdline", pid));
  if (!text || !*text) return false;
  std::string expected;
  for (const auto& argument : arguments) expected += argument + '\0';
  const auto program_end = (*text)->find('\0');
  return program_end != std::string::npos && (*text)->substr(program_end + 1) == expected;
}

bool isSameFile(const struct stat& one, const struct stat& other) {
  return one.st_ino == other.st_ino && one.st_dev == other.st_dev;
}

/// Each network namespace has files of its own below /proc/PID/net, which anybody may look at;
/// /proc/PID/ns of another user's process needs CAP_SYS_PTRACE.
bool isHere(int pid) {
  struct stat its {};
  struct stat ours {};
  return ::stat(fmt::format("/proc/{}/net/dev", pid).c_str(), &its) == 0 &&
         ::stat("/proc/thread-self/net/dev", &ours) == 0 && isSameFile(its, ours);
}

/// When a process was started, by the clock of now (proc(5), /proc/PID/stat, starttime).
std::optional<std::chrono::nanoseconds> startOf(int pid) {
  constexpr int kFieldsBehindName = 19;  // from the name, which is the second, to the 22nd
  const auto text = files::read(fmt::format("/proc/{}/stat", pid));
  if (!text || !*text) return std::nullopt;
  // The name may hold anything.
  auto at = (*text)->rfind(')');
  for (int i = 0; i <= kFieldsBehindName && at != std::string::npos; ++i) {
    at = (*text)->find(' ', at + 1);
  }
  std::int64_t ticks = 0;
  if (at == std::string::npos ||
      std::from_chars((*text)->data() + at + 1, (*text)->data() + (*text)->size(), ticks).ec !=
          std::errc()) {
    return std::nullopt;
  }
  const auto now = [](clockid_t clock) {
    timespec time{};
    ::clock_gettime(clock, &time);
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  };
  const std::chrono::nanoseconds since_boot(ticks * (std::nano::den / ::sysconf(_SC_CLK_TCK)));
  return now(CLOCK_REALTIME) - now(CLOCK_BOOTTIME) + since_boot;
}

/// A pipe that a program writes into, and what has come of it.
struct Writings {
  Descriptor from = Descriptor(-1);
  Descriptor to = Descriptor(-1);  ///< the program's end
  std::string text = {};

  bool open() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
    from = Descriptor(ends[0]);
    to = Descriptor(ends[1]);
    return true;
  }
};

/// Until all writers have closed both, or nothing came for too long. One that was not opened has no
/// writers.
void readAll(std::array<Writings*, 2> all) {
  std::array<char, 4096> buffer{};
  std::array<pollfd, 2> waiting{{{.fd = all[0]->from.get(), .events = POLLIN, .revents = 0},
                                 {.fd = all[1]->from.get(), .events = POLLIN, .revents = 0}}};
  while (waiting[0].fd >= 0 || waiting[1].fd >= 0) {
    const int ready = ::poll(waiting.data(), waiting.size(), kPatienceMilliseconds);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (waiting[i].fd < 0 || waiting[i].revents == 0) continue;
      const auto size = ::read(waiting[i].fd, buffer.data(), buffer.size());
      if (size > 0) {
        all[i]->text.append(buffer.data(), static_cast<std::size_t>(size));
      } else {
        waiting[i].fd = -1;
      }
    }
  }
}

Result<Ended> runAndRead(const std::vector<std::string>& command, std::uint64_t max_file_size,
                         bool keeps_output) {
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  std::array<char*, 1> environment{};
  const auto failed = [&command](const char* what) {
    return Error{ErrorCode::Kernel, "",
                 fmt::format("cannot {} {}: {}", what, command[0], std::strerror(errno))};
  };

  Writings errors;
  Writings output;
  if (!errors.open() || (keeps_output && !output.open())) return failed("make a pipe for");
  const Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const pid_t pid = null.get() < 0 ? -1 : ::fork();
  if (pid == 0) {
    becomeProgram(arguments.data(), environment.data(), null.get(),
                  keeps_output ? output.to.get() : null.get(), errors.to.get(), -1, max_file_size);
  }
  if (pid < 0) return failed("start");
  errors.to = Descriptor(-1);
  output.to = Descriptor(-1);
  readAll({&errors, &output});

  // One that hangs is ended; to one that has ended it does nothing.
  if (const auto process = Process::open(pid)) {
    if (!process->waitForEnd(std::chrono::milliseconds{kPatienceMilliseconds})) {
      ::kill(pid, SIGKILL);
    }
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR) return failed("wait for");
  }
  return Ended{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
               std::move(errors.text), std::move(output.text)};
}

}  // namespace

std::optional<Process> Process::open(int pid) {
  Descriptor fd{pid > 0 ? openPidfd(pid) : -1};
  if (fd.get() < 0) return std::nullopt;
  return Process{pid, std::move(fd)};
}

bool Process::alive() const {
  return !waitForEnd(std::chrono::milliseconds{0});
}

bool Process::waitForEnd(std::chrono::milliseconds patience) const {
  pollfd waiting{.fd = fd_.get(), .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, static_cast<int>(patience.count())) > 0;
}

bool Process::isCalledHere(const std::vector<std::string>& arguments) const {
  // Read first, asked afterwards: a process that lives now had the number all the time.
  return isCalled(pid_, arguments) && isHere(pid_) && alive();
}

bool Process::isOutdated(const std::string& program) const {
  struct stat its {};
  struct stat there {};
  if (::stat(program.c_str(), &there) != 0) return false;
  if (::stat(fmt::format("/proc/{}/exe", pid_).c_str(), &its) == 0) {
    return !isSameFile(its, there) && alive();
  }
  if (errno != EACCES) return false;
  // Another user's, and we are without CAP_SYS_PTRACE: what was put there later is not what runs.
  const auto started = startOf(pid_);
  const auto put =
      std::chrono::seconds(there.st_ctim.tv_sec) + std::chrono::nanoseconds(there.st_ctim.tv_nsec);
  return started && put > *started && alive();
}

Result<void> Process::signal(int number) const {
  if (sendSignal(fd_.get(), number) == 0 || errno == ESRCH) return {};
  return Error{ErrorCode::Kernel, "",
               fmt::format("cannot signal process {}: {}", pid_, std::strerror(errno))};
}

Result<std::vector<Process>> processesCalledHere(const std::vector<std::string>& arguments) {
  auto directory = files::Directory::open("/proc");
  if (!directory) return directory.error();
  if (!*directory) return std::vector<Process>{};
  const auto names = (*directory)->names();
  if (!names) return names.error();
  std::vector<Process> found;
  for (const auto& name : *names) {
    int pid = 0;
    std::from_chars(name.data(), name.data() + name.size(), pid);
    if (pid <= 0 || !isCalled(pid, arguments)) continue;
    auto process = Process::open(pid);
    if (process && process->isCalledHere(arguments)) found.push_back(std::move(*process));
  }
  return found;
}

std::optional<Process> processOfFile(const std::string& pid_file,
                                     const std::vector<std::string>& arguments) {
  const auto text = files::read(pid_file);
  if (!text || !*text) return std::nullopt;
  int pid = 0;
  std::from_chars((*text)->data(), (*text)->data() + (*text)->size(), pid);
  auto process = Process::open(pid);
  if (!process || !process->isCalledHere(arguments)) return std::nullopt;
  return process;
}

Result<void> killAllBut(int pid, const std::vector<std::string>& arguments, std::string_view name) {
  const auto processes = processesCalledHere(arguments);
  if (!processes) return processes.error();
  for (const auto& process : *processes) {
    if (process.pid() == pid) continue;
    if (auto sent = process.signal(SIGKILL); !sent) return sent;
    if (!process.waitForEnd(kPatienceForEnd)) {
      return Error{ErrorCode::Busy, "", fmt::format("{} {} does not end", name, process.pid())};
    }
  }
  return {};
}

Result<Ended> runProgram(const std::vector<std::string>& command, std::uint64_t max_file_size) {
  return runAndRead(command, max_file_size, false);
}

Result<Ended> runForOutput(const std::vector<std::string>& command) {
  return runAndRead(command, 0, true);
}

Result<pid_t> startProgram(const std::vector<std::string>& command, int link) {
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  std::array<char*, 1> environment{};
  const Descriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const pid_t pid = null.get() < 0 ? -1 : ::fork();
  if (pid == 0) {
    becomeProgram(arguments.data(), environment.data(), null.get(), null.get(), STDERR_FILENO, link,
                  RLIM_INFINITY);
  }
  if (pid > 0) return pid;
  return Error{ErrorCode::Kernel, "",
               fmt::format("cannot start {}: {}", command[0], std::strerror(errno))};
}

}  // namespace netctl
