#pragma once

#include "modes/result.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace netctl::dhcp {

/// A process that need not be our child. The pidfd keeps it apart from a later one with the same
/// number.
class Process {
 public:
  /// Absent where there is no such process.
  static std::optional<Process> open(int pid);
  ~Process();
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;

  [[nodiscard]] int pid() const { return pid_; }
  /// Readable when the process has ended.
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] bool alive() const;
  /// Its command line; empty once it has ended.
  [[nodiscard]] std::vector<std::string> arguments() const;
  /// Whether it lives in the network namespace of the calling thread.
  [[nodiscard]] bool sharesNetwork() const;

  /// A process that has ended is no error.
  Result<void> signal(int number) const;
  /// Whether it ended in time.
  [[nodiscard]] bool waitForEnd(std::chrono::milliseconds patience) const;

 private:
  Process(int pid, int fd) : pid_(pid), fd_(fd) {}

  int pid_ = 0;
  int fd_ = -1;
};

/// All processes of this machine that were called with these arguments, the program's own name left
/// out.
std::vector<Process> processesCalledWith(const std::vector<std::string>& arguments);

/// How a program ended, and what it wrote to stderr.
struct Ended {
  int exit_code = 0;  ///< 128 + its number after a signal, as the shell has it
  std::string message;
};

/// Runs a program that ends soon or goes into the background, and waits until it has ended and
/// nobody holds its stderr any more. It gets a session, an empty environment, no descriptors but
/// the three and, so that a log cannot fill the disk, a limit of `max_file_size` bytes for each
/// file it writes; beyond, its writes fail.
Result<Ended> run(const std::vector<std::string>& command, std::uint64_t max_file_size);

}  // namespace netctl::dhcp
