#include "netctl/metadata/keeper/keeper.h"

#include "base/file.h"
#include "netctl/metadata/read_files.h"
#include "tests/kernel/support/network_namespace.h"
#include "tests/support/temporary_directory.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

namespace netctl::metadata {
namespace {

using kernel::output;
using ::testing::HasSubstr;

constexpr net::Ipv4Address kFirst{0x0a000009};   // 10.0.0.9
constexpr net::Ipv4Address kSecond{0x0a00000a};  // 10.0.0.10

std::string documentOf(const std::string& instance) {
  return format(Document{instance, {{"meta-data/instance-id", instance}}});
}

/// A host with the metadata's address and two addresses that ask.
class KeeperTest : public kernel::NetworkNamespace {
 protected:
  void SetUp() override {
    NetworkNamespace::SetUp();
    std::filesystem::permissions(directory_.path(), std::filesystem::perms(0755));
    for (const auto* address : {"169.254.169.254", "10.0.0.9", "10.0.0.10"}) {
      output(fmt::format("ip address add {}/32 dev lo", address));
    }
    keeper_ = makeKeeper();
  }
  void TearDown() override {
    EXPECT_TRUE(keeper_->apply(host::SetMetadataServer{}));
    NetworkNamespace::TearDown();
  }

  [[nodiscard]] Layout layout() const { return {(directory_.path() / "metadata").string()}; }
  [[nodiscard]] std::optional<Keeper> makeKeeper() const {
    return std::optional<Keeper>(Keeper::Options{layout().directory, program_});
  }
  void start() {
    const auto started = keeper_->apply(host::SetMetadataServer{host::MetadataServer{}});
    ASSERT_TRUE(started) << started.error().message;
  }
  void put(net::Ipv4Address address, std::optional<std::string> text) {
    const auto put = keeper_->apply(host::SetMetadataDocument{address, std::move(text)});
    ASSERT_TRUE(put) << put.error().message;
  }
  host::HostState look(bool everything = true) {
    host::Scope scope;
    scope.everything = everything;
    if (!everything) scope.metadata_documents = {kFirst};
    host::HostState state;
    const auto looked = keeper_->look(scope, state);
    EXPECT_TRUE(looked) << looked.error().message;
    return state;
  }
  /// What an address reads, and the status.
  static std::string ask(const std::string& from, const std::string& options = "",
                         const std::string& path = "latest/meta-data/instance-id") {
    return output(
        fmt::format("curl -s -m 5 -w ' %{{http_code}}' --interface {} {} "
                    "http://169.254.169.254/{} || true",
                    from, options, path));
  }
  void end(int pid) {
    const auto process = Process::open(pid);
    ASSERT_TRUE(process);
    ASSERT_TRUE(process->signal(SIGKILL));
    ASSERT_TRUE(process->waitForEnd(std::chrono::seconds(5)));
  }

