#include "netctl/cli/run_setup.h"

#include "base/durable_file.h"
#include "netctl/cli/config_check.h"
#include "netctl/cli/exit_code.h"
#include "netctl/cli/host_defaults.h"
#include "netctl/cli/offline_words.h"
#include "netctl/cli/option_words.h"
#include "netctl/cli/setup_text.h"
#include "netctl/config/configuration.h"

#include <unistd.h>

#include <fmt/format.h>
#include <boost/program_options.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string_view>

namespace netctl::cli {
namespace {

namespace options = boost::program_options;

constexpr auto* kPlace = "/etc/netctl/netctl.conf";
constexpr mode_t kReadableByAll = 0644;

/// One thing that is asked or given: where it goes, and whether the mode has use for it.
struct Question {
  const char* option;
  const char* text;
  std::string SetupAnswers::*answer;
};
constexpr std::array<Question, 9> kQuestions{{
    {"mode", "networking mode: SYSTEM, MANAGED or MANAGED-NOVLAN", &SetupAnswers::mode},
    {"role", "this host is: cluster (the gateway), node (a hypervisor) or all",
     &SetupAnswers::role},
    {"bridge", "bridge that instances are plugged into", &SetupAnswers::bridge},
    {"private-interface", "interface towards the instances of other hosts",
     &SetupAnswers::private_interface},
    {"public-interface", "interface towards the clients", &SetupAnswers::public_interface},
    {"subnet", "private subnet, which is carved up for the groups", &SetupAnswers::subnet},
    {"addresses", "addresses of each security group", &SetupAnswers::addresses},
    {"pool", "public addresses for instances, as 203.0.113.10-203.0.113.60; empty for none",
     &SetupAnswers::pool},
    {"dns", "name server that instances are told", &SetupAnswers::dns},
}};

bool isOfMode(const Question& question, const SetupAnswers& answers) {
  const std::string_view option = question.option;
  if (option == "bridge") return answers.mode != "MANAGED";
  return answers.mode != "SYSTEM" || option == "mode" || option == "role";
}

struct Setup {
  SetupAnswers answers;
  options::variables_map given;
  bool yes = false;
  bool no_start = false;
  bool help = false;
};

Result<Setup> readSetup(const std::vector<std::string>& words) {
  Setup setup;
  options::options_description table;
  for (const auto& question : kQuestions)
    table.add_options()(question.option, options::value<std::string>());
  table.add_options()("yes", options::bool_switch(&setup.yes))(
      "no-start", options::bool_switch(&setup.no_start))("help,h",
                                                         options::bool_switch(&setup.help));
  auto given = readOptions(table, options::positional_options_description(), words);
  if (!given) return given.error();
  setup.given = *std::move(given);
  return setup;
}

/// Each answer from its option, else from who sits there, else what this host suggests.
void ask(Setup& setup) {
  const auto defaults = hostDefaults();
  auto& answers = setup.answers;
  answers.bridge = defaults.bridge;
  answers.public_interface = defaults.public_interface;
  answers.dns = defaults.dns;
  const bool asks = !setup.yes && isatty(STDIN_FILENO) != 0;
  for (const auto& question : kQuestions) {
    auto& answer = answers.*question.answer;
    if (question.answer == &SetupAnswers::private_interface) {
      answer = answers.mode == "MANAGED" ? answers.public_interface : answers.bridge;
    }
    if (setup.given.count(question.option) > 0) {
      answer = setup.given[question.option].as<std::string>();
    } else if (asks && isOfMode(question, answers)) {
      std::cout << question.text << (answer.empty() ? "" : fmt::format(" [{}]", answer)) << ": "
                << std::flush;
      if (std::string line; std::getline(std::cin, line) && !line.empty()) answer = line;
    }
  }
}

/// Conflict where the host has a configuration already.
Result<void> refuseExisting() {
  for (const auto* path : {kPlace, "/etc/eucalyptus/eucalyptus.conf"}) {
    if (!config::setsAnything(path)) continue;
    return Error{ErrorCode::Conflict, "Conflict",
                 fmt::format("{} is this host's configuration already; change it, and then "
                             "'netctl reload', or 'systemctl start netctld'",
                             path)};
  }
  return {};
}

/// InvalidArgument with every fault.
Result<void> checkText(const std::string& text) {
  config::Sources sources;
  sources.main = {kPlace, text};
  sources.host_name = config::hostName();
  const auto loaded = config::parse(sources);
  if (loaded.configuration) return {};
  Error error{ErrorCode::InvalidArgument, "InvalidConfiguration", "nothing is written:"};
  for (const auto& problem : loaded.problems) {
    if (problem.severity == config::Severity::Error)
      error.faults.push_back({problem.key, config::format(problem)});
  }
  return error;
}

int start() {
  std::cout << std::flush;
  // A constant, and systemd says itself what is wrong.
  // NOLINTNEXTLINE(concurrency-mt-unsafe,cert-env33-c)
  if (std::system("systemctl enable --now netctld") != 0) {
    std::cerr << "netctl: netctld was not started; 'journalctl -u netctld' tells why\n";
    return kRefused;
  }
  std::cout << "netctld serves. What comes next:\n"
               "  netctl status\n"
               "  netctl account create alice\n"
               "  netctl group create web --owner alice --description 'web servers'\n"
               "  netctl group authorize web --owner alice --protocol tcp --port 22 --cidr "
               "0.0.0.0/0\n"
               "  netctl instance attach i-0A1B2C3D --owner alice --group web --device vnet0\n"
               "netctl(1) has all commands.\n";
  return kDone;
}

}  // namespace

std::string helpSetup() {
  std::string text =
      "Writes /etc/netctl/netctl.conf for a host that has no configuration yet, checks it against "
      "the\nhost, and starts netctld. What no option gives it asks at a terminal; elsewhere, and "
      "with --yes,\nit takes what the host suggests. Nothing is written where something is "
      "wrong.\n\n"
      "usage: netctl setup [option...]\n\noptions:\n";
  for (const auto& question : kQuestions) {
    text += fmt::format("  {:<24} {}\n", fmt::format("--{} TEXT", question.option), question.text);
  }
  return text +
         "  --yes                    asks nothing\n"
         "  --no-start               only writes and checks\n\n"
         "example:\n  netctl setup --bridge br0 --public-interface eth0 --pool "
         "203.0.113.10-203.0.113.60\n";
}

int runSetup(const std::vector<std::string>& words) {
  auto setup = readSetup(words);
  if (!setup) return printUsage(setup.error().message, "netctl setup --help tells more\n");
  if (setup->help) {
    std::cout << helpSetup();
    return kDone;
  }
  if (geteuid() != 0)
    return printUsage("setup: writes for the whole host, which root alone may", "");
  if (auto free = refuseExisting(); !free) return printRefusal(free.error());
  ask(*setup);
  const auto text = configurationText(setup->answers);
  if (auto sound = checkText(text); !sound) return printRefusal(sound.error());
  const std::filesystem::path place(kPlace);
  if (auto made = files::makeDirectory(place.parent_path(), 0755); !made)
    return printRefusal(made.error());
  if (auto written = files::write(place, text, kReadableByAll); !written)
    return printRefusal(written.error());
  std::cout << "wrote " << kPlace << "\n";
  if (const int code = runConfigCheck({"check", kPlace, "--host"}); code != kDone) {
    std::cout << std::flush;
    std::cerr << "netctl: netctld is not started: mend what is named above, then 'systemctl start "
                 "netctld'\n";
    return code;
  }
  return setup->no_start ? kDone : start();
}

}  // namespace netctl::cli
