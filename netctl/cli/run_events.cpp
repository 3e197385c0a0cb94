#include "netctl/cli/run_events.h"

#include "base/number.h"
#include "netctl/api/timestamp.h"
#include "netctl/cli/answer_text.h"
#include "netctl/cli/command_line.h"
#include "netctl/cli/event_choice.h"
#include "netctl/cli/exit_code.h"
#include "netctl/cli/offline_words.h"
#include "netctl/cli/option_words.h"
#include "netctl/cli/output_format.h"
#include "netctl/cli/refusal_text.h"
#include "netctl/cli/rpc_client.h"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <chrono>
#include <iostream>
#include <thread>
#include <utility>

namespace netctl::cli {
namespace {

namespace json = boost::json;

constexpr std::chrono::milliseconds kAskForNewEvents{500};

struct Events {
  EventChoice choice;
  bool follow = false;
  Invocation call;  ///< how the daemon is asked
};

/// Takes an option of ours that has a value; false where the word is another's.
Result<bool> readOwn(EventChoice& choice, const std::string& option, const std::string& value) {
  if (option == "-n") {
    const auto number = parseWhole<std::int64_t>(value);
    if (!number || *number < 0) return usageError("-n: write how many of the newest");
    choice.newest = static_cast<std::size_t>(*number);
    return true;
  }
  if (option == "--kind") {
    auto kind = parseKind(value);
    if (!kind) return kind.error();
    choice.kind = *std::move(kind);
    return true;
  }
  // A number alone is a sequence number, which the daemon takes.
  const auto ago = option == "--since" ? parseAgo(value) : std::nullopt;
  if (ago) choice.not_before = api::formatTime(std::chrono::system_clock::now() - *ago);
  return ago.has_value();
}

/// The words that the daemon's own method has, and those that choose the daemon, are any command's.
Result<Events> readEvents(const std::vector<std::string>& words) {
  Events events;
  std::vector<std::string> others;
  for (auto word = words.begin(); word != words.end(); ++word) {
    if (*word == "--follow" || *word == "-f") {
      events.follow = true;
      continue;
    }
    const bool has_value = *word == "-n" || *word == "--kind" || *word == "--since";
    if (has_value && word + 1 == words.end())
      return usageError(fmt::format("{} needs a value", *word));
    const auto own = has_value ? readOwn(events.choice, *word, *(word + 1)) : Result<bool>(false);
    if (!own) return own.error();
    if (*own) {
      ++word;
    } else {
      others.push_back(*word);
    }
  }
  auto call = parse(*api::findMethod("events.list"), others);
  if (!call) return call.error();
  events.call = *std::move(call);
  const auto output = events.call.common.output;
  if (events.follow && output != OutputFormat::Table && output != OutputFormat::Json)
    return usageError("--follow prints lines, or with --json an object on each; leave one out");
  if (events.follow && events.call.parameters.contains("limit"))
    return usageError("--follow leaves out none of what comes; write -n in place of --limit");
  return events;
}

/// Prints what one answer has that was asked for; a line for each event where more will come.
void printEvents(const Events& events, json::value answer) {
  auto& list = answer.as_object().at("events").as_array();
  choose(list, events.choice);
  const auto output = events.call.common.output;
  if (!events.follow) {
    std::cout << formatAnswer(*events.call.method, answer, output,
                              lookOfOutput(events.call.common.no_color));
    return;
  }
  for (const auto& event : list) {
    std::cout << (output == OutputFormat::Json ? json::serialize(event)
                                               : eventLine(event.as_object()))
              << "\n";
  }
  std::cout.flush();
}

}  // namespace

std::string helpEvents() {
  return "The events that the daemon remembers: changes, drift found and repaired, errors, "
         "notices. "
         "The\nnewest come last.\n\n"
         "usage: netctl events [-n N] [--kind KIND] [--since WHEN] [--follow]\n\n"
         "  -n N                     only the newest N\n"
         "  --kind KIND              change, drift, error or notice\n"
         "  --since WHEN             90s, 10m, 2h or 3d ago; or after a sequence number\n"
         "  -f, --follow             goes on with each new one, on a line of its own\n"
         "  -o, --output FORMAT      table, wide, json or yaml\n"
         "  --json                   short for --output json\n"
         "  --limit N                at most the oldest N of what --since leaves\n\n"
         "example:\n  netctl events --kind drift --since 2h --follow\n";
}

int runEvents(const std::vector<std::string>& words) {
  auto events = readEvents(words);
  if (!events) {
    return printUsage(events.error().message, "netctl events --help tells more\n");
  }
  if (events->call.common.help) {
    std::cout << helpEvents();
    return kDone;
  }
  for (;;) {
    const auto answer =
        call(events->call.common.target, events->call.method->name, events->call.parameters);
    if (!answer || answer->is_error) {
      std::cerr << "netctl: "
                << (answer ? refusalText(answer->value, *events->call.method)
                           : answer.error().message + "\n");
      return answer ? kRefused : kNoDaemon;
    }
    printEvents(*events, answer->value);
    if (!events->follow || !std::cout.good()) return kDone;
    events->call.parameters["since"] = answer->value.at("last");
    events->choice.newest.reset();
    std::this_thread::sleep_for(kAskForNewEvents);
  }
}

}  // namespace netctl::cli
