#include "netctl/web/server/confine.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>

// What code that has taken netctl-web over can do: the same system calls, after the same words.
namespace netctl::web {
namespace {

/// In a process of its own, since nothing comes back. True where `check` was.
template <class Check>
bool holdsWhenConfined(const Check& check) {
  const pid_t child = ::fork();
  if (child == 0) {
    // No such user: it stays root's, without privileges, which is the worse case.
    const bool confined = becomeNobody("netctl-no-such-user") && keepTalkingOnly();
    ::_exit(confined && check() ? EXIT_SUCCESS : EXIT_FAILURE);
  }
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == EXIT_SUCCESS;
}

bool isRefused(long result) {
  return result == -1 && errno == EPERM;
}

TEST(Confine, LeavesNoWayToTheKernelsNetwork) {
  EXPECT_TRUE(holdsWhenConfined([] {
    return isRefused(::socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER)) &&
           isRefused(::socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)) &&
           isRefused(::socket(AF_INET, SOCK_RAW, IPPROTO_RAW)) &&
           isRefused(::socket(AF_PACKET, SOCK_RAW, ETH_P_ALL)) &&
           isRefused(::socket(AF_INET, SOCK_STREAM, 0)) &&
           isRefused(::socket(AF_UNIX, SOCK_STREAM, 0)) &&
           isRefused(::open("/proc/sys/net/ipv4/ip_forward", O_WRONLY));
  }));
}

TEST(Confine, LeavesNoFileOfTheHost) {
  std::string state = ::testing::TempDir() + "netctl-state-XXXXXX";
  const int file = ::mkstemp(state.data());
  ASSERT_GE(file, 0);
  ::close(file);
  const auto* const path = state.c_str();
  EXPECT_TRUE(holdsWhenConfined([path] {
    struct stat status {};
    return isRefused(::open(path, O_RDONLY)) && isRefused(::open(path, O_RDWR)) &&
           isRefused(::unlink(path)) && isRefused(::rename(path, "/tmp/taken")) &&
           isRefused(::truncate(path, 0)) && isRefused(::chmod(path, 0777)) &&
           isRefused(::stat(path, &status)) && isRefused(::mkdir("/tmp/taken", 0700));
  }));
  EXPECT_EQ(::unlink(path), 0);
}

TEST(Confine, LeavesNobodyElse) {
  EXPECT_TRUE(holdsWhenConfined([] {
    return isRefused(::kill(::getppid(), 0)) && isRefused(::fork()) &&
           isRefused(::execl("/bin/true", "true", nullptr));
  }));
}

TEST(Confine, LeavesTheSocketsThatItHas) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  EXPECT_TRUE(holdsWhenConfined([end = ends[1]] {
    char byte = 'a';
    return ::send(end, &byte, 1, 0) == 1;
  }));
  char byte = 0;
  EXPECT_EQ(::read(ends[0], &byte, 1), 1);
  for (const int end : ends) ::close(end);
}

}  // namespace
}  // namespace netctl::web
