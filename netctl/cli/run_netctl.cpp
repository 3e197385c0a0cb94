#include "netctl/cli/run_netctl.h"

#include "base/nearest_name.h"
#include "base/progress.h"
#include "netctl/cli/answer_text.h"
#include "netctl/cli/command_line.h"
#include "netctl/cli/command_words.h"
#include "netctl/cli/completion.h"
#include "netctl/cli/config_check.h"
#include "netctl/cli/exit_code.h"
#include "netctl/cli/help.h"
#include "netctl/cli/output_format.h"
#include "netctl/cli/refusal_text.h"
#include "netctl/cli/rpc_client.h"
#include "netctl/cli/run_backup.h"
#include "netctl/cli/run_events.h"
#include "netctl/cli/run_hook.h"
#include "netctl/cli/run_pki.h"
#include "netctl/cli/run_setup.h"
#include "netctl/cli/run_state.h"
#include "netctl/cli/run_store.h"
#include "netctl/cli/run_wait.h"

#include <fmt/format.h>
#include <unistd.h>
#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <map>
#include <thread>

namespace netctl::cli {
namespace {

using Words = std::vector<std::string>;

constexpr std::chrono::seconds kWatchAgain{2};

/// Moves `--json`, `--socket PATH` and their like from before the noun behind it, where the
/// method's options are.
std::vector<std::string> nounFirst(std::vector<std::string> words) {
  std::size_t leading = 0;
  while (leading < words.size() && (words[leading].starts_with("--") || words[leading] == "-o")) {
    leading += takesValue(words[leading]) ? 2 : 1;
  }
  leading = std::min(leading, words.size());
  std::rotate(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(leading), words.end());
  return words;
}

int usage(const std::string& message, const std::string& help) {
  std::cerr << "netctl: " << message << "\n" << help;
  return kUsage;
}

/// The commands that are not a method of the daemon.
const std::map<std::string_view, int (*)(const Words&)>& ownCommands() {
  static const std::map<std::string_view, int (*)(const Words&)> kCommands{
      {"backup", runBackup},
      {"complete", runCompletion},
      {"config", runConfigCheck},
      {"hook", runHook},
      {"pki", runPki},
      {"restore", runRestore},
      {"setup", runSetup},
      {"state", runState},
      {"store", runStore},
      {"wait", runWait}};
  return kCommands;
}

/// Says which word is wrong and what may have been meant.
int noCommand(const std::vector<std::string>& words, const std::string& verbs) {
  const auto nearest = [](const std::string& typed, const std::vector<std::string>& known) {
    const std::vector<std::string_view> names(known.begin(), known.end());
    return didYouMean(typed, names, "");
  };
  if (verbs.empty()) {
    const auto meant = nearest(words[0], firstWords());
    return usage(
        fmt::format("there is no command '{}'{}{}", words[0], meant.empty() ? "" : "; ", meant),
        "netctl --help lists them\n");
  }
  if (words.size() < 2)
    return usage(fmt::format("{}: write one of these commands", words[0]), verbs);
  const auto meant = nearest(words[1], secondWords(words[0]));
  if (meant.empty())
    return usage(
        fmt::format("{0}: there is no command '{0} {1}'; these are there", words[0], words[1]),
        verbs);
  return usage(fmt::format("{0}: there is no command '{0} {1}'; {2}", words[0], words[1], meant),
               fmt::format("netctl {} --help lists them\n", words[0]));
}

/// True of a status, and only of that, that says so.
bool isUnhealthy(const boost::json::value& answer) {
  const auto* object = answer.if_object();
  const auto* healthy = object == nullptr ? nullptr : object->if_contains("healthy");
  return healthy != nullptr && healthy->is_bool() && !healthy->as_bool();
}

/// Once: the answer, or the refusal.
int callAndPrint(const Invocation& invocation, const Look& look) {
  const auto answer = [&] {
    const Progress progress("waits for netctld: " + std::string(invocation.method->name));
    return call(invocation.common.target, invocation.method->name, invocation.parameters);
  }();
  if (!answer) {
    std::cerr << "netctl: " << answer.error().message << "\n";
    return kNoDaemon;
  }
  const auto output = invocation.common.output;
  if (!answer->is_error) {
    std::cout << formatAnswer(*invocation.method, answer->value, output, look);
  } else if (output == OutputFormat::Json) {
    std::cerr << boost::json::serialize(answer->value) << "\n";
  } else {
    std::cerr << "netctl: " << refusalText(answer->value, *invocation.method);
  }
  if (answer->is_error) return kRefused;
  return isUnhealthy(answer->value) ? kNotHealthy : kDone;
}

/// Until somebody ends it: each answer takes the place of the last on a terminal, and comes behind
/// it elsewhere. A daemon that is away meanwhile is waited for.
int watch(const Invocation& invocation) {
  for (;;) {
    const auto look = lookOfOutput(invocation.common.no_color);
    // ED and CUP of ECMA-48: the whole screen, from its upper left corner.
    if (isatty(STDOUT_FILENO) != 0) std::cout << "\x1b[2J\x1b[H";
    const auto code = callAndPrint(invocation, look);
    std::cout.flush();
    if (code == kRefused || !std::cout.good()) return code;
    std::this_thread::sleep_for(kWatchAgain);
  }
}

}  // namespace

int runNetctl(const std::vector<std::string>& typed) {
  const auto words = nounFirst(typed);
  const auto wants = [&](std::string_view word) { return !words.empty() && words[0] == word; };
  if (words.empty()) return usage("a command is missing", helpAll());
  const bool no_noun = words[0].starts_with("-");
  if (wants("help") || (no_noun && (std::ranges::find(words, "--help") != words.end() ||
                                    std::ranges::find(words, "-h") != words.end()))) {
    std::cout << helpAll();
    return kDone;
  }
  if (wants("version") || words[0] == "--version") {
    std::cout << "netctl " NETCTL_VERSION "\n";
    return kDone;
  }
  const Words rest{words.begin() + 1, words.end()};
  if (const auto run = ownCommands().find(words[0]); run != ownCommands().end())
    return run->second(rest);
  // `events list` is the method itself.
  if (wants("events") && (rest.empty() || rest[0] != "list")) return runEvents(rest);

  if (no_noun) return usage("a command is missing", helpAll());
  std::size_t used = 0;
  const auto* method = findMethod(words, used);
  if (method == nullptr) {
    const auto verbs = helpNoun(words[0]);
    if (!verbs.empty() && std::ranges::find(words, "--help") != words.end()) {
      std::cout << verbs;
      return kDone;
    }
    return noCommand(words, verbs);
  }
  const auto invocation =
      parse(*method, {words.begin() + static_cast<std::ptrdiff_t>(used), words.end()});
  if (!invocation) {
    return usage(invocation.error().message, fmt::format("netctl {} {} --help tells more\n",
                                                         words[0], used > 1 ? words[1] : ""));
  }
  if (invocation->common.help) {
    std::cout << helpMethod(*method);
    return kDone;
  }
  if (invocation->common.watch) return watch(*invocation);
  return callAndPrint(*invocation, lookOfOutput(invocation->common.no_color));
}

}  // namespace netctl::cli
