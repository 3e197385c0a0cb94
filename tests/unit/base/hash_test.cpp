#include "base/hash.h"

#include <gtest/gtest.h>

namespace netctl {
namespace {

// From the reference's table of test vectors for FNV-1a (64 bits).
TEST(Fingerprint, IsFnv1a) {
  EXPECT_EQ(fingerprint(""), 0xcbf29ce484222325U);
  EXPECT_EQ(fingerprint("a"), 0xaf63dc4c8601ec8cU);
  EXPECT_EQ(fingerprint("foobar"), 0x85944171f73967e8U);
}

}  // namespace
}  // namespace netctl
