#include "netctl/metadata/server/run.h"
#include "netctl/program/command_lines.h"
#include "netctl/program/program_options.h"

#include <boost/program_options.hpp>

#include <iostream>
#include <string>
#include <variant>

namespace options = boost::program_options;

int main(int argc, char** argv) {
  auto command_line = netctl::netctlMetadataCommandLine();
  const auto read = netctl::readProgramOptions(argc, argv, command_line.help, command_line.options);
  if (const auto* status = std::get_if<int>(&read)) return *status;
  const auto& given = std::get<options::variables_map>(read);
  if (given.count("serve") == 0 || !given["serve"].as<std::string>().starts_with('/')) {
    std::cerr << "netctl-metadata: --serve must name a directory by an absolute path\n"
              << command_line.options;
    return netctl::kWronglyCalled;
  }
  return netctl::metadata::run({given["serve"].as<std::string>()}, given["user"].as<std::string>());
}
