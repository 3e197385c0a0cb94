#include "netctl/cli/run_pki.h"

#include "netctl/cli/exit_code.h"
#include "netctl/cli/option_words.h"
#include "netctl/config/configuration.h"
#include "netctl/pki/authority.h"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <boost/program_options.hpp>

#include <filesystem>
#include <iostream>

namespace netctl::cli {
namespace {

namespace json = boost::json;
namespace options = boost::program_options;
namespace fs = std::filesystem;

struct PkiCommand {
  std::string verb;
  std::string name;
  std::vector<std::string> hosts;
  fs::path state_dir;
  bool as_json = false;
  bool help = false;
};

Result<PkiCommand> readCommand(const std::vector<std::string>& words) {
  options::options_description description;
  PkiCommand command;
  std::vector<std::string> positional;
  const auto default_dir = config::ServiceSettings{}.state_dir.string();
  std::string state_dir;
  description.add_options()("word", options::value(&positional))(
      "host", options::value(&command.hosts)->multitoken()->composing())(
      "state-dir", options::value(&state_dir)->default_value(default_dir))(
      "json", options::bool_switch(&command.as_json))("help,h",
                                                      options::bool_switch(&command.help));
  options::positional_options_description places;
  places.add("word", -1);
  if (auto given = readOptions(description, places, words); !given) return given.error();
  command.state_dir = state_dir;
  if (command.help) return command;
  command.verb = positional.empty() ? "" : positional.front();
  const bool init = command.verb == "init";
  if (!init && command.verb != "node" && command.verb != "client") {
    return usageError("write init, node or client");
  }
  if (positional.size() != (init ? 1U : 2U)) {
    return usageError(init ? "init takes no name; --host gives the names of this host"
                           : "the name is missing");
  }
  if (!init) command.name = positional.back();
  if (!init && !command.hosts.empty()) return usageError("--host goes with init only");
  return command;
}

/// The commands that bring the files to the node. A pipe keeps their modes and needs nothing but
/// ssh.
std::string handOver(const PkiCommand& command, const fs::path& bundle) {
  const auto state = command.state_dir.string();
  return fmt::format(
      "to join the node {0}, on this host:\n"
      "  tar -C {1} -c . | ssh root@{0} 'install -d -m 700 {2} {2}/pki && tar -C {2}/pki -x'\n"
      "and on the node, with NETCTL_ROLE=\"node\" and NETCTL_CLUSTER in its configuration:\n"
      "  systemctl restart netctld\n",
      command.name, bundle.string(), state);
}

std::string useClient(const fs::path& bundle) {
  return fmt::format(
      "to administer from another machine, copy {0} there, and type\n"
      "  netctl --url https://HOST:PORT --ca ca.crt --cert client.crt --key client.key status\n",
      bundle.string());
}

void printMade(const PkiCommand& command, const fs::path& made, const std::string& next) {
  if (command.as_json) {
    std::cout << json::serialize(json::object{{"directory", made.string()}}) << "\n";
  } else {
    std::cout << "made " << made.string() << "\n" << next;
  }
}

Result<void> carryOut(const PkiCommand& command) {
  const auto directory = command.state_dir / "pki";
  if (command.verb == "init") {
    auto hosts = command.hosts;
    if (hosts.empty()) hosts.push_back(config::hostName());
    if (auto made = pki::makeAuthority(directory, hosts); !made) return made;
    printMade(command, directory,
              fmt::format("this host's certificate is for {}\n", fmt::join(hosts, ", ")));
    return {};
  }
  const bool node = command.verb == "node";
  const auto bundle =
      pki::issue(directory, {node ? pki::Kind::Node : pki::Kind::Client, command.name});
  if (!bundle) return bundle.error();
  printMade(command, *bundle, node ? handOver(command, *bundle) : useClient(*bundle));
  return {};
}

}  // namespace

std::string helpPki() {
  return "Makes the certificates of the node link and of remote administration, on the cluster "
         "host.\nNeeds no daemon, and overwrites nothing.\n\n"
         "usage: netctl pki init [--host NAME...]   an authority, and this host's certificate\n"
         "       netctl pki node NAME               a certificate for the node of that name\n"
         "       netctl pki client NAME             a certificate for an administrator\n\n"
         "options:\n"
         "  --host NAME...           names and addresses by which others reach this host; without "
         "it "
         "its host name\n"
         "  --state-dir DIR          the value of NETCTL_STATE_DIR; without it /var/lib/netctl\n"
         "  --json                   the answer as JSON\n\n"
         "example:\n  netctl pki init --host cloud.example.org 192.0.2.1\n";
}

int runPki(const std::vector<std::string>& words) {
  const auto command = readCommand(words);
  if (!command) {
    std::cerr << "netctl: pki: " << command.error().message << "\n" << helpPki();
    return kUsage;
  }
  if (command->help) {
    std::cout << helpPki();
    return kDone;
  }
  if (auto done = carryOut(*command); !done) {
    std::cerr << "netctl: " << done.error().message << "\n";
    return done.error().code == ErrorCode::InvalidArgument ? kUsage : kRefused;
  }
  return kDone;
}

}  // namespace netctl::cli
