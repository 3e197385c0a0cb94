#pragma once

#include <boost/program_options.hpp>

#include <string>
#include <variant>

namespace netctl {

/// The exit status of a program that was called wrongly.
inline constexpr int kWronglyCalled = 2;

/// What a program says of itself for --help.
struct ProgramHelp {
  std::string name;
  std::string usage;         ///< what it is, and how it is called; stands before its options
  std::string example = {};  ///< stands behind them
};

/// --version and --help, which each program has.
void addCommonOptions(boost::program_options::options_description& own);

/// Reads the options of a program that takes nothing else: its own, to which it adds --version and
/// --help. Gives them, or the exit status where the program is done: it has printed its version or
/// its help, or what is wrong.
std::variant<boost::program_options::variables_map, int> readProgramOptions(
    int argc, char** argv, const ProgramHelp& program,
    boost::program_options::options_description& own);

}  // namespace netctl
