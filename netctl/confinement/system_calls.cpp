#include "netctl/confinement/system_calls.h"

#include <fmt/format.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace netctl::confinement {
namespace {

#if defined(__x86_64__)
constexpr std::uint32_t kMachine = AUDIT_ARCH_X86_64;
/// From here on are those of the x32 ABI, which are the same calls by other numbers.
constexpr std::uint32_t kEnd = 0x40000000;
#elif defined(__aarch64__)
constexpr std::uint32_t kMachine = AUDIT_ARCH_AARCH64;
constexpr std::uint32_t kEnd = 0xffffffff;
#else
constexpr std::uint32_t kMachine = 0;
constexpr std::uint32_t kEnd = 0;
#endif

constexpr std::array kDenied {
  // Other processes.
  SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, SYS_pidfd_getfd,
      // Files of others by their number; mounts and namespaces.
      SYS_open_by_handle_at, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_move_mount,
      SYS_open_tree, SYS_fsopen, SYS_fsmount, SYS_fsconfig, SYS_fspick, SYS_mount_setattr,
      SYS_unshare, SYS_setns, SYS_quotactl, SYS_swapon, SYS_swapoff, SYS_acct,
      // The kernel and the machine.
      SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_kexec_file_load,
      SYS_reboot, SYS_syslog, SYS_sethostname, SYS_setdomainname, SYS_settimeofday,
      SYS_clock_settime, SYS_personality,
#if defined(__x86_64__)
      SYS_iopl, SYS_ioperm, SYS_modify_ldt,
#endif
      // Ways into the kernel that nothing here uses.
      SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_io_uring_setup, SYS_io_uring_enter,
      SYS_io_uring_register, SYS_add_key, SYS_request_key, SYS_keyctl
};

constexpr std::uint32_t kRefuse = SECCOMP_RET_ERRNO | EPERM;

/// BPF_STMT and BPF_JUMP of filter.h, whose casts C++ warns of.
sock_filter statement(unsigned code, std::uint32_t value) {
  return {static_cast<std::uint16_t>(code), 0, 0, value};
}
sock_filter jump(unsigned code, std::uint32_t value, std::uint8_t if_so, std::uint8_t if_not) {
  return {static_cast<std::uint16_t>(code), if_so, if_not, value};
}

/// Refuses the call where the comparison holds, and goes on where it does not.
void refuseIf(std::vector<sock_filter>& program, unsigned comparison, std::uint32_t value) {
  program.push_back(jump(BPF_JMP | comparison | BPF_K, value, 0, 1));
  program.push_back(statement(BPF_RET | BPF_K, kRefuse));
}

/// For this machine's calls by their usual numbers; then the accumulator has the number.
std::vector<sock_filter> beginOfProgram() {
  std::vector<sock_filter> program;
  program.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)));
  program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, kMachine, 1, 0));
  program.push_back(statement(BPF_RET | BPF_K, kRefuse));
  program.push_back(statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
  refuseIf(program, BPF_JGE, kEnd);
  return program;
}

Result<void> enforce(std::vector<sock_filter>& program) {
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0) return {};
  return Error{ErrorCode::Kernel, "",
               fmt::format("cannot give up system calls: {}", std::strerror(errno))};
}

}  // namespace

Result<void> denySystemCalls(std::span<const int> besides) {
  if (kMachine == 0) return {};
  auto program = beginOfProgram();
  for (const int number : kDenied) {
    refuseIf(program, BPF_JEQ, static_cast<std::uint32_t>(number));
  }
  for (const int number : besides) {
    refuseIf(program, BPF_JEQ, static_cast<std::uint32_t>(number));
  }
  program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  return enforce(program);
}

Result<void> keepSystemCalls(std::span<const int> kept) {
  if (kMachine == 0) return {};
  auto program = beginOfProgram();
  for (const int number : kept) {
    program.push_back(jump(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number), 0, 1));
    program.push_back(statement(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  }
  program.push_back(statement(BPF_RET | BPF_K, kRefuse));
  return enforce(program);
}

}  // namespace netctl::confinement
