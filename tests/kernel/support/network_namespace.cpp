#include "tests/kernel/support/network_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace netctl::kernel {
namespace {

int run(const std::string& command, std::string& printed) {
  FILE* pipe = popen(("{ " + command + "\n} 2>&1").c_str(), "re");
  if (pipe == nullptr) return -1;
  std::array<char, 4096> buffer{};
  std::size_t size = 0;
  while ((size = fread(buffer.data(), 1, buffer.size(), pipe)) > 0) {
    printed.append(buffer.data(), size);
  }
  const int status = pclose(pipe);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

void NetworkNamespace::SetUp() {
  ASSERT_EQ(geteuid(), 0U) << "kernel tests need root";
  before_ = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(before_, 0);
  ASSERT_EQ(unshare(CLONE_NEWNET), 0) << "kernel tests need to make network namespaces";
  std::string path = "/tmp/netctl-xtables-XXXXXX";
  const int lock = mkstemp(path.data());
  ASSERT_GE(lock, 0);
  close(lock);
  lock_file_ = path;
  setenv("XTABLES_LOCKFILE", lock_file_.c_str(), 1);
  output("ip link set lo up");
}

void NetworkNamespace::TearDown() {
  if (!lock_file_.empty()) unlink(lock_file_.c_str());
  unsetenv("XTABLES_LOCKFILE");
  if (before_ < 0) return;
  EXPECT_EQ(setns(before_, CLONE_NEWNET), 0);
  close(before_);
}

std::string output(const std::string& command) {
  std::string printed;
  EXPECT_EQ(run(command, printed), 0) << command << "\n" << printed;
  return printed;
}

int exitCode(const std::string& command) {
  std::string printed;
  return run(command, printed);
}

}  // namespace netctl::kernel
