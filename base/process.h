#pragma once

#include "base/descriptor.h"
#include "base/result.h"

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace netctl {

/// A process that need not be our child. The pidfd keeps it apart from a later one with the same
/// number.
class Process {
 public:
  /// Absent where there is no such process.
  static std::optional<Process> open(int pid);

  [[nodiscard]] int pid() const { return pid_; }
  /// Readable when the process has ended.
  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] bool alive() const;
  /// Whether it lives, was called with these arguments (the program's own name left out), and is in
  /// the network namespace of the calling thread.
  [[nodiscard]] bool isCalledHere(const std::vector<std::string>& arguments) const;

  /// Whether it lives, and this path has another program than the one that it runs. False where
  /// either cannot be looked at.
  [[nodiscard]] bool isOutdated(const std::string& program) const;

  /// A process that has ended is not an error.
  Result<void> signal(int number) const;
  /// Whether it ended in time.
  [[nodiscard]] bool waitForEnd(std::chrono::milliseconds patience) const;

 private:
  Process(int pid, Descriptor fd) : pid_(pid), fd_(std::move(fd)) {}

  int pid_ = 0;
  Descriptor fd_;
};

/// All of which Process::isCalledHere is true.
Result<std::vector<Process>> processesCalledHere(const std::vector<std::string>& arguments);

/// The process whose number a file holds, where all of that is true of it.
std::optional<Process> processOfFile(const std::string& pid_file,
                                     const std::vector<std::string>& arguments);

/// Kills all of which Process::isCalledHere is true, but for the one with that number, and waits
/// for their end. For programs that have nothing to put in order; `name` is for errors.
Result<void> killAllBut(int pid, const std::vector<std::string>& arguments, std::string_view name);

/// How a program ended, and what it wrote.
struct Ended {
  int exit_code = 0;        ///< 128 + its number after a signal, as the shell has it
  std::string message;      ///< to stderr
  std::string output = {};  ///< to stdout, where that was asked for
};

/// Runs a program that ends soon or goes into the background, and waits until it has ended and
/// nobody holds its stderr any more. It gets a session, an empty environment, no descriptors but
/// the three and, so that a log cannot fill the disk, a limit of `max_file_size` bytes for each
/// file it writes; beyond, its writes fail.
Result<Ended> runProgram(const std::vector<std::string>& command, std::uint64_t max_file_size);
/// The same of a program that answers on stdout and writes no files, as `virsh list`.
Result<Ended> runForOutput(const std::vector<std::string>& command);

/// Starts a program that talks with us: its descriptor 3 is `link`, and it has our stderr; all else
/// as runProgram. The caller waits for its end (waitpid).
Result<pid_t> startProgram(const std::vector<std::string>& command, int link);

}  // namespace netctl
