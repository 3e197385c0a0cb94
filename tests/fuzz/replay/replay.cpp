// main() for a fuzz target where there is no fuzzer: feeds it each file of a folder, and each of
// the file's beginnings, so that a finding that was kept as a seed is looked at in every build.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    if (!file) {
      std::fprintf(stderr, "%s: cannot be read\n", entry.path().c_str());
      return 1;
    }
    // An abort in here says only which promise was broken; this says by what.
    std::fprintf(stderr, "%s\n", entry.path().c_str());
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
      // A copy of just that size, so that a sanitizer sees a read beyond it.
      const std::string part(bytes, 0, size);
      LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(part.data()), part.size());
    }
    ++files;
  }
  // An empty folder is a wrong path, not a passed test.
  return files > 0 ? 0 : 1;
}
