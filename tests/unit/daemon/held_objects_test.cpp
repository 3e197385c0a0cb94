#include "netctl/daemon/setup/held_objects.h"

#include <gtest/gtest.h>

namespace netctl::daemon {
namespace {

TEST(HeldObjects, AreCountedInWords) {
  host::HostState state;
  EXPECT_EQ(heldObjects(state), "");
  state.sysctls.emplace("net.ipv4.ip_forward", "1");
  EXPECT_EQ(heldObjects(state), "") << "a host without any cloud has them, too";
  state.ports.emplace("vnet0", host::Port{});
  state.sets.emplace("nc_a", host::Set{});
  state.sets.emplace("nc_b", host::Set{});
  EXPECT_EQ(heldObjects(state), "1 ports, 2 sets");
}

}  // namespace
}  // namespace netctl::daemon
