#include "netctl/config/reference_manual.h"
#include "netctl/config/summary.h"
#include "tests/unit/config/support.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

/// Texts that a reviewer reads: what files get, and the manual. UPDATE_GOLDEN=1 rewrites them.
namespace netctl::config {
namespace {

namespace fs = std::filesystem;

const fs::path kGolden = NETCTL_SOURCE_DIR "/tests/unit/config/golden";

std::string readAll(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return (std::ostringstream() << file.rdbuf()).str();
}

void expectText(const fs::path& path, const std::string& text) {
  if (std::getenv("UPDATE_GOLDEN") != nullptr) std::ofstream(path, std::ios::binary) << text;
  EXPECT_EQ(readAll(path), text) << "UPDATE_GOLDEN=1 rewrites " << path;
}

/// What `netctl config check` says of a file.
std::string verdict(const fs::path& path) {
  Sources sources{{path.filename(), readAll(path)}, {}, false, "cloud1"};
  const auto loaded = parse(sources);
  auto text = test::textOf(loaded.problems);
  if (loaded.configuration) text += format(summary(*loaded.configuration));
  return text;
}

class ConfigGolden : public ::testing::TestWithParam<fs::path> {};

TEST_P(ConfigGolden, GetsWhatItDeserves) {
  auto expected = GetParam();
  expectText(expected.replace_extension(".txt"), verdict(GetParam()));
}

std::vector<fs::path> files() {
  std::vector<fs::path> result;
  for (const auto& entry : fs::directory_iterator(kGolden)) {
    if (entry.path().extension() == ".conf") result.push_back(entry.path());
  }
  std::sort(result.begin(), result.end());
  return result;
}

INSTANTIATE_TEST_SUITE_P(Files, ConfigGolden, ::testing::ValuesIn(files()),
                         [](const auto& info) { return info.param.stem().string(); });

TEST(ConfigManual, IsMadeFromTheTableOfKeys) {
  expectText(NETCTL_SOURCE_DIR "/docs/configuration.md", referenceManual());
}

}  // namespace
}  // namespace netctl::config
