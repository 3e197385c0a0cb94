#include "netctl/program/command_lines.h"
#include "netctl/program/program_options.h"
#include "netctl/web/server/run.h"

#include <boost/program_options.hpp>

#include <string>
#include <variant>

namespace options = boost::program_options;

int main(int argc, char** argv) {
  auto command_line = netctl::netctlWebCommandLine();
  const auto read = netctl::readProgramOptions(argc, argv, command_line.help, command_line.options);
  if (const auto* status = std::get_if<int>(&read)) return *status;
  const auto& given = std::get<options::variables_map>(read);
  return netctl::web::run(given["user"].as<std::string>());
}
