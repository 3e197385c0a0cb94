#include "netctl/cli/run_euca.h"
#include "netctl/cli/run_netctl.h"
#include "netctl/cli/standard_output.h"

#include <filesystem>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  const auto name = argc > 0 ? std::filesystem::path(argv[0]).filename().string() : "netctl";
  return netctl::cli::afterPrinting(netctl::cli::isEucaCommand(name)
                                        ? netctl::cli::runEuca(name, words)
                                        : netctl::cli::runNetctl(words));
}
