#include "netctl/kernel/system/modules.h"

#include "tests/kernel/support/network_namespace.h"

namespace netctl::kernel {
namespace {

class ModulesTest : public NetworkNamespace {};

TEST_F(ModulesTest, WhatIsLoadedOrBuiltInIsNotMissed) {
  for (int time = 0; time < 2; ++time) {
    const auto loaded = loadModules();
    EXPECT_TRUE(loaded) << loaded.error().message;
  }
}

}  // namespace
}  // namespace netctl::kernel
