#include "netctl/kernel/system/sysctl.h"

#include "tests/kernel/support/network_namespace.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace netctl::kernel {
namespace {

class SysctlTest : public NetworkNamespace {
 protected:
  void SetUp() override {
    NetworkNamespace::SetUp();
    output("ip link add tap0.5 type veth peer far0");
    char name[] = "/tmp/netctl-sysctl-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    folder_ = name;
    output("sysctl -qw net.ipv4.ip_forward=0");
  }
  void TearDown() override {
    std::filesystem::remove_all(folder_);
    NetworkNamespace::TearDown();
  }

  [[nodiscard]] std::filesystem::path memory() const { return folder_ / "sysctls"; }
  [[nodiscard]] Sysctls sysctls() const { return Sysctls(memory()); }

  [[nodiscard]] std::map<std::string, std::string> look(std::set<std::string> names) const {
    host::Scope scope;
    scope.sysctls = std::move(names);
    host::HostState state;
    const auto looked = sysctls().look(scope, state);
    EXPECT_TRUE(looked) << looked.error().message;
    return state.sysctls;
  }
  [[nodiscard]] std::string valueOf(const std::string& name) const { return look({name})[name]; }
  void set(const std::string& name, const std::string& value) const {
    const auto done = sysctls().set({name, value});
    ASSERT_TRUE(done) << done.error().message;
  }
  void restore() const {
    const auto done = sysctls().restore();
    ASSERT_TRUE(done) << done.error().message;
  }

  std::filesystem::path folder_;
};

constexpr const char* kForward = "net.ipv4.ip_forward";

TEST_F(SysctlTest, AnAbsentSysctlIsNotThere) {
  EXPECT_EQ(look({kForward, "net.ipv4.there_is_no_such_thing"}),
            (std::map<std::string, std::string>{{kForward, "0"}}));
}

TEST_F(SysctlTest, RestoringPutsTheFormerValueBack) {
  set(kForward, "1");
  EXPECT_EQ(valueOf(kForward), "1");
  restore();
  EXPECT_EQ(valueOf(kForward), "0");
  EXPECT_FALSE(std::filesystem::exists(memory()));
}

TEST_F(SysctlTest, TheFirstFormerValueIsTheOneThatIsKept) {
  set("net.ipv4.ip_default_ttl", "70");
  output("sysctl -qw net.ipv4.ip_default_ttl=80");
  set("net.ipv4.ip_default_ttl", "71");
  restore();
  EXPECT_EQ(valueOf("net.ipv4.ip_default_ttl"), "64");
}

TEST_F(SysctlTest, AValueThatSomebodyElseChangedSinceIsLeft) {
  set("net.ipv4.ip_default_ttl", "70");
  set(kForward, "1");
  output("sysctl -qw net.ipv4.ip_default_ttl=80");
  restore();
  EXPECT_EQ(valueOf("net.ipv4.ip_default_ttl"), "80");
  EXPECT_EQ(valueOf(kForward), "0");
}

TEST_F(SysctlTest, AValueThatIsRightAlreadyIsNotRemembered) {
  set(kForward, "0");
  EXPECT_FALSE(std::filesystem::exists(memory()));
}

TEST_F(SysctlTest, ValuesOfSeveralNumbersAreComparedWithoutTheirBlanks) {
  output("sysctl -qw net.ipv4.ping_group_range='1 0'");
  EXPECT_EQ(valueOf("net.ipv4.ping_group_range"), "1 0");
  set("net.ipv4.ping_group_range", "5\t 10\n");
  EXPECT_EQ(valueOf("net.ipv4.ping_group_range"), "5 10");
  restore();
  EXPECT_EQ(valueOf("net.ipv4.ping_group_range"), "1 0");
}

TEST_F(SysctlTest, ADotInADevicesNameIsWrittenAsASlash) {
  set("net.ipv4.conf.tap0/5.forwarding", "1");
  output("test $(cat /proc/sys/net/ipv4/conf/tap0.5/forwarding) = 1");
}

TEST_F(SysctlTest, ANameNeverLeadsOutOfItsFolder) {
  for (const auto* name : {"///kernel.hostname", "..", "", "net..x", "net.//.//.x"}) {
    EXPECT_FALSE(sysctls().set({name, "x"})) << name;
  }
}

TEST_F(SysctlTest, AValueThatTheKernelRefusesIsAnErrorThatNamesIt) {
  const auto done = sysctls().set({kForward, "maybe"});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::Kernel);
  EXPECT_THAT(done.error().message, ::testing::HasSubstr(kForward));
  restore();
  EXPECT_EQ(valueOf(kForward), "0");
}

TEST_F(SysctlTest, NothingIsChangedThatCannotBeRemembered) {
  const Sysctls sysctls("/proc/nowhere/sysctls");
  EXPECT_FALSE(sysctls.set({kForward, "1"}));
  EXPECT_EQ(valueOf(kForward), "0");
}

TEST_F(SysctlTest, ADamagedMemoryIsAnError) {
  std::ofstream(memory()) << "net.ipv4.ip_forward 0 1\n";
  EXPECT_FALSE(sysctls().restore());
  EXPECT_FALSE(sysctls().set({kForward, "1"}));
  EXPECT_EQ(valueOf(kForward), "0");
}

TEST_F(SysctlTest, TheConntrackLimitOfANamespaceIsNotOursToRaise) {
  const auto before = valueOf("net.netfilter.nf_conntrack_max");
  const auto raised = raiseConntrackMax(sysctls());
  EXPECT_TRUE(raised) << raised.error().message;
  EXPECT_EQ(valueOf("net.netfilter.nf_conntrack_max"), before);
}

}  // namespace
}  // namespace netctl::kernel
