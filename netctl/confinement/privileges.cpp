#include "netctl/confinement/privileges.h"

#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

namespace netctl::confinement {
namespace {

struct Account {
  uid_t user;
  gid_t group;
};

/// Absent where the host does not have the user.
std::optional<Account> accountOf(const std::string& user) {
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> buffer(16384);
  const int fault = ::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found);
  if (fault != 0 || found == nullptr) return {};
  return Account{entry.pw_uid, entry.pw_gid};
}

Error cannotDrop(std::string_view what) {
  return {ErrorCode::Kernel, "", fmt::format("cannot {}: {}", what, std::strerror(errno))};
}

/// What a program that is started could get back. PR_SET_NO_NEW_PRIVS alone would do, too: this
/// needs CAP_SETPCAP, which a container may not have.
void emptyBoundingSet() {
  int capability = 0;
  while (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0) ++capability;
}

}  // namespace

Result<void> dropPrivileges(const std::string& user) {
  // Who was started as somebody else has nothing of it to drop.
  if (::geteuid() == 0) {
    emptyBoundingSet();
    if (const auto account = accountOf(user)) {
      if (::setgroups(0, nullptr) != 0 ||
          ::setresgid(account->group, account->group, account->group) != 0 ||
          ::setresuid(account->user, account->user, account->user) != 0) {
        return cannotDrop("become the user " + user);
      }
    }
  }
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  if (::syscall(SYS_capset, &header, none.data()) != 0) return cannotDrop("drop all capabilities");
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return cannotDrop("rule out new privileges");
  return {};
}

}  // namespace netctl::confinement