  testing::TemporaryDirectory directory_;
  std::string program_ = NETCTL_METADATA_PROGRAM;
  std::optional<Keeper> keeper_;
};

TEST_F(KeeperTest, WritesFilesThatNobodyElseReads) {
  put(kFirst, "one");
  put(kSecond, "two");
  const auto state = look();
  EXPECT_EQ(state.metadata.documents,
            (std::map<net::Ipv4Address, std::string>{{kFirst, "one"}, {kSecond, "two"}}));
  EXPECT_FALSE(state.metadata.server);
  EXPECT_TRUE(state.foreign.empty());
  EXPECT_EQ(output("stat -c %a:%U " + layout().document(kFirst)), "640:root\n");
  EXPECT_EQ(output("stat -c %a " + layout().documents()), "750\n");
  EXPECT_EQ(look(false).metadata.documents.size(), 1U);

  output("chmod 644 " + layout().document(kFirst));
  output("touch " + layout().documents() + "/notes");
  const auto changed = look();
  EXPECT_EQ(changed.foreign.metadata_documents, (std::set{kFirst}));
  EXPECT_EQ(changed.metadata.documents.size(), 2U);
  put(kFirst, "one");
  EXPECT_TRUE(look().foreign.empty());

  put(kFirst, std::nullopt);
  put(kFirst, std::nullopt);
  EXPECT_FALSE(look(false).metadata.documents.contains(kFirst));
}

TEST_F(KeeperTest, MakesTheRunDirectoryForOthersToo) {
  const auto run = directory_.path() / "run";
  keeper_.emplace(Keeper::Options{run / "metadata", program_});
  put(kFirst, "one");
  EXPECT_EQ(output("stat -c %a " + run.string()), "755\n");
}

TEST_F(KeeperTest, LeavesNobodyTheDocumentOfTheOneBefore) {
  put(kFirst, "one");
  // Nothing can be written any more.
  std::filesystem::create_directory(layout().directory + "/temporary");
  EXPECT_FALSE(keeper_->apply(host::SetMetadataDocument{kFirst, "another's"}));
  EXPECT_FALSE(look(false).metadata.documents.contains(kFirst));
}

TEST_F(KeeperTest, ServesWhoAsksAndFollowsItsFiles) {
  put(kFirst, documentOf("i-00000001"));
  start();
  EXPECT_EQ(ask("10.0.0.9"), "i-00000001 200");
  EXPECT_THAT(ask("10.0.0.10"), HasSubstr(" 404"));
  put(kSecond, documentOf("i-00000002"));
  EXPECT_EQ(ask("10.0.0.10"), "i-00000002 200");
  put(kFirst, documentOf("i-00000003"));
  EXPECT_EQ(ask("10.0.0.9"), "i-00000003 200");
  put(kFirst, std::nullopt);
  EXPECT_THAT(ask("10.0.0.9"), HasSubstr(" 404"));

  const auto token = output(
      "curl -s --interface 10.0.0.10 -X PUT -H X-aws-ec2-metadata-token-ttl-seconds:60 "
      "http://169.254.169.254/latest/api/token");
  ASSERT_TRUE(keeper_->apply(host::SetMetadataServer{host::MetadataServer{true}}));
  EXPECT_TRUE(look().metadata.server->needs_token);
  EXPECT_THAT(ask("10.0.0.10"), HasSubstr(" 401"));
  EXPECT_EQ(ask("10.0.0.10", "-H X-aws-ec2-metadata-token:" + token), "i-00000002 200");
}

TEST_F(KeeperTest, SaysThatFilesCannotBeRead) {
  put(kFirst, "half a docu");
  start();
  EXPECT_THAT(ask("10.0.0.9"), HasSubstr(" 503"));
  EXPECT_THAT(output("cat " + layout().log()), HasSubstr("10.0.0.9: it is not JSON"));
  output("rm " + layout().settings());
  EXPECT_THAT(ask("10.0.0.10"), HasSubstr(" 503"));
  EXPECT_TRUE(look().foreign.metadata_server);
}

TEST_F(KeeperTest, HasNoPrivileges) {
  start();
  const auto status = output(fmt::format("cat /proc/{}/status", keeper_->pid()));
  for (const auto* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
    EXPECT_THAT(status, HasSubstr(fmt::format("{}:\t0000000000000000\n", set)));
  }
  EXPECT_THAT(status, HasSubstr("NoNewPrivs:\t1\n"));
}

TEST_F(KeeperTest, IsAdoptedAndStartedAgain) {
  put(kFirst, documentOf("i-00000001"));
  start();
  const int pid = keeper_->pid();
  keeper_ = makeKeeper();
  EXPECT_EQ(keeper_->pid(), pid);
  start();
  EXPECT_EQ(keeper_->pid(), pid);

  end(pid);
  EXPECT_FALSE(keeper_->alive());
  EXPECT_FALSE(look().metadata.server);
  start();
  EXPECT_TRUE(keeper_->alive());
  EXPECT_EQ(ask("10.0.0.9"), "i-00000001 200");

  ASSERT_TRUE(keeper_->apply(host::SetMetadataServer{}));
  EXPECT_FALSE(keeper_->alive());
  EXPECT_EQ(ask("10.0.0.9"), " 000");
  EXPECT_FALSE(keeper_->restart());
}

TEST_F(KeeperTest, OneThatLostItsFilesIsReplacedAndNotDoubled) {
  put(kFirst, documentOf("i-00000001"));
  start();
  const int pid = keeper_->pid();
  output("mv " + layout().directory + " " + layout().directory + ".gone");
  EXPECT_TRUE(look().foreign.metadata_server);
  put(kFirst, documentOf("i-00000001"));
  start();
  EXPECT_NE(keeper_->pid(), pid);
  EXPECT_FALSE(look().foreign.metadata_server);
  EXPECT_EQ(makeKeeper()->pid(), keeper_->pid());
  EXPECT_EQ(processesCalledHere(layout().arguments())->size(), 1U);
  EXPECT_EQ(ask("10.0.0.9"), "i-00000001 200");
}

TEST_F(KeeperTest, IsReplacedOnRequestAndThatIsToldBefore) {
  program_ = (directory_.path() / "netctl-metadata").string();
  std::filesystem::copy(NETCTL_METADATA_PROGRAM, program_);
  keeper_ = makeKeeper();
  put(kFirst, documentOf("i-00000001"));
  start();
  const int pid = keeper_->pid();
  EXPECT_FALSE(keeper_->isOutdated());
  // As dpkg does it.
  std::filesystem::copy(NETCTL_METADATA_PROGRAM, program_ + ".new");
  std::filesystem::rename(program_ + ".new", program_);
  EXPECT_TRUE(keeper_->isOutdated());
  const auto restarted = keeper_->restart();
  ASSERT_TRUE(restarted) << restarted.error().message;
  EXPECT_NE(keeper_->pid(), pid);
  EXPECT_FALSE(keeper_->isOutdated());
  const auto former = Process::open(pid);
  EXPECT_FALSE(former && former->alive());
  EXPECT_EQ(ask("10.0.0.9"), "i-00000001 200");

  // One that cannot serve does not take the place of one that does.
  output("printf '#!/bin/sh\\necho broken >&2\\nexit 1\\n' > " + program_ + ".new && chmod 755 " +
         program_ + ".new && mv " + program_ + ".new " + program_);
  const auto refused = keeper_->restart();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("broken"));
  EXPECT_EQ(ask("10.0.0.9"), "i-00000001 200");
}

TEST_F(KeeperTest, AsksSystemdWhereThatHasItsUnit) {
  // What systemd would do.
  const auto systemctl = (directory_.path() / "systemctl").string();
  const auto asked = (directory_.path() / "asked").string();
  output(
      fmt::format("printf '#!/bin/sh\\necho $* >> {}\\n[ $1 = stop ] || exec {} --serve "
                  "{}\\n' > {} && chmod 755 {}",
                  asked, program_, layout().directory, systemctl, systemctl));
  keeper_.emplace(Keeper::Options{layout().directory, "/nowhere", "netctl-metadata", systemctl});
  put(kFirst, documentOf("i-00000001"));
  start();
  EXPECT_EQ(ask("10.0.0.9"), "i-00000001 200");
  ASSERT_TRUE(keeper_->restart());
  ASSERT_TRUE(keeper_->apply(host::SetMetadataServer{}));
  EXPECT_EQ(output("cat " + asked),
            "restart netctl-metadata.service\n"
            "restart netctl-metadata.service\n"
            "stop netctl-metadata.socket netctl-metadata.service\n");
  output("printf '#!/bin/sh\\necho no such unit >&2\\nexit 5\\n' > " + systemctl);
  const auto refused = keeper_->apply(host::SetMetadataServer{host::MetadataServer{}});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("no such unit"));
}

