#include "netctl/cli/offline_words.h"

#include "netctl/cli/exit_code.h"
#include "netctl/cli/option_words.h"

#include <fmt/format.h>
#include <boost/program_options.hpp>

#include <iostream>

namespace netctl::cli {
namespace {

namespace options = boost::program_options;

}  // namespace

Result<OfflineWords> readOfflineWords(const std::vector<std::string>& words,
                                      std::string_view what) {
  options::options_description table;
  OfflineWords read;
  std::vector<std::string> positional;
  std::string config;
  table.add_options()("word", options::value(&positional))("config", options::value(&config))(
      "yes", options::bool_switch(&read.yes))("help,h", options::bool_switch(&read.help));
  options::positional_options_description places;
  places.add("word", -1);
  if (auto given = readOptions(table, places, words); !given) return given.error();
  if (!config.empty()) read.config = config;
  if (read.help) return read;
  if (positional.size() != 1) return usageError(fmt::format("write {}", what));
  read.what = positional.front();
  return read;
}

Result<config::Configuration> configurationOf(const OfflineWords& words) {
  const auto path = config::choosePath(words.config);
  auto loaded = config::load(path);
  if (loaded.configuration) return *std::move(loaded.configuration);
  Error error{ErrorCode::InvalidArgument, "InvalidConfiguration",
              fmt::format("the configuration {} has errors:", path.string())};
  for (const auto& problem : loaded.problems) {
    error.faults.push_back({problem.key, config::format(problem)});
  }
  return error;
}

std::filesystem::path stateFile(const config::Configuration& configuration) {
  return configuration.services.state_dir / "cloud.db";
}

void printFormer(const std::optional<std::filesystem::path>& former) {
  if (former) std::cout << "what was there is now " << former->string() << "\n";
}

int printUsage(const std::string& message, const std::string& help) {
  std::cerr << "netctl: " << message << "\n" << help;
  return kUsage;
}

int printRefusal(const Error& error) {
  std::cerr << "netctl: " << error.message << "\n";
  for (const auto& fault : error.faults) std::cerr << "netctl: " << fault.message << "\n";
  return kRefused;
}

}  // namespace netctl::cli
