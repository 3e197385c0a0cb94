#pragma once

#include "base/descriptor.h"
#include "base/result.h"

#include <sys/types.h>

#include <string>
#include <utility>

namespace netctl::kernel {

/// A process that has libnftables carry out commands, and nothing else.
///
/// The library ends its process where netlink does not answer as it expects ("nf_tables kernel ABI
/// is broken"). It is ours that would end. So it works in a child, which is a copy of the process
/// (fork) in the network namespace of the thread that starts it, has none of its descriptors but
/// the three, and ends when nobody is left to ask it. One thread at a time.
class NftProcess {
 public:
  /// What nft said of commands that it did not take.
  struct Answer {
    bool taken = false;
    std::string said;
  };

  NftProcess() = default;
  NftProcess(NftProcess&& other) noexcept { *this = std::move(other); }
  NftProcess& operator=(NftProcess&& other) noexcept;
  ~NftProcess() { end(); }

  /// Starts the child where there is none. `only_checks`: nothing is carried out. An error where
  /// the child cannot be started, has ended, or does not answer in time; what came of the commands
  /// is not known then, and the next call has another child.
  Result<Answer> run(const std::string& commands, bool only_checks);

 private:
  Result<void> start();
  Result<Answer> ask(const std::string& commands, bool only_checks);
  /// What its end was, in words; empty where there was none.
  std::string end();

  pid_t child_ = 0;
  Descriptor link_;
  /// A copy of the child's netlink socket, so that its messages are known for our own
  /// (OwnSockets).
  Descriptor netlink_;
};

}  // namespace netctl::kernel
