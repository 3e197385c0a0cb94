#include "netctl/metadata/server/run.h"
#include "netctl/program/program_options.h"

#include <boost/program_options.hpp>

#include <iostream>
#include <string>
#include <variant>

namespace {

namespace options = boost::program_options;

options::options_description describeOptions() {
  options::options_description description("options");
  description.add_options()("serve", options::value<std::string>(),
                            "the directory, as an absolute path, with the files that netctld "
                            "leaves; goes into the background when instances are served")(
      "user", options::value<std::string>()->default_value("netctl-metadata"),
      "become this user where the host has it");
  return description;
}

}  // namespace

int main(int argc, char** argv) {
  auto description = describeOptions();
  const auto read = netctl::readProgramOptions(
      argc, argv,
      {.name = "netctl-metadata",
       .usage = "netctl-metadata tells instances what they are, at 169.254.169.254. netctld "
                "starts it.\n\nusage: netctl-metadata --serve DIRECTORY"},
      description);
  if (const auto* status = std::get_if<int>(&read)) return *status;
  const auto& given = std::get<options::variables_map>(read);
  if (given.count("serve") == 0 || !given["serve"].as<std::string>().starts_with('/')) {
    std::cerr << "netctl-metadata: --serve must name a directory by an absolute path\n"
              << description;
    return netctl::kWronglyCalled;
  }
  return netctl::metadata::run({given["serve"].as<std::string>()}, given["user"].as<std::string>());
}
