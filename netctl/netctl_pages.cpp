#include "netctl/manual/pages.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>

/// Of the build, not installed: writes the man pages into a directory.
int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: netctl-pages DIRECTORY\n";
    return EXIT_FAILURE;
  }
  const std::filesystem::path directory(argv[1]);
  std::filesystem::create_directories(directory);
  for (const auto& page : netctl::manual::pages()) {
    std::ofstream file(directory / page.file);
    file << page.text;
    if (!file.flush()) {
      std::cerr << "netctl-pages: cannot write " << directory / page.file << "\n";
      return EXIT_FAILURE;
    }
  }
  return EXIT_SUCCESS;
}
