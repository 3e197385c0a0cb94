#include "netctl/program/program_options.h"

#include <cstdlib>
#include <iostream>

namespace netctl {

namespace options = boost::program_options;

void addCommonOptions(options::options_description& own) {
  own.add_options()("version", options::bool_switch(), "print the version")(
      "help,h", options::bool_switch(), "print this text");
}

std::variant<options::variables_map, int> readProgramOptions(int argc, char** argv,
                                                             const ProgramHelp& program,
                                                             options::options_description& own) {
  addCommonOptions(own);
  options::variables_map given;
  try {
    options::store(options::command_line_parser(argc, argv)
                       .options(own)
                       .positional(options::positional_options_description())
                       .run(),
                   given);
  } catch (const options::error& error) {
    std::cerr << program.name << ": " << error.what() << "\n" << own;
    return kWronglyCalled;
  }
  if (given["help"].as<bool>()) {
    std::cout << program.usage << "\n\n" << own << program.example;
    return EXIT_SUCCESS;
  }
  if (given["version"].as<bool>()) {
    std::cout << program.name << " " NETCTL_VERSION "\n";
    return EXIT_SUCCESS;
  }
  return given;
}

}  // namespace netctl
