#include "netctl/web/server/confine.h"

#include "netctl/confinement/capabilities.h"
#include "netctl/confinement/privileges.h"
#include "netctl/confinement/system_calls.h"

#include <sys/syscall.h>

#include <array>

namespace netctl::web {
namespace {

/// What a loop over connected sockets needs, with TLS, timers and memory.
constexpr std::array kTalking {
  // Connections.
  SYS_recvmsg, SYS_sendmsg, SYS_recvfrom, SYS_sendto, SYS_read, SYS_write, SYS_readv, SYS_writev,
      SYS_accept, SYS_accept4, SYS_close, SYS_shutdown, SYS_setsockopt, SYS_getsockopt,
      SYS_getsockname, SYS_getpeername, SYS_ioctl, SYS_fcntl,
      // Waiting, and time.
      SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_eventfd2, SYS_timerfd_create,
      SYS_timerfd_settime, SYS_ppoll, SYS_futex, SYS_clock_gettime, SYS_clock_nanosleep,
      SYS_nanosleep, SYS_gettimeofday, SYS_sched_yield, SYS_restart_syscall,
#if defined(__x86_64__)
      SYS_epoll_wait, SYS_poll, SYS_time,
#endif
      // Memory, chance, its own state.
      SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_brk, SYS_getrandom,
      SYS_getpid, SYS_gettid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid, SYS_rt_sigaction,
      SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sigaltstack, SYS_getrusage,
      // The end.
      SYS_exit, SYS_exit_group
};

}  // namespace

Result<void> becomeNobody(const std::string& user) {
  if (auto hidden = confinement::hideMemory(); !hidden) return hidden;
  return confinement::dropPrivileges(user);
}

Result<void> keepTalkingOnly() {
  return confinement::keepSystemCalls(kTalking);
}

}  // namespace netctl::web
