#pragma once

#include "netctl/program/program_options.h"

#include <boost/program_options/options_description.hpp>

/// The command lines of the two daemons: what --help prints, and what their man pages say.
namespace netctl {

/// How a program is called, and its own options.
struct CommandLine {
  ProgramHelp help;
  boost::program_options::options_description options;
};

CommandLine netctldCommandLine();
CommandLine netctlMetadataCommandLine();
CommandLine netctlWebCommandLine();

}  // namespace netctl
