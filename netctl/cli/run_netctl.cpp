#include "netctl/cli/run_netctl.h"

#include "netctl/cli/answer_text.h"
#include "netctl/cli/command_line.h"
#include "netctl/cli/config_check.h"
#include "netctl/cli/exit_code.h"
#include "netctl/cli/help.h"
#include "netctl/cli/rpc_client.h"
#include "netctl/cli/run_backup.h"
#include "netctl/cli/run_pki.h"
#include "netctl/cli/run_state.h"
#include "netctl/cli/run_wait.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <cstdio>
#include <iostream>

namespace netctl::cli {
namespace {

/// Moves `--json`, `--socket PATH` and their like from before the noun behind it, where the
/// method's options are.
std::vector<std::string> nounFirst(std::vector<std::string> words) {
  std::size_t leading = 0;
  while (leading < words.size() && words[leading].starts_with("--")) {
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

/// True of a status, and only of that, that says so.
bool isUnhealthy(const boost::json::value& answer) {
  const auto* object = answer.if_object();
  const auto* healthy = object == nullptr ? nullptr : object->if_contains("healthy");
  return healthy != nullptr && healthy->is_bool() && !healthy->as_bool();
}

int callAndPrint(const Invocation& invocation) {
  const auto answer =
      call(invocation.common.target, invocation.method->name, invocation.parameters);
  if (!answer) {
    std::cerr << "netctl: " << answer.error().message << "\n";
    return kNoDaemon;
  }
  if (invocation.common.json) {
    (answer->is_error ? std::cerr : std::cout) << boost::json::serialize(answer->value) << "\n";
  } else if (answer->is_error) {
    std::cerr << "netctl: " << refusalText(answer->value);
  } else {
    std::cout << answerText(*invocation.method, answer->value);
  }
  if (answer->is_error) return kRefused;
  return isUnhealthy(answer->value) ? kNotHealthy : kDone;
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
  if (wants("config")) return runConfigCheck({words.begin() + 1, words.end()});
  if (wants("state")) return runState({words.begin() + 1, words.end()});
  if (wants("backup")) return runBackup({words.begin() + 1, words.end()});
  if (wants("restore")) return runRestore({words.begin() + 1, words.end()});
  if (wants("pki")) return runPki({words.begin() + 1, words.end()});
  if (wants("wait")) return runWait({words.begin() + 1, words.end()});

  if (no_noun) return usage("a command is missing", helpAll());
  std::size_t used = 0;
  const auto* method = findMethod(words, used);
  if (method == nullptr) {
    const auto verbs = helpNoun(words[0]);
    if (!verbs.empty() && std::ranges::find(words, "--help") != words.end()) {
      std::cout << verbs;
      return kDone;
    }
    if (!verbs.empty())
      return usage(fmt::format("{}: write one of these commands", words[0]), verbs);
    return usage(fmt::format("there is no command '{}'", words[0]), "netctl --help lists them\n");
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
  return callAndPrint(*invocation);
}

}  // namespace netctl::cli
