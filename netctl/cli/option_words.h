#pragma once

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace boost::program_options {
class options_description;
class positional_options_description;
class variables_map;
}  // namespace boost::program_options

/// The words of a command line, of netctl and of the euca commands.
namespace netctl::cli {

/// A slip of the caller, of reason `Usage`: no daemon has been asked.
Error usageError(std::string message);

/// The words as values of options. The name of an option must be whole. `Usage` tells what is wrong
/// with the words.
Result<boost::program_options::variables_map> readOptions(
    const boost::program_options::options_description& table,
    const boost::program_options::positional_options_description& positional,
    const std::vector<std::string>& words);

/// The variable's value; empty where it is not set.
std::string environment(const char* name);

}  // namespace netctl::cli
