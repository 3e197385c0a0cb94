#include "netctl/cli/run_wait.h"

#include "base/number.h"
#include "base/progress.h"
#include "netctl/cli/answer_text.h"
#include "netctl/cli/command_line.h"
#include "netctl/cli/exit_code.h"
#include "netctl/cli/option_words.h"
#include "netctl/cli/refusal_text.h"
#include "netctl/cli/rpc_client.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <optional>
#include <thread>

namespace netctl::cli {
namespace {

constexpr std::chrono::milliseconds kAskAgain{200};
constexpr std::int64_t kLongest = 31536000;  ///< seconds; a year

struct Wait {
  bool in_force = false;
  std::optional<std::chrono::seconds> timeout;
  Invocation status;  ///< how the daemon is asked
};

/// The words that choose the daemon are those of any command.
Result<Wait> readWait(const std::vector<std::string>& words) {
  Wait wait;
  std::vector<std::string> others;
  for (auto word = words.begin(); word != words.end(); ++word) {
    if (*word == "--in-force") {
      wait.in_force = true;
    } else if (*word == "--timeout") {
      const auto seconds = ++word == words.end() ? std::nullopt : parseWhole<std::int64_t>(*word);
      if (!seconds || *seconds < 0 || *seconds > kLongest) {
        return usageError("--timeout: write a number of seconds");
      }
      wait.timeout = std::chrono::seconds(*seconds);
    } else {
      others.push_back(*word);
    }
  }
  auto status = parse(*api::findMethod("system.status"), others);
  if (!status) return status.error();
  wait.status = *std::move(status);
  if (!wait.in_force && !wait.status.common.help) {
    return usageError("write --in-force: that is what can be waited for");
  }
  return wait;
}

/// What is still to be waited for, as netctl status tells it.
struct Left {
  ExitCode exit_code = kDone;
  std::string text;  ///< for people
};

/// The ports of machines that are off are not waited for: they may be started by who waits.
std::string unhealthyText(const boost::json::object& status) {
  std::string text = "not all is in force:\n";
  for (const auto& each : status.at("not_in_force").as_array()) {
    text += fmt::format("  {}: {}\n", cell(each.at("object")), cell(each.at("reason")));
  }
  for (const auto& each : status.at("problems").as_array()) {
    if (each.at("severity").as_string() != "error") continue;
    text += fmt::format("  {}: {}\n", cell(each.at("object")), cell(each.at("what")));
  }
  return text;
}

Left leftBy(const Result<Answer>& answer, const api::Method& method) {
  if (!answer) return {kNoDaemon, answer.error().message + "\n"};
  if (answer->is_error) return {kRefused, refusalText(answer->value, method)};
  const auto& status = answer->value.as_object();
  if (status.at("healthy").as_bool()) return {};
  return {kNotHealthy, unhealthyText(status)};
}

/// For a terminal's one line.
std::string shortText(const std::string& text) {
  std::string line = "waits: " + text;
  std::ranges::replace(line, '\n', ' ');
  return line;
}

/// What is left when it is over: nothing, or what the time did not suffice for.
Left waitFor(const Wait& wait) {
  Progress progress("waits for netctld");
  const auto start = std::chrono::steady_clock::now();
  for (;;) {
    const auto& method = *wait.status.method;
    auto left =
        leftBy(call(wait.status.common.target, method.name, wait.status.parameters), method);
    const bool is_late = wait.timeout && std::chrono::steady_clock::now() - start >= *wait.timeout;
    if (left.exit_code == kDone || is_late) return left;
    progress.say(shortText(left.text));
    std::this_thread::sleep_for(kAskAgain);
  }
}

}  // namespace

std::string helpWait() {
  return "Waits until netctl status would end with 0, also for a daemon that has not started yet. "
         "Ports\nwhose devices have not come are not waited for: those machines may be started "
         "after this.\n\n"
         "usage: netctl wait --in-force [--timeout SECONDS]\n\n"
         "  --in-force               what is waited for\n"
         "  --timeout N              seconds; then what is missing is shown, with the exit status "
         "that\n                           netctl status would have; without it for ever\n\n"
         "example:\n  netctl wait --in-force --timeout 60\n";
}

int runWait(const std::vector<std::string>& words) {
  const auto wait = readWait(words);
  if (!wait) {
    std::cerr << "netctl: " << wait.error().message << "\nnetctl wait --help tells more\n";
    return kUsage;
  }
  if (wait->status.common.help) {
    std::cout << helpWait();
    return kDone;
  }
  const auto left = waitFor(*wait);
  if (left.exit_code != kDone) std::cerr << "netctl: " << left.text;
  return left.exit_code;
}

}  // namespace netctl::cli
