#include "tests/support/golden_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace netctl::testing {

void compareWithGolden(const std::string& file, const std::string& text) {
  const auto path = std::string(NETCTL_SOURCE_DIR) + "/tests/golden/" + file;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << text;
    return;
  }
  std::ifstream stream(path);
  ASSERT_TRUE(stream) << path << " is not there; UPDATE_GOLDEN=1 writes it";
  std::ostringstream golden;
  golden << stream.rdbuf();
  EXPECT_EQ(text, golden.str()) << path
                                << " differs; if that is meant, UPDATE_GOLDEN=1 rewrites it";
}

}  // namespace netctl::testing
