#include "netctl/confinement/capabilities.h"
#include "netctl/confinement/system_calls.h"

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace netctl::confinement {
namespace {

/// What is given up is given up for ever, so each case has a process of its own. True where `check`
/// was, in there.
template <class Check>
bool holdsInChild(const Check& check) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(check() ? EXIT_SUCCESS : EXIT_FAILURE);
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == EXIT_SUCCESS;
}

template <class... Arguments>
int errorOf(long number, Arguments... arguments) {
  errno = 0;
  return ::syscall(number, arguments...) == 0 ? 0 : errno;
}

/// As far as the kernel asks for before anything else.
bool isConfined(std::span<const int> besides = {}) {
  return keepCapabilities({}).has_value() && denySystemCalls(besides).has_value();
}

TEST(SystemCalls, ThatNobodyNeedsAreRefused) {
  EXPECT_TRUE(holdsInChild([] {
    // With arguments for which the kernel has other errors, so that it is the filter that refuses.
    if (errorOf(SYS_kexec_load, 0, 0, nullptr, ~0UL) == 0) return false;
    if (!isConfined()) return false;
    return errorOf(SYS_ptrace, PTRACE_PEEKDATA, 0, nullptr, nullptr) == EPERM &&
           errorOf(SYS_bpf, -1, nullptr, 0) == EPERM && errorOf(SYS_userfaultfd, -1) == EPERM &&
           errorOf(SYS_io_uring_setup, 0, nullptr) == EPERM && errorOf(SYS_unshare, -1) == EPERM &&
           errorOf(SYS_setns, -1, 0) == EPERM && errorOf(SYS_keyctl, -1) == EPERM &&
           errorOf(SYS_process_vm_readv, -1, nullptr, 0, nullptr, 0, 0) == EPERM &&
           errorOf(SYS_finit_module, -1, nullptr, 0) == EPERM;
  }));
}

TEST(SystemCalls, HaveTheirOwnErrorsWithoutTheFilter) {
  EXPECT_TRUE(holdsInChild([] {
    return errorOf(SYS_unshare, -1) == EINVAL && errorOf(SYS_setns, -1, 0) == EBADF &&
           errorOf(SYS_ptrace, PTRACE_PEEKDATA, 0, nullptr, nullptr) == ESRCH;
  }));
}

TEST(SystemCalls, ThatWorkNeedsGoOn) {
  EXPECT_TRUE(holdsInChild([] {
    if (!isConfined()) return false;
    const pid_t child = ::fork();
    if (child == 0) {
      ::execl("/bin/true", "true", nullptr);
      ::_exit(EXIT_FAILURE);
    }
    int status = -1;
    return ::waitpid(child, &status, 0) == child && status == 0;
  }));
}

/// The exit status of a program that asks for a personality of its own (personality(2)).
int statusOfSetarch() {
  const pid_t child = ::fork();
  if (child == 0) {
    ::execl("/usr/bin/setarch", "setarch", "-R", "/bin/true", nullptr);
    ::_exit(EXIT_FAILURE);
  }
  int status = -1;
  return ::waitpid(child, &status, 0) == child ? status : -1;
}

TEST(SystemCalls, AreRefusedToWhatIsStarted) {
  ASSERT_EQ(statusOfSetarch(), 0);
  EXPECT_TRUE(holdsInChild([] { return isConfined() && statusOfSetarch() > 0; }));
}

TEST(SystemCalls, MayBeMore) {
  EXPECT_TRUE(holdsInChild([] {
    static constexpr std::array kPrograms{SYS_execve, SYS_execveat};
    if (!isConfined(kPrograms)) return false;
    ::execl("/bin/true", "true", nullptr);
    return errno == EPERM;
  }));
}

#if defined(__x86_64__)
TEST(SystemCalls, HaveNoOtherNumbers) {
  EXPECT_TRUE(holdsInChild([] {
    constexpr long kX32 = 0x40000000;  // the same call by the x32 ABI
    return isConfined() && errorOf(kX32 + SYS_getpid) == EPERM;
  }));
}
#endif

TEST(Capabilities, ThatAreNotKeptAreGoneForEver) {
  EXPECT_TRUE(holdsInChild([] {
    static constexpr std::array kKept{CAP_KILL};
    if (!keepCapabilities(kKept)) return false;
    // Raised again by nobody: neither by the process itself nor by a program.
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
    if (::syscall(SYS_capget, &header, sets.data()) != 0) return false;
    if ((sets[0].permitted & ~CAP_TO_MASK(CAP_KILL)) != 0 || sets[1].permitted != 0) return false;
    sets[0].permitted = sets[0].effective = CAP_TO_MASK(CAP_NET_ADMIN);
    return ::syscall(SYS_capset, &header, sets.data()) != 0 &&
           ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
  }));
}

TEST(Memory, IsNobodysToRead) {
  EXPECT_TRUE(holdsInChild([] {
    if (!hideMemory()) return false;
    rlimit cores{1, 1};
    return ::getrlimit(RLIMIT_CORE, &cores) == 0 && cores.rlim_cur == 0 && cores.rlim_max == 0 &&
           ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
  }));
}

}  // namespace
}  // namespace netctl::confinement
