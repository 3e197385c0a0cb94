#include "netctl/cli/run_pki.h"

#include "netctl/cli/exit_code.h"
#include "netctl/cli/option_words.h"
#include "netctl/config/configuration.h"
#include "netctl/pki/authority.h"

#include <fmt/format.h>
#include <boost/json.hpp>
#include <boost/program_options.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string_view>
#include <utility>

namespace netctl::cli {
namespace {

namespace json = boost::json;
namespace options = boost::program_options;
namespace fs = std::filesystem;

constexpr int kMostDays = 3652;  // an authority's own

struct PkiCommand {
  std::string verb;
  std::string name;  ///< empty: this host
  std::vector<std::string> hosts;
  pki::Validity validity;
  fs::path state_dir;
  bool as_json = false;
  bool help = false;
};

/// The verbs, and whether they take a name.
enum class TakesName { No, Yes, Maybe };
constexpr std::array<std::pair<std::string_view, TakesName>, 6> kVerbs{{
    {"init", TakesName::No},
    {"node", TakesName::Yes},
    {"client", TakesName::Yes},
    {"reader", TakesName::Yes},
    {"renew", TakesName::Maybe},
    {"revoke", TakesName::Yes},
}};

/// What is wrong with the words, each of which is right by itself.
Result<void> check(const PkiCommand& command, TakesName takes) {
  if (takes == TakesName::No && !command.name.empty()) {
    return usageError("init takes no name; --host gives the names of this host");
  }
  if (takes == TakesName::Yes && command.name.empty()) return usageError("the name is missing");
  const bool of_this_host = takes != TakesName::Yes && command.name.empty();
  if (!of_this_host && !command.hosts.empty()) {
    return usageError("--host goes with init, and with renew without a name");
  }
  if (command.validity && (of_this_host || command.verb == "revoke")) {
    return usageError("--days goes with node, client, reader and renew NAME");
  }
  return {};
}

Result<PkiCommand> readCommand(const std::vector<std::string>& words) {
  options::options_description description;
  PkiCommand command;
  std::vector<std::string> positional;
  const auto default_dir = config::ServiceSettings{}.state_dir.string();
  std::string state_dir;
  std::optional<int> days;
  description.add_options()("word", options::value(&positional))(
      "host", options::value(&command.hosts)->multitoken()->composing())(
      "days", options::value<int>()->notifier([&](auto given) { days = given; }))(
      "state-dir", options::value(&state_dir)->default_value(default_dir))(
      "json", options::bool_switch(&command.as_json))("help,h",
                                                      options::bool_switch(&command.help));
  options::positional_options_description places;
  places.add("word", -1);
  if (auto given = readOptions(description, places, words); !given) return given.error();
  command.state_dir = state_dir;
  if (command.help) return command;
  command.verb = positional.empty() ? "" : positional.front();
  const auto* const verb =
      std::ranges::find(kVerbs, command.verb, [](auto row) { return row.first; });
  if (verb == kVerbs.end()) {
    return usageError("write init, node, client, reader, renew or revoke");
  }
  if (positional.size() > 2) return usageError("there is one name too many");
  if (positional.size() == 2) command.name = positional.back();
  if (days && (*days < 1 || *days > kMostDays)) {
    return usageError(fmt::format("--days is {}; write 1 to {}", *days, kMostDays));
  }
  if (days) command.validity = std::chrono::hours(24) * *days;
  if (auto checked = check(command, verb->second); !checked) return checked.error();
  return command;
}

/// The command that brings the files to the node. A pipe keeps their modes and needs nothing but
/// ssh.
std::string copyToNode(const PkiCommand& command, const fs::path& bundle) {
  return fmt::format(
      "  tar -C {0} -c . | ssh root@{1} 'install -d -m 700 {2} {2}/pki && tar -C {2}/pki -x'\n",
      bundle.string(), command.name, command.state_dir.string());
}

std::string joinNode(const PkiCommand& command, const fs::path& bundle) {
  return fmt::format(
      "to join the node {}, on this host:\n{}"
      "and on the node, with NETCTL_ROLE=\"node\" and NETCTL_CLUSTER in its configuration:\n"
      "  systemctl restart netctld\n",
      command.name, copyToNode(command, bundle));
}

std::string useClient(const fs::path& bundle, pki::Kind kind) {
  return fmt::format(
      "to {} from another machine, copy {} there, and type\n"
      "  netctl --url https://HOST:PORT --ca ca.crt --cert client.crt --key client.key status\n",
      kind == pki::Kind::Client ? "administer" : "look", bundle.string());
}

void print(const PkiCommand& command, const json::object& answer, const std::string& text) {
  std::cout << (command.as_json ? json::serialize(answer) + "\n" : text);
}

void printMade(const PkiCommand& command, const fs::path& made, const std::string& next) {
  print(command, {{"directory", made.string()}}, fmt::format("made {}\n{}", made.string(), next));
}

Result<void> init(const PkiCommand& command, const fs::path& directory) {
  auto hosts = command.hosts;
  if (hosts.empty()) hosts.push_back(config::hostName());
  if (auto made = pki::makeAuthority(directory, hosts); !made) return made;
  printMade(command, directory,
            fmt::format("this host's certificate is for {}\n", fmt::join(hosts, ", ")));
  return {};
}

Result<void> issue(const PkiCommand& command, const fs::path& directory) {
  auto kind = pki::Kind::Node;
  if (command.verb == "client") kind = pki::Kind::Client;
  if (command.verb == "reader") kind = pki::Kind::Reader;
  const auto bundle = pki::issue(directory, {kind, command.name}, command.validity);
  if (!bundle) return bundle.error();
  printMade(command, *bundle,
            kind == pki::Kind::Node ? joinNode(command, *bundle) : useClient(*bundle, kind));
  return {};
}

Result<void> renew(const PkiCommand& command, const fs::path& directory) {
  if (command.name.empty()) {
    if (auto renewed = pki::renewAuthority(directory, command.hosts); !renewed) return renewed;
    print(command, {{"directory", directory.string()}},
          fmt::format("renewed the authority and this host's certificate in {}; netctld serves "
                      "them at once\nall that the authority has signed stays good until its own "
                      "end: renew it (netctl pki renew NAME) before that\n",
                      directory.string()));
    return {};
  }
  const auto renewed = pki::renew(directory, command.name, command.validity);
  if (!renewed) return renewed.error();
  const bool is_node = renewed->holder.kind == pki::Kind::Node;
  print(command, {{"directory", renewed->path.string()}},
        fmt::format("renewed {}\n{}", renewed->path.string(),
                    is_node ? "to bring it to the node, whose netctld goes on meanwhile:\n" +
                                  copyToNode(command, renewed->path)
                            : "copy ca.crt and client.crt to its holder; the key stays\n"));
  return {};
}

Result<void> revoke(const PkiCommand& command, const fs::path& directory) {
  const auto serials = pki::revoke(directory, command.name);
  if (!serials) return serials.error();
  print(command, {{"revoked", json::value_from(*serials)}},
        fmt::format("revoked {}, number {}; netctld turns it away from now on, and ends its "
                    "connections\n",
                    command.name, fmt::join(*serials, ", ")));
  return {};
}

Result<void> carryOut(const PkiCommand& command) {
  const auto directory = command.state_dir / "pki";
  if (command.verb == "init") return init(command, directory);
  if (command.verb == "renew") return renew(command, directory);
  if (command.verb == "revoke") return revoke(command, directory);
  return issue(command, directory);
}

}  // namespace

std::string helpPki() {
  return "Makes, renews and revokes the certificates of the node link and of remote "
         "administration, on the cluster host.\nNeeds no daemon, and overwrites no key.\n\n"
         "usage: netctl pki init [--host NAME...]   an authority, and this host's certificate\n"
         "       netctl pki node NAME               a certificate for the node of that name\n"
         "       netctl pki client NAME             a certificate for an administrator\n"
         "       netctl pki reader NAME             a certificate for who only looks\n"
         "       netctl pki renew [--host NAME...]  the authority and this host's certificate, "
         "anew\n"
         "       netctl pki renew NAME              the certificate of that name, anew\n"
         "       netctl pki revoke NAME|NUMBER      all certificates of that name, or one by its "
         "number\n\n"
         "options:\n"
         "  --host NAME...           names and addresses by which others reach this host; without "
         "it "
         "its host name, and with renew those that it has\n"
         "  --days N                 how long the certificate is good; without it as long as the "
         "authority, and with renew as long as the former was\n"
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
