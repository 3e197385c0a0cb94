#include "base/process.h"

#include "tests/support/temporary_directory.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace netctl {
namespace {

constexpr const char* kSleep = "/usr/bin/sleep";
const std::vector<std::string> kArguments{"612.5"};

/// A program of ours that sleeps, until the end of this.
class Sleeper {
 public:
  Sleeper() : pid_(::fork()) {
    if (pid_ == 0) {
      ::execl(kSleep, kSleep, kArguments[0].c_str(), nullptr);
      ::_exit(1);
    }
    while (!Process::open(pid_)->isCalledHere(kArguments)) ::usleep(1000);
  }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;
  ~Sleeper() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] int pid() const { return pid_; }

 private:
  pid_t pid_;
};

/// What somebody finds who may look at other users' processes no more than anybody.
bool asNobody(const std::function<bool()>& look) {
  constexpr uid_t kNobody = 65534;
  const pid_t child = ::fork();
  if (child == 0) ::_exit(::setuid(kNobody) == 0 && look() ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

class ProcessTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::geteuid(), 0U) << "this test takes another user's place, so it needs root";
  }
  Sleeper sleeper_;
};

TEST_F(ProcessTest, IsKnownByItsArgumentsAndNamespace) {
  const auto process = Process::open(sleeper_.pid());
  ASSERT_TRUE(process);
  EXPECT_TRUE(process->isCalledHere(kArguments));
  EXPECT_FALSE(process->isCalledHere({"613"}));
  EXPECT_TRUE(asNobody([&] { return process->isCalledHere(kArguments); }));
  const pid_t elsewhere = ::fork();
  if (elsewhere == 0) {
    ::_exit(::unshare(CLONE_NEWNET) == 0 && !process->isCalledHere(kArguments) ? 0 : 1);
  }
  int status = 0;
  ::waitpid(elsewhere, &status, 0);
  EXPECT_EQ(status, 0) << "it is not of another network namespace";
}

TEST_F(ProcessTest, IsOutdatedWhereAnotherProgramStandsInItsPlace) {
  const auto process = Process::open(sleeper_.pid());
  ASSERT_TRUE(process);
  const testing::TemporaryDirectory directory;
  const auto newer = directory.path() / "sleep";
  std::filesystem::permissions(directory.path(), std::filesystem::perms::all);
  ::usleep(50'000);  // a process' start is told in hundredths of a second
  std::filesystem::copy_file(kSleep, newer);
  const auto finds = [&](const std::string& program) {
    return [&process, program] { return process->isOutdated(program); };
  };
  EXPECT_FALSE(finds(kSleep)());
  EXPECT_TRUE(finds(newer)());
  EXPECT_FALSE(asNobody(finds(kSleep)));
  EXPECT_TRUE(asNobody(finds(newer)));
  EXPECT_FALSE(asNobody(finds("/none")));
}

TEST_F(ProcessTest, GivesWhatAProgramWrites) {
  const std::string more_than_a_pipe_holds = "head -c 200000 /dev/zero | tr '\\0' a";
  const auto ended = runForOutput(
      {"/bin/sh", "-c", more_than_a_pipe_holds + "; " + more_than_a_pipe_holds + " >&2; exit 3"});
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->exit_code, 3);
  EXPECT_EQ(ended->output, std::string(200000, 'a'));
  EXPECT_EQ(ended->message.size(), 200000U);
  const auto silent = runProgram({"/bin/sh", "-c", "echo no; echo fault >&2"}, 1000);
  ASSERT_TRUE(silent);
  EXPECT_EQ(silent->output, "");
  EXPECT_EQ(silent->message, "fault\n");
  EXPECT_EQ(runForOutput({"/nonexistent"})->exit_code, 127);
}

}  // namespace
}  // namespace netctl
