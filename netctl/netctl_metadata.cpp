#include "netctl/metadata/server/run.h"

#include <boost/program_options.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

namespace {

namespace options = boost::program_options;

constexpr int kUsage = 2;

options::options_description describeOptions() {
  options::options_description description("options");
  description.add_options()("serve", options::value<std::string>(),
                            "the directory, as an absolute path, with the files that netctld "
                            "leaves; goes into the background when instances are served")(
      "user", options::value<std::string>()->default_value("netctl-metadata"),
      "become this user where the host has it")(
      "version", options::bool_switch(), "print the version")("help,h", options::bool_switch(),
                                                              "print this text");
  return description;
}

}  // namespace

int main(int argc, char** argv) {
  const auto description = describeOptions();
  options::variables_map given;
  try {
    options::store(options::command_line_parser(argc, argv)
                       .options(description)
                       .positional(options::positional_options_description())
                       .run(),
                   given);
  } catch (const options::error& error) {
    std::cerr << "netctl-metadata: " << error.what() << "\n" << description;
    return kUsage;
  }
  if (given["help"].as<bool>()) {
    std::cout << "netctl-metadata tells instances what they are, at 169.254.169.254. netctld "
                 "starts it.\n\nusage: netctl-metadata --serve DIRECTORY\n\n"
              << description;
    return EXIT_SUCCESS;
  }
  if (given["version"].as<bool>()) {
    std::cout << "netctl-metadata " NETCTL_VERSION "\n";
    return EXIT_SUCCESS;
  }
  if (given.count("serve") == 0 || !given["serve"].as<std::string>().starts_with('/')) {
    std::cerr << "netctl-metadata: --serve must name a directory by an absolute path\n"
              << description;
    return kUsage;
  }
  return netctl::metadata::run({given["serve"].as<std::string>()}, given["user"].as<std::string>());
}