TEST_F(KeeperTest, SaysThatThePortIsTaken) {
  const Descriptor other{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in all{};
  all.sin_family = AF_INET;
  all.sin_port = htons(80);
  ASSERT_EQ(bind(other.get(), reinterpret_cast<const sockaddr*>(&all), sizeof all), 0);
  ASSERT_EQ(listen(other.get(), 1), 0);
  const auto started = keeper_->apply(host::SetMetadataServer{host::MetadataServer{}});
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message,
              HasSubstr("169.254.169.254 port 80: Address already in use"));
  EXPECT_FALSE(keeper_->alive());
}

/// A process that gets its socket from who starts it, and becomes another user. Gives its number.
class InheritedSocketTest : public KeeperTest {
 protected:
  int startWithSocket(const std::string& user) {
    const Descriptor listener{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(80);
    at.sin_addr.s_addr = inet_addr("169.254.169.254");
    EXPECT_EQ(bind(listener.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(listen(listener.get(), 16), 0);
    const pid_t child = fork();
    if (child == 0) {
      dup2(listener.get(), 3);
      if (listener.get() == 3) fcntl(3, F_SETFD, 0);
      setenv("LISTEN_FDS", "1", 1);
      setenv("LISTEN_PID", std::to_string(getpid()).c_str(), 1);
      execl(NETCTL_METADATA_PROGRAM, "netctl-metadata", "--serve", layout().directory.c_str(),
            "--user", user.c_str(), nullptr);
      _exit(127);
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
  }
};

TEST_F(InheritedSocketTest, IsServedByAnotherUserThatMayReadTheFiles) {
  put(kFirst, documentOf("i-00000001"));
  start();  // writes the settings
  ASSERT_TRUE(keeper_->apply(host::SetMetadataServer{}));
  const auto settings = format(host::MetadataServer{});
  ASSERT_TRUE(files::replace(layout().settings(), settings, 0640, layout().settings() + ".new"));
  // Root's alone.
  EXPECT_EQ(startWithSocket("nobody"), 1);

  output("chgrp -R nogroup " + layout().directory);
  ASSERT_EQ(startWithSocket("nobody"), 0);
  const auto pid = std::stoi(output("cat " + layout().pid()));
  EXPECT_EQ(ask("10.0.0.9"), "i-00000001 200");
  const auto status = output(fmt::format("cat /proc/{}/status", pid));
  EXPECT_THAT(status, HasSubstr("Uid:\t65534\t65534\t65534\t65534\n"));
  EXPECT_THAT(status, HasSubstr("Groups:\t \n"));
  EXPECT_THAT(status, HasSubstr("CapEff:\t0000000000000000\n"));
  end(pid);
}

}  // namespace
}  // namespace netctl::metadata
