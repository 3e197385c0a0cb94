// What becomes of us when libnftables ends its process, as it does when netlink disappoints it.

#include "netctl/kernel/netlink/own_sockets.h"
#include "netctl/kernel/nft/nft_monitor.h"
#include "netctl/kernel/nft/nft_writer.h"

#include "tests/kernel/support/network_namespace.h"

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace netctl::kernel {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto kTable = "add table ip netctl";

/// The processes that are libnftables', of those that this one has started.
std::vector<int> children() {
  std::vector<int> found;
  for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream list(thread.path() / "children");
    for (int child = 0; list >> child;) {
      std::ifstream name("/proc/" + std::to_string(child) + "/comm");
      std::string comm;
      if (std::getline(name, comm) && comm == "netctl-nft") found.push_back(child);
    }
  }
  return found;
}

class NftProcessTest : public NetworkNamespace {
 protected:
  void write(const std::string& commands) {
    const auto done = writer_.write(commands);
    ASSERT_TRUE(done) << done.error().message;
  }
  static bool hasTable() { return output("nft list tables") == "table ip netctl\n"; }

  NftWriter writer_{"ip netctl"};
};

TEST_F(NftProcessTest, ItsEndIsAnErrorAndTheNextCommandsAreCarriedOut) {
  write(kTable);
  ASSERT_THAT(children(), SizeIs(1));
  kill(children().front(), SIGKILL);
  const auto done = writer_.write("delete table ip netctl");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::Timeout) << "what came of it is not known";
  EXPECT_THAT(done.error().message, HasSubstr("ip netctl"));
  EXPECT_TRUE(hasTable());
  write("delete table ip netctl");
  EXPECT_FALSE(hasTable());
}

TEST_F(NftProcessTest, WithoutADescriptorLeftItIsAnErrorToo) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  // Descriptors below the limit stay open, and no other can be had.
  const rlimit none{3, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  NftWriter other("ip netctl");
  const auto done = other.write(kTable);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_FALSE(done);
  const auto again = other.write(kTable);
  EXPECT_TRUE(again) << again.error().message;
  EXPECT_TRUE(hasTable());
}

TEST_F(NftProcessTest, WhatNftSaysIsTheError) {
  const auto done = writer_.write("add chain ip nowhere chain");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::Kernel);
  EXPECT_THAT(done.error().message, HasSubstr("cannot write nft's table ip netctl: "));
  write(kTable);
}

TEST_F(NftProcessTest, ACheckCarriesNothingOut) {
  EXPECT_TRUE(writer_.wouldTake(kTable).value());
  EXPECT_FALSE(hasTable());
  EXPECT_FALSE(writer_.wouldTake("add chain ip nowhere chain").value());
  write(kTable);
  EXPECT_TRUE(hasTable());
}

TEST_F(NftProcessTest, ALargeTransactionIsWritten) {
  std::string commands = "add table ip netctl\nadd set ip netctl many { type ipv4_addr; }\n";
  commands += "add element ip netctl many { ";
  for (int i = 0; i < 20000; ++i) {
    commands +=
        (i > 0 ? ", 10.0." : "10.0.") + std::to_string(i / 200) + "." + std::to_string(i % 200);
  }
  write(commands + " }");
  EXPECT_EQ(output("nft list set ip netctl many | grep -o '10\\.0\\.' | wc -l"), "20000\n");
}

TEST_F(NftProcessTest, ItEndsWithTheWriter) {
  {
    NftWriter other("ip netctl");
    ASSERT_TRUE(other.write(kTable));
    ASSERT_THAT(children(), SizeIs(1));
  }
  EXPECT_THAT(children(), IsEmpty());
}

TEST_F(NftProcessTest, ItHasNoDescriptorsOfOurs) {
  write(kTable);
  ASSERT_THAT(children(), SizeIs(1));
  int others = 0;
  const auto fds = "/proc/" + std::to_string(children().front()) + "/fd";
  for (const auto& entry : std::filesystem::directory_iterator(fds)) {
    const auto name = entry.path().filename().string();
    int number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    if (number > 2) ++others;
  }
  EXPECT_EQ(others, 2) << "the link to us, and libnftables' netlink socket";
}

TEST_F(NftProcessTest, WhatItDoesIsOurOwnDoing) {
  auto monitor = NftMonitor::open().value();
  write(kTable);
  write("add set ip netctl one { type ipv4_addr; }");
  EXPECT_THAT(monitor.drain().value(), IsEmpty());
  output("nft add set ip netctl two '{ type ipv4_addr; }'");
  EXPECT_THAT(monitor.drain().value(), SizeIs(1));
}

}  // namespace
}  // namespace netctl::kernel
