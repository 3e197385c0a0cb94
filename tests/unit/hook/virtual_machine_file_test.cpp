#include "netctl/hook/virtual_machine_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace netctl::hook {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kFile =
    "#The web server%3A first line\n"
    "#netctl%3A id=i-0A1B2C3D addressing=private ephemeral=yes\n"
    "boot: order=scsi0;net0\n"
    "memory: 2048\n"
    "net0: virtio=BC:24:11:0A:0B:0C,bridge=vmbr0,firewall=0\n"
    "tags: prod;netctl.alice.web;netctl.alice.db\n"
    "\n"
    "[before-upgrade]\n"
    "net0: e1000=BC:24:11:00:00:00,bridge=vmbr9\n"
    "net1: e1000=BC:24:11:00:00:01,bridge=vmbr9\n"
    "tags: netctl.bob.mail\n";

std::string fileFaults(const std::string& text) {
  const auto machine = parseVirtualMachineFile("100", text);
  return machine ? "it is right" : hook::text(machine.error());
}

TEST(VirtualMachineFile, SaysWhoseItIsUpToItsFirstSection) {
  const auto machine = parseVirtualMachineFile("100", kFile);
  ASSERT_TRUE(machine && *machine);
  EXPECT_EQ((*machine)->name, "100");
  EXPECT_EQ((*machine)->hypervisor, "proxmox");
  EXPECT_EQ((*machine)->instance_id, "i-0A1B2C3D");
  EXPECT_EQ((*machine)->owner, "alice");
  EXPECT_THAT((*machine)->groups, ElementsAre("web", "db"));
  EXPECT_EQ((*machine)->addressing, "private");
  EXPECT_TRUE((*machine)->ephemeral);
  EXPECT_EQ(net::format((*machine)->mac), "bc:24:11:0a:0b:0c");
  EXPECT_EQ((*machine)->bridge, "vmbr0");
  EXPECT_EQ((*machine)->device, "tap100i0");
}

TEST(VirtualMachineFile, ItsIdIsItsNumber) {
  const std::string text = "tags: netctl.alice.web\nnet2: model=virtio,macaddr=BC:24:11:0A:0B:0C";
  const auto machine = parseVirtualMachineFile("100", text);
  ASSERT_TRUE(machine && *machine);
  EXPECT_EQ((*machine)->instance_id, "i-00000100");
  EXPECT_EQ((*machine)->device, "tap100i2");
  const auto last = parseVirtualMachineFile("999999999", text);
  ASSERT_TRUE(last && *last);
  EXPECT_EQ((*last)->instance_id, "i-00000000999999999");
}

TEST(VirtualMachineFile, WithoutOurTagIsNoneOfOurs) {
  for (const auto* text : {"", "tags: prod;netctld", "net0: virtio=x,firewall=1,tag=4\n",
                           "# netctl: id=i-0A1B2C3D\n", "[a]\ntags: netctl.alice.web\n"}) {
    const auto machine = parseVirtualMachineFile("100", text);
    ASSERT_TRUE(machine) << text;
    EXPECT_FALSE(*machine) << text;
  }
}

TEST(VirtualMachineFile, NamesAllThatIsWrong) {
  EXPECT_THAT(
      fileFaults("tags: netctl.alice.web,netctl.bob.web netctl.carol\n"
                 "description: netctl%3A ephemeral=maybe%0Anetctl%3A id=7\n"
                 "net0: virtio=BC:24:11:0A:0B:0C,bridge=vmbr0,firewall=1,tag=5,trunks=2;3\n"),
      AllOf(HasSubstr("machine '100'"), HasSubstr("two accounts"), HasSubstr("'netctl.carol'"),
            HasSubstr("ephemeral=maybe"), HasSubstr("'7'"), HasSubstr("firewall=1"),
            HasSubstr("tag=5"), HasSubstr("trunks=2;3")));
  EXPECT_THAT(fileFaults("tags: netctl.a.b\n"), HasSubstr("0 network interfaces"));
  EXPECT_THAT(fileFaults("tags: netctl.a.b\nnet0: virtio\nnet1: virtio\n"),
              HasSubstr("2 network interfaces"));
  EXPECT_THAT(fileFaults("tags: netctl.a.b\nnet0: virtio\n"), HasSubstr("net0 has no MAC"));
}

TEST(VirtualMachineFile, NeedsAVmid) {
  for (const auto* vmid : {"", "99", "099", "1000000000", "10a", "../1"}) {
    EXPECT_FALSE(parseVirtualMachineFile(vmid, kFile)) << vmid;
  }
}

}  // namespace
}  // namespace netctl::hook
